"""The collector's security as its settings want it: TLS, who may send, who may read."""

import asyncio
import contextlib
import ipaddress
import logging
import sqlite3

from journalhub.access.audit import Audit
from journalhub.access.authority import Authority, AuthorityError
from journalhub.access.database import AccessError, Database
from journalhub.access.guard import Guard, ProxyHeader
from journalhub.access.people import People
from journalhub.access.roles import parse_role
from journalhub.access.senders import Senders
from journalhub.access.shares import Shares
from journalhub.access.sign_on import Provider, SignOnSettings
from journalhub.access.sign_on_handlers import CALLBACK
from journalhub.access.tls import RELOAD_SECONDS, ServerTls, choose_files
from journalhub.collector.settings import CollectorSettings, parse_oidc_roles

log = logging.getLogger("journalhub.collector")

RENEW_SECONDS = 3600.0
"""Between two looks whether the hub's own certificate is due."""


class SecurityError(Exception):
    """The settings cannot be kept; the message says why and what to do."""


class Security:
    """What stands between the network and the routes."""

    def __init__(self, settings: CollectorSettings) -> None:
        """Raises SecurityError."""
        self._database: Database | None = None
        self._audit: Audit | None = None
        self.authority: Authority | None = None
        self.senders: Senders | None = None
        try:
            files = choose_files(
                settings.data_dir, settings.tls_certificate, settings.tls_key, settings.tls_client_authority
            )
            if Authority.exists(settings.data_dir):
                self.authority = Authority(settings.data_dir)
                self.authority.renew_hub()
            self.tls = None if files is None else ServerTls(files)
            self.is_on = settings.auth == "on" or (settings.auth == "auto" and self.tls is not None)
            self.provider = _provider(settings)
            self.guard = self._guard(settings) if self.is_on else Guard(None, None, None)
        except (AuthorityError, AccessError) as error:
            raise SecurityError(str(error)) from error
        except (sqlite3.Error, OSError) as error:
            raise SecurityError(f"cannot open the access files in {settings.data_dir}: {error}") from error

    def _guard(self, settings: CollectorSettings) -> Guard:
        self._database = Database(settings.data_dir)
        self._audit = Audit(settings.data_dir)
        self.senders = Senders(self._database)
        pem = None if self.authority is None else self.authority.pem
        proxy = _proxy(settings)
        people = People(self._database, settings.oidc_session)
        readers = Shares(settings.reader_requests, settings.reader_rate)
        senders = Shares(settings.sender_requests, settings.sender_rate)
        return Guard(
            people, self.senders, self._audit, authority_pem=pem, proxy=proxy, readers=readers, sending=senders
        )

    def describe(self) -> str:
        """For the line that says where the collector listens."""
        encrypted = "TLS" if self.tls is not None else "no TLS"
        return f"{encrypted}, {'authentication on' if self.is_on else 'no authentication'}"

    async def watch(self) -> None:
        """Take new certificates and renew the hub's own, until cancelled."""
        if self.tls is None:
            return
        looked = 0.0
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(RELOAD_SECONDS)
            if self.authority is not None and loop.time() - looked > RENEW_SECONDS:
                looked = loop.time()
                with contextlib.suppress(OSError):
                    await asyncio.to_thread(self.authority.renew_hub)
            self.reload()

    def reload(self) -> None:
        """Take the certificate anew when its files have changed; connections that are open keep theirs."""
        if self.tls is None:
            return
        try:
            if self.tls.reload_if_changed():
                log.info("new connections use the new certificate in %s", self.tls.files.certificate)
        except AuthorityError as error:
            log.error("%s; the certificate that was loaded stays in use", error)

    def close(self) -> None:
        """Write what waits and release the files."""
        if self._audit is not None:
            self._audit.close()
        if self._database is not None:
            self._database.close()


def _provider(settings: CollectorSettings) -> Provider | None:
    """Who logs people in; None without."""
    if settings.oidc_issuer is None:
        return None
    assert settings.oidc_client_id and settings.oidc_client_secret_file and settings.public_url
    try:
        secret = settings.oidc_client_secret_file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SecurityError(f"cannot read --oidc-client-secret-file: {error}") from error
    default = settings.oidc_default_role
    return Provider(
        SignOnSettings(
            settings.oidc_issuer,
            settings.oidc_client_id,
            secret,
            settings.public_url.rstrip("/") + CALLBACK,
            settings.oidc_user_claim,
            settings.oidc_role_claim,
            parse_oidc_roles(settings.oidc_role),
            None if default == "none" else parse_role(default),
        )
    )


def _proxy(settings: CollectorSettings) -> ProxyHeader | None:
    if settings.proxy_user_header is None:
        return None
    if not settings.proxy_address:
        raise SecurityError(
            "--proxy-user-header: name the proxy with --proxy-address, or anybody could send the header"
        )
    try:
        networks = tuple(ipaddress.ip_network(text) for text in settings.proxy_address)
    except ValueError as error:
        raise SecurityError(f"--proxy-address: {error}; want an address or a network such as 10.0.0.0/24") from error
    return ProxyHeader(settings.proxy_user_header, networks, parse_role(settings.proxy_role))
