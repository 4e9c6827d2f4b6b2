"""The server's side of TLS: one context for the port, whose certificate can change while it serves."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from journalhub.access.authority import Authority, AuthorityError

RELOAD_SECONDS = 2.0
"""Between two looks whether the files of the certificate have changed."""

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""For TLS 1.2, which the gnutls and openssl of old nodes still speak; TLS 1.3 has only good ones."""


@dataclass(frozen=True, slots=True)
class Files:
    """Where certificate and key lie, and whose certificates senders show."""

    certificate: Path
    key: Path
    client_authority: Path | None
    """Senders' certificates are checked against these; None when no sender has one."""


def choose_files(
    data_dir: Path, certificate: Path | None, key: Path | None, client_authority: Path | None
) -> Files | None:
    """The files in force: those that were named, else those of the hub's own authority; None for no TLS."""
    own = Authority(data_dir) if Authority.exists(data_dir) else None
    if certificate is not None:
        behind = own.certificate_file if own is not None else None
        return Files(certificate, key or certificate, client_authority or behind)
    if own is None:
        return None
    return Files(*own.hub_files, client_authority or own.certificate_file)


class ServerTls:
    """The context of the port, and what it was made of."""

    def __init__(self, files: Files) -> None:
        """Raises AuthorityError when a file cannot be used."""
        self.files = files
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_ciphers(CIPHERS)
        self.context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
        self.context.set_alpn_protocols(["http/1.1"])
        if files.client_authority is not None:
            # Optional: browsers have none. Who may do what without one is decided for each request.
            self.context.verify_mode = ssl.CERT_OPTIONAL
            try:
                self.context.load_verify_locations(files.client_authority)
            except (OSError, ssl.SSLError) as error:
                raise AuthorityError(
                    f"cannot use {files.client_authority} to check senders' certificates: {said(error)}"
                ) from error
        self._seen = self._stamp()
        self._load()

    def reload_if_changed(self) -> bool:
        """Take a new certificate for new connections; whether there was one. Raises AuthorityError: the old stays."""
        stamp = self._stamp()
        if stamp == self._seen:
            return False
        # A context of its own first: a pair that does not fit must not replace one that serves.
        trial = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._load(trial)
        self._load()
        self._seen = stamp
        return True

    def _load(self, context: ssl.SSLContext | None = None) -> None:
        files = self.files
        try:
            (context or self.context).load_cert_chain(files.certificate, files.key, password=_no_password)
        except (OSError, ssl.SSLError) as error:
            raise AuthorityError(
                f"cannot use the certificate {files.certificate} with the key {files.key}: {said(error)}"
            ) from error

    def _stamp(self) -> tuple[object, ...]:
        return tuple(_file_stamp(path) for path in (self.files.certificate, self.files.key))


def _no_password() -> str:
    raise ssl.SSLError("the key has a password; give one without, readable by the service alone")


def _file_stamp(path: Path) -> object:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size


def said(error: OSError) -> str:
    """What an error of a file or of OpenSSL says, without its number."""
    return error.strerror or str(error)
