"""Passwords and tokens: how they are made, kept and compared. Nothing here can be turned back into a secret."""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

SCRYPT_N = 2**15
"""Cost of a password hash: 32 MiB and about 0.1 s of a core, OWASP's choice for scrypt with r=8, p=3 halved in p."""
SCRYPT_R = 8
SCRYPT_P = 2
SCRYPT_MEMORY = 128 * SCRYPT_N * SCRYPT_R * SCRYPT_P + 1024 * 1024
"""Bytes that OpenSSL may take for it."""
SALT_BYTES = 16
PASSWORD_MIN = 10
"""Characters: below it guessing is cheap whatever the hash."""
PASSWORD_MAX = 1024
"""Characters: a hash of megabytes would be a way to keep the hub busy."""

SECRET_BYTES = 24
"""Of a token: 192 random bits need no slow hash."""
ID_BYTES = 5

API_TOKEN = "jht"
"""Begins the tokens of programs, so that scanners of leaked secrets can know them."""
ENROLMENT_TOKEN = "jhe"
"""Begins the tokens that enrol one node."""

_TOKEN = re.compile(r"(jht|jhe)_([0-9a-f]{10})_([0-9a-f]{48})(?:_([0-9a-f]{64}))?", re.ASCII)


def hash_password(password: str) -> str:
    """What is kept of a password: `scrypt$n$r$p$salt$hash`. Raises ValueError for one too short or too long."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise ValueError(f"a password has {PASSWORD_MIN} to {PASSWORD_MAX} characters; got {len(password)}")
    salt = secrets.token_bytes(SALT_BYTES)
    digest = _scrypt(password, salt, SCRYPT_N, SCRYPT_R, SCRYPT_P)
    return f"scrypt${SCRYPT_N}${SCRYPT_R}${SCRYPT_P}${salt.hex()}${digest.hex()}"


def check_password(password: str, kept: str) -> bool:
    """Whether `kept` was made of `password`; takes the same time for any answer."""
    _, n, r, p, salt, digest = kept.split("$")
    got = _scrypt(password[:PASSWORD_MAX], bytes.fromhex(salt), int(n), int(r), int(p))
    return hmac.compare_digest(got, bytes.fromhex(digest))


NO_PASSWORD = f"scrypt${SCRYPT_N}${SCRYPT_R}${SCRYPT_P}${'00' * SALT_BYTES}${'00' * 32}"
"""Checked when there is no such user, so that an unknown name takes as long as a wrong password."""


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=SCRYPT_MEMORY, dklen=32)


@dataclass(frozen=True, slots=True)
class Token:
    """A token in parts."""

    kind: str
    id: str
    """Names it in lists and in the audit trail; no secret."""
    secret: bytes
    authority: str = ""
    """SHA-256 of the authority's certificate, by which a node that enrols knows the hub."""

    def __str__(self) -> str:
        end = f"_{self.authority}" if self.authority else ""
        return f"{self.kind}_{self.id}_{self.secret.hex()}{end}"

    @property
    def kept(self) -> bytes:
        """What is stored of it."""
        return hashlib.sha256(self.secret).digest()

    def is_of(self, kept: bytes) -> bool:
        """Whether `kept` was made of it; takes the same time for any answer."""
        return hmac.compare_digest(self.kept, kept)


NO_TOKEN = bytes(32)
"""Compared with when there is no token of that id, so that an unknown one takes as long as a wrong secret."""


def new_token(kind: str, authority: str = "") -> Token:
    """A token that nobody has."""
    return Token(kind, secrets.token_hex(ID_BYTES), secrets.token_bytes(SECRET_BYTES), authority)


def parse_token(text: str) -> Token | None:
    """The parts of a token, or None when `text` has not its form."""
    found = _TOKEN.fullmatch(text)
    return None if found is None else Token(found[1], found[2], bytes.fromhex(found[3]), found[4] or "")


def bearer(header: str) -> str:
    """The token of an Authorization header: `Bearer TOKEN`, or the password of `Basic`, for what knows no other way."""
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest, validate=True).decode().partition(":")[2]
        except ValueError:  # no base64, no ASCII, no UTF-8
            return ""
    return ""
