"""The hub's own certificate authority: keys and certificates in `access/authority/`, made with `cryptography` alone.

Everything is ECDSA on P-256, which every TLS library of the last ten years takes, the stock uploader's too.
"""

import ipaddress
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from journalhub.access import database
from journalhub.access.database import make_directory
from journalhub.journal.durable import own_like, write_atomically

DIRECTORY = Path(database.DIRECTORY) / "authority"
"""Within the data directory."""

AUTHORITY_CERTIFICATE = "authority.pem"
AUTHORITY_KEY = "authority.key"
HUB_CERTIFICATE = "hub.pem"
HUB_KEY = "hub.key"

AUTHORITY_DAYS = 3650
"""Days that the authority lives: nodes trust it by its fingerprint, and replacing it means enrolling them anew."""
HUB_DAYS = 397
"""Days of the hub's own certificate: what browsers take at the most, and a bit less; it is renewed by itself."""
SENDER_DAYS = 90
"""Days of a sender's certificate: it is renewed by itself, and a node that was off for longer must be enrolled anew."""
RENEW_FRACTION = 2 / 3
"""Of its life, after which a certificate is renewed: a third is left for trouble."""
CLOCK_SLACK = timedelta(minutes=5)
"""A certificate is valid from so long ago, for clocks that are behind."""

MACHINE_URI = "urn:journalhub:machine:"
"""Begins the subject alternative name that tells a sender's machine id."""

_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?", re.ASCII)
_MACHINE_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


class AuthorityError(Exception):
    """Something about keys or certificates is wrong; the message says what and what to do."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate for a sender."""

    pem: bytes
    fingerprint: str
    """SHA-256 of the certificate, hex."""
    expires: int
    """Microseconds since the epoch."""


class Authority:
    """The authority of one hub."""

    def __init__(self, data_dir: Path) -> None:
        """Opens it. Raises AuthorityError when there is none or it cannot be read."""
        self._directory = data_dir / DIRECTORY
        try:
            self.pem = (self._directory / AUTHORITY_CERTIFICATE).read_bytes()
            self._certificate = x509.load_pem_x509_certificate(self.pem)
            self._key = _load_key((self._directory / AUTHORITY_KEY).read_bytes())
        except FileNotFoundError as error:
            raise AuthorityError(
                f"there is no authority in {self._directory}; make one with `journalhub ca init`"
            ) from error
        except (OSError, ValueError) as error:
            raise AuthorityError(f"cannot read the authority in {self._directory}: {error}") from error

    @staticmethod
    def exists(data_dir: Path) -> bool:
        """Whether `journalhub ca init` was run for this data directory."""
        return (data_dir / DIRECTORY / AUTHORITY_CERTIFICATE).exists()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of its certificate, hex: how a node knows it."""
        return fingerprint(self._certificate)

    @property
    def hub_files(self) -> tuple[Path, Path]:
        """Certificate (with the authority's behind it) and key of the hub."""
        return self._directory / HUB_CERTIFICATE, self._directory / HUB_KEY

    @property
    def certificate_file(self) -> Path:
        """Its certificate."""
        return self._directory / AUTHORITY_CERTIFICATE

    def issue_hub(self, names: Sequence[str]) -> None:
        """A new key and certificate for the hub, for host names and addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        sans = [_alternative_name(name) for name in names]
        builder = self._builder(names[0], key.public_key(), HUB_DAYS, ExtendedKeyUsageOID.SERVER_AUTH)
        builder = builder.add_extension(x509.SubjectAlternativeName(sans), critical=False)
        certificate = builder.sign(self._key, hashes.SHA256())
        _write(self._directory / HUB_KEY, _key_pem(key), secret=True)
        _write(self._directory / HUB_CERTIFICATE, _pem(certificate) + self.pem)

    def renew_hub(self, moment: datetime | None = None) -> bool:
        """Renew the hub's certificate when most of its life is over, with the same names; whether it did."""
        held = x509.load_pem_x509_certificate((self._directory / HUB_CERTIFICATE).read_bytes())
        if not is_due(held, moment or datetime.now(UTC)):
            return False
        names = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        self.issue_hub([str(name.value) for name in names])
        return True

    def issue_sender(self, request_pem: bytes, hostname: str, machine_id: str) -> Issued:
        """A certificate for the key of a signing request; who it is for is said by the hub, not by the request.

        Raises AuthorityError for a request that is none, or names that are none.
        """
        try:
            request = x509.load_pem_x509_csr(request_pem)
        except ValueError as error:
            raise AuthorityError(f"the certificate request cannot be read: {error}") from error
        if not request.is_signature_valid:
            raise AuthorityError("the certificate request is not signed by its own key")
        check_host_name(hostname)
        sans: list[x509.GeneralName] = [x509.DNSName(hostname)]
        if machine_id:
            sans.append(x509.UniformResourceIdentifier(MACHINE_URI + check_machine_id(machine_id)))
        builder = self._builder(hostname, request.public_key(), SENDER_DAYS, ExtendedKeyUsageOID.CLIENT_AUTH)
        builder = builder.add_extension(x509.SubjectAlternativeName(sans), critical=False)
        certificate = builder.sign(self._key, hashes.SHA256())
        expires = int(certificate.not_valid_after_utc.timestamp() * 1_000_000)
        return Issued(_pem(certificate), fingerprint(certificate), expires)

    def _builder(self, name: str, key: object, days: int, usage: x509.ObjectIdentifier) -> x509.CertificateBuilder:
        moment = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(_common_name(name))
            .issuer_name(self._certificate.subject)
            .public_key(key)  # type: ignore[arg-type]
            .serial_number(x509.random_serial_number())
            .not_valid_before(moment - CLOCK_SLACK)
            .not_valid_after(moment + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._certificate.public_key()),  # type: ignore[arg-type]
                critical=False,
            )
        )


def init(data_dir: Path, names: Sequence[str]) -> Authority:
    """Make the authority of a data directory and the hub's certificate. Raises AuthorityError when there is one."""
    directory = data_dir / DIRECTORY
    if (directory / AUTHORITY_CERTIFICATE).exists():
        raise AuthorityError(
            f"there is an authority in {directory} already; nodes trust it. To give the hub other names: "
            "`journalhub ca renew --name NAME`"
        )
    for name in names:
        _alternative_name(name)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _common_name(f"Journalhub authority {os.urandom(4).hex()}")
    moment = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - CLOCK_SLACK)
        .not_valid_after(moment + timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_signs_certificates(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    make_directory(data_dir)
    directory.mkdir(mode=0o700, exist_ok=True)
    own_like(directory, data_dir)
    _write(directory / AUTHORITY_KEY, _key_pem(key), secret=True)
    _write(directory / AUTHORITY_CERTIFICATE, _pem(certificate))
    authority = Authority(data_dir)
    authority.issue_hub(names)
    return authority


def new_request(hostname: str) -> tuple[bytes, bytes]:
    """A new key and a signing request for it, both PEM: what a node makes; the key never leaves it."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateSigningRequestBuilder().subject_name(_common_name(hostname))
    request = builder.sign(key, hashes.SHA256())
    return _key_pem(key), request.public_bytes(serialization.Encoding.PEM)


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of a certificate, hex."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def is_due(certificate: x509.Certificate, moment: datetime) -> bool:
    """Whether it is time to renew a certificate."""
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return moment >= begin + (end - begin) * RENEW_FRACTION


def check_host_name(name: str) -> str:
    """`name`, when it can stand in a certificate. Raises AuthorityError."""
    if not _HOST_NAME.fullmatch(name):
        raise AuthorityError(f"cannot make a certificate for {name[:80]!r}: want a host name such as web-1.example.net")
    return name


def check_machine_id(text: str) -> str:
    """`text`, when it is a machine id. Raises AuthorityError."""
    if not _MACHINE_ID.fullmatch(text):
        raise AuthorityError(f"{text[:80]!r} is no machine id: want the 32 hex digits of /etc/machine-id")
    return text


def _alternative_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(check_host_name(name))


def _common_name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])  # RFC 5280's ub-common-name


def _signs_certificates() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _load_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"the key is of another kind than ours: {type(key).__name__}")
    return key


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write(path: Path, content: bytes, *, secret: bool = False) -> None:
    write_atomically(path, content, mode=0o600 if secret else 0o644)
    own_like(path, path.parent)
