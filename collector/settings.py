"""The settings of `journalhub collector`: one table, and the values in force."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from journalhub.access.authority import Authority
from journalhub.access.places import is_safe
from journalhub.access.roles import Role, parse_role
from journalhub.collector.keeping import parse_keeping
from journalhub.journal.settings import Setting, SettingsError, Values, load_or_exit

DEFAULT_PORT = 19532
"""That of systemd-journal-remote, so that a stock uploader finds us."""

DEFAULT_FILE = Path("/etc/journalhub/collector.toml")
DATA_DIR = Setting(
    "data-dir",
    "path",
    Path("/var/lib/journalhub/collector"),
    "Directory of the entries, their index and the ledger of nodes; one collector at a time.",
    metavar="DIR",
    group="Data",
)

TABLE: tuple[Setting, ...] = (
    Setting(
        "listen",
        "str",
        (f"127.0.0.1:{DEFAULT_PORT}",),
        "Address and port to listen on: HOST:PORT, [IPv6]:PORT, or *:PORT for all addresses.",
        metavar="ADDRESS",
        repeat=True,
        group="Network",
    ),
    Setting(
        "insecure",
        "flag",
        False,
        "Listen beyond this machine although connections are neither encrypted nor authenticated.",
        group="Network",
    ),
    Setting(
        "tls-certificate",
        "path",
        None,
        "Serve with this certificate (PEM, with those between it and its authority). The hub's own without.",
        metavar="FILE",
        group="Security",
    ),
    Setting("tls-key", "path", None, "Its key, when it is not in the same file.", metavar="FILE", group="Security"),
    Setting(
        "tls-client-authority",
        "path",
        None,
        "Senders show certificates of this authority. The hub's own (journalhub ca init) without.",
        metavar="FILE",
        group="Security",
    ),
    Setting(
        "auth",
        "str",
        "auto",
        "Whether everybody must say who they are: on, off, or auto, which is on as soon as there is TLS.",
        choices=("auto", "on", "off"),
        group="Security",
    ),
    Setting(
        "proxy-user-header",
        "str",
        None,
        "A reverse proxy in front logs people in and names them in this header.",
        metavar="NAME",
        group="Security",
    ),
    Setting(
        "proxy-address",
        "str",
        (),
        "The address or network of that proxy; the header is believed from there only.",
        metavar="NETWORK",
        repeat=True,
        group="Security",
    ),
    Setting(
        "proxy-role",
        "str",
        "reader",
        "What people may do whom the proxy names and the hub does not know.",
        choices=("reader", "operator", "admin"),
        group="Security",
    ),
    Setting(
        "oidc-issuer",
        "str",
        None,
        "People log in at this OpenID Connect provider, too.",
        metavar="URL",
        group="Single sign-on",
    ),
    Setting("oidc-client-id", "str", None, "What the provider calls this hub.", metavar="ID", group="Single sign-on"),
    Setting(
        "oidc-client-secret-file",
        "path",
        None,
        "A file with the secret that the provider gave.",
        metavar="FILE",
        group="Single sign-on",
    ),
    Setting(
        "public-url",
        "str",
        None,
        "The hub's address as browsers know it: the provider sends them back to it, to /login/oidc/callback.",
        metavar="URL",
        group="Single sign-on",
    ),
    Setting(
        "oidc-user-claim",
        "str",
        "preferred_username",
        "The claim with the name of the user; email counts only when it is verified.",
        metavar="NAME",
        group="Single sign-on",
    ),
    Setting(
        "oidc-role-claim",
        "str",
        "groups",
        "The claim that gives a role: a text or a list of them.",
        metavar="NAME",
        group="Single sign-on",
    ),
    Setting(
        "oidc-role",
        "str",
        (),
        "Who has this value in that claim has this role: sre=operator; of several the highest.",
        metavar="VALUE=ROLE",
        repeat=True,
        group="Single sign-on",
    ),
    Setting(
        "oidc-default-role",
        "str",
        "none",
        "What others may do; with none only users that the hub knows may log in.",
        choices=("none", "reader", "operator", "admin"),
        group="Single sign-on",
    ),
    Setting(
        "oidc-session",
        "seconds",
        28_800.0,
        "So long after a login at the provider people must log in there anew: whom it no longer knows is out by then.",
        low=60,
        high=604_800,
        group="Single sign-on",
    ),
    Setting(
        "connections",
        "int",
        2048,
        "Open connections at most; further ones get 503.",
        low=8,
        high=100_000,
        group="Network",
    ),
    Setting(
        "idle-timeout",
        "seconds",
        3600.0,
        "A connection without a request is closed after this. A stock sender counts as live while it has one.",
        low=1,
        high=86_400,
        group="Network",
    ),
    Setting(
        "upload-timeout",
        "seconds",
        600.0,
        "An upload that brings nothing for this long is ended; systemd-journal-upload may pause for 3 minutes.",
        low=180,
        high=86_400,
        group="Network",
    ),
    Setting(
        "syslog-listen",
        "str",
        (),
        "Take syslog (RFC 5424 and 3164, UDP and TCP) from devices without a journald: HOST:PORT, usually 514.",
        metavar="ADDRESS",
        repeat=True,
        group="Network",
    ),
    Setting(
        "syslog-insecure",
        "flag",
        False,
        "Take syslog from other machines although it is not encrypted and nobody proves who they are.",
        group="Network",
    ),
    DATA_DIR,
    Setting(
        "retention-days",
        "float",
        None,
        "Remove days that are older, and refuse entries of such days. A fraction counts.",
        unit="days",
        low=1,
        high=36_500,
        group="Data",
    ),
    Setting(
        "retention-bytes",
        "bytes",
        None,
        "Remove the oldest days while entries and index take more. Today is never removed.",
        low=1024 * 1024,
        group="Data",
    ),
    Setting(
        "retention-free",
        "bytes",
        None,
        "Remove the oldest days while the file system has less free. Today is never removed.",
        low=0,
        group="Data",
    ),
    Setting(
        "retention-rule",
        "str",
        (),
        "Keep entries that match a rule for so many days only: DAYS RULE.",
        metavar="RULE",
        repeat=True,
        group="Data",
    ),
    Setting(
        "silent-after",
        "seconds",
        120.0,
        "A node is silent when nothing came from it for this long; a shipper reports every 10 s.",
        low=1,
        group="Nodes",
    ),
    Setting(
        "behind-after",
        "seconds",
        60.0,
        "A node is behind when its newest stored entry is so much older than its newest one.",
        low=0.1,
        group="Nodes",
    ),
    Setting(
        "nodes",
        "int",
        20_000,
        "Nodes to keep account of; entries of further ones are stored, and counted together.",
        low=1,
        group="Nodes",
    ),
    Setting(
        "ingest-memory",
        "bytes",
        256 * 1024 * 1024,
        "Memory for entries on their way to the disk; when it is used up, senders wait.",
        low=32 * 1024 * 1024,
        group="Limits",
    ),
    Setting(
        "uploads", "int", 256, "Uploads of journal export text at once; further ones get 503.", low=1, group="Limits"
    ),
    Setting(
        "reader-requests", "int", 128, "Requests of one reader at once; further ones get 429.", low=1, group="Limits"
    ),
    Setting("reader-rate", "int", None, "Requests a second that one reader may begin.", low=1, group="Limits"),
    Setting(
        "sender-requests", "int", 32, "Requests of one sender at once; further ones get 429.", low=1, group="Limits"
    ),
    Setting("sender-rate", "int", None, "Requests a second that one sender may begin.", low=1, group="Limits"),
    Setting(
        "mail-server",
        "str",
        None,
        "Alerts of receivers mail:ADDRESS are sent through this server; port 465 begins with TLS, others with "
        "STARTTLS where it is offered.",
        metavar="HOST[:PORT]",
        group="Alerts",
    ),
    Setting(
        "mail-from", "str", None, "Their sender; journalhub@ this machine without.", metavar="ADDRESS", group="Alerts"
    ),
    Setting("mail-user", "str", None, "Log in to the mail server with this name.", metavar="NAME", group="Alerts"),
    Setting("mail-password-file", "path", None, "A file with its password.", metavar="FILE", group="Alerts"),
    Setting(
        "query-deadline", "seconds", 30.0, "What a query may take before its answer is cut.", low=0.1, group="Limits"
    ),
)

ABOUT = "Receive the journals of a fleet, keep and index them, and answer: web page, HTTP API, jhctl."


@dataclass(frozen=True, slots=True)
class CollectorSettings:
    """The values of TABLE; what each means is said there."""

    listen: tuple[str, ...] = (f"127.0.0.1:{DEFAULT_PORT}",)
    insecure: bool = False
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_client_authority: Path | None = None
    auth: str = "auto"
    proxy_user_header: str | None = None
    proxy_address: tuple[str, ...] = ()
    proxy_role: str = "reader"
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret_file: Path | None = None
    public_url: str | None = None
    oidc_user_claim: str = "preferred_username"
    oidc_role_claim: str = "groups"
    oidc_role: tuple[str, ...] = ()
    oidc_default_role: str = "none"
    oidc_session: float = 28_800.0
    connections: int = 2048
    idle_timeout: float = 3600.0
    upload_timeout: float = 600.0
    syslog_listen: tuple[str, ...] = ()
    syslog_insecure: bool = False
    data_dir: Path = DATA_DIR.default
    retention_days: float | None = None
    retention_bytes: int | None = None
    retention_free: int | None = None
    retention_rule: tuple[str, ...] = ()
    silent_after: float = 120.0
    behind_after: float = 60.0
    nodes: int = 20_000
    ingest_memory: int = 256 * 1024 * 1024
    uploads: int = 256
    reader_requests: int = 128
    reader_rate: int | None = None
    sender_requests: int = 32
    sender_rate: int | None = None
    mail_server: str | None = None
    mail_from: str | None = None
    mail_user: str | None = None
    mail_password_file: Path | None = None
    query_deadline: float = 30.0


class Address(NamedTuple):
    """Where to listen; an empty host means all addresses."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host or "*"
        return f"{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can connect."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def parse_address(text: str) -> Address:
    """The Address that `text` spells. Raises SettingsError."""
    host, colon, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    good_host = bracketed or (host and ":" not in host)
    if not (colon and good_host and port.isascii() and port.isdigit() and int(port) <= 65_535):
        raise SettingsError(f"--listen: got {text!r}; want HOST:PORT, [IPv6]:PORT or *:PORT, such as 127.0.0.1:19532")
    return Address("" if host == "*" else host.strip("[]"), int(port))


def check_addresses(values: Values) -> str | None:
    """Refuse to be open to the network by accident."""
    if not values["listen"]:
        return "--listen: no address to listen on"
    for text in values["listen"]:
        address = parse_address(text)
        if not address.is_loopback and not values["insecure"] and not _is_secured(values):
            return (
                f"cannot listen on {address}: everybody who reaches it could read all journals and forge entries, "
                "because connections are neither encrypted nor authenticated; run `journalhub ca init` (or give "
                "--tls-certificate and leave --auth on), listen on 127.0.0.1 behind a proxy or "
                "tunnel that does both, or give --insecure in a network where all can be trusted"
            )
    return None


def _is_secured(values: Values) -> bool:
    """Whether connections are encrypted and whoever comes must say who they are."""
    encrypted = values["tls-certificate"] is not None or Authority.exists(values["data-dir"])
    return encrypted and values["auth"] != "off"


def check_tls(values: Values) -> str | None:
    """Refuse parts that mean nothing without another."""
    if values["tls-key"] is not None and values["tls-certificate"] is None:
        return "--tls-key: give --tls-certificate as well"
    return None


def check_syslog(values: Values) -> str | None:
    """Refuse to take what anybody in the network makes up, unless told to."""
    for text in values["syslog-listen"]:
        address = parse_address(text)
        if not address.is_loopback and not values["syslog-insecure"]:
            return (
                f"--syslog-listen: cannot listen on {address}: syslog is neither encrypted nor authenticated; give "
                "--syslog-insecure in a network where all can be trusted"
            )
    return None


def check_oidc(values: Values) -> str | None:
    """Refuse a provider that is not fully named, or that anybody in between could play."""
    wanted = ("oidc-client-id", "oidc-client-secret-file", "public-url")
    given = [name for name in wanted if values[name] is not None]
    if values["oidc-issuer"] is None:
        return f"--{given[0]}: give --oidc-issuer as well" if given and given != ["public-url"] else None
    if len(given) < len(wanted):
        return f"--oidc-issuer: give --{', --'.join(name for name in wanted if name not in given)} as well"
    for name in ("oidc-issuer", "public-url"):
        if not is_safe(values[name]):
            return f"--{name}: got {values[name]!r}; want https://…"
    parse_oidc_roles(values["oidc-role"])
    return None


def parse_oidc_roles(texts: Sequence[str]) -> dict[str, Role]:
    """The roles by value of the claim. Raises SettingsError."""
    roles: dict[str, Role] = {}
    for text in texts:
        value, equals, word = text.rpartition("=")
        try:
            role = parse_role(word)
        except ValueError as error:
            raise SettingsError(f"--oidc-role: {error}") from error
        if not (equals and value) or role is Role.SENDER:
            raise SettingsError(f"--oidc-role: got {text!r}; want VALUE=reader, VALUE=operator or VALUE=admin")
        roles[value] = role
    return roles


def check_mail(values: Values) -> str | None:
    """Refuse parts that mean nothing without another."""
    if values["mail-server"] is not None:
        parse_mail_server(values["mail-server"])
    elif any(values[name] is not None for name in ("mail-from", "mail-user", "mail-password-file")):
        return "--mail-from, --mail-user, --mail-password-file: give --mail-server as well"
    if (values["mail-user"] is None) != (values["mail-password-file"] is None):
        return "--mail-user and --mail-password-file belong together"
    return None


def parse_mail_server(text: str) -> Address:
    """The Address that `text` spells, port 25 without one. Raises SettingsError."""
    has_port = ":" in text.rpartition("]")[2]
    try:
        address = parse_address(text if has_port else f"{text}:25")
    except SettingsError as error:
        raise SettingsError(f"--mail-server: got {text!r}; want HOST or HOST:PORT") from error
    if not address.host:
        raise SettingsError(f"--mail-server: got {text!r}; want the name of a host")
    return address


def check_keeping(values: Values) -> str | None:
    """Refuse rules that cannot be read, before anything is removed."""
    try:
        parse_keeping(values["retention-rule"])
    except SettingsError as error:
        return str(error)
    return None


CHECKS = (check_addresses, check_tls, check_syslog, check_mail, check_oidc, check_keeping)


def read_settings(prog: str, argv: Sequence[str], environ: Mapping[str, str]) -> tuple[CollectorSettings, list[str]]:
    """The settings in force, and warnings about them; ends the program when they are wrong or help was asked for."""
    values = load_or_exit(prog, TABLE, argv, environ, about=ABOUT, default_file=DEFAULT_FILE, checks=CHECKS)
    return values.into(CollectorSettings), values.warnings
