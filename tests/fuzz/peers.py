"""What comes from those that a program asks, and from files that others make: answers, proofs, headers of journals."""

import asyncio
import tempfile
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from journalhub.access import secrets
from journalhub.access.roles import Role
from journalhub.access.sign_on import SignOnError, SignOnSettings, check_token, person_of
from journalhub.shipper import credentials, renewal, response, resume, sources
from journalhub.shipper.answer import read_answer
from journalhub.shipper.errors import ShipperError
from journalhub.shipper.limits import RESPONSE_HEAD_MAX

NOW = 1_760_000_000

_BODY = b'{"acknowledged":"s=1;i=2","stored":2,"duplicates":0,"refused":[{"cursor":"s=1;i=1","reason":"too old"}]}'
_ERROR = b'{"error":{"what":"the disk is full","where":"/data","do":"make room"}}'
ANSWERS = (
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: %d\r\nX-A: b\r\n\r\n%b" % (len(_BODY), _BODY),
    b"HTTP/1.1 503 Busy\r\nRetry-After: 5\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n"
    % (len(_ERROR), _ERROR),
    b'HTTP/1.0 200 OK\r\n\r\n{"streams":[{"seqnum_id":"%b","boot_id":"%b","first_seqnum":1,"last_seqnum":9,'
    b'"cursor":"s=%b;i=9;b=%b;m=1;t=2;x=3"}]}' % ((b"a" * 32, b"b" * 32) * 2),
)

_KEY = ECKey.generate_key("P-256", {"kid": "k"})
_KEYS = KeySet([_KEY])
_SETTINGS = SignOnSettings(
    "https://id.example", "hub", "secret", "https://hub/callback", "sub", "groups", {"a": Role.READER}, None
)
_CLAIMS = {"iss": "https://id.example", "aud": "hub", "sub": "ann", "exp": NOW + 60, "iat": NOW, "nonce": "n"}
TOKENS = (
    jwt.encode({"alg": "ES256", "kid": "k"}, _CLAIMS | {"groups": ["a"]}, _KEY).encode(),
    str(secrets.new_token("jht")).encode(),
    b"Basic dXNlcjpwYXNz",
)


@contextmanager
def file_of(data: bytes) -> Iterator[Path]:
    """A file with these bytes."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        yield Path(file.name)


def finish(work: Coroutine[Any, Any, response.Response]) -> response.Response:
    """The result of a coroutine that has nothing to wait for."""
    try:
        work.send(None)
    except StopIteration as end:
        result: response.Response = end.value
        return result
    raise AssertionError("it waits for more than there is")


def answers(data: bytes) -> None:
    """What somebody answers to a shipper who takes them for a collector."""
    stream = asyncio.StreamReader(RESPONSE_HEAD_MAX, loop=_LOOP)
    stream.feed_data(data)
    stream.feed_eof()
    bodies = [data]
    with suppress(response.ResponseError):
        while True:
            got = finish(response.read(stream))
            read_answer(got.status, got.headers, got.body)
            bodies.append(got.body)
    for body in bodies:
        read_answer(200, {}, body)
        with suppress(ValueError):
            resume.known(body)
        with suppress(renewal.RenewalError):
            renewal.read_answer(200, body)


_LOOP = asyncio.new_event_loop()


def proofs(data: bytes) -> None:
    """Tokens of the hub, of a provider, and headers with them."""
    text = data.decode("latin-1")
    secrets.parse_token(secrets.bearer(text))
    secrets.parse_token(text)
    with suppress(SignOnError):
        person_of(check_token(text, _KEYS, _SETTINGS, "n", NOW), _SETTINGS)


def node_files(data: bytes) -> None:
    """Headers of journal files, certificates, and what enrolment left."""
    with file_of(data) as path:
        found = sources.header(str(path))
        assert found is None or 0 <= found.newest < 2**64
        credentials.ends(path)
        with suppress(ShipperError):
            credentials.read_token(path)
    with tempfile.TemporaryDirectory() as directory:
        files = Path(directory) / credentials.DIRECTORY
        files.mkdir()
        (files / credentials.ENROLLED).write_bytes(data)
        with suppress(ShipperError):
            credentials.enrolled(Path(directory))


CERTIFICATE = b"""-----BEGIN CERTIFICATE-----
MB4XDTI1MTAwOTAwMDAwMFoXDTI2MDEwNzAwMDAwMFo=
-----END CERTIFICATE-----
"""
"""The validity of one, and nothing else of it."""

JOURNAL = b"LPKSHHRH" + bytes(32) + b"m" * 16 + bytes(16) + b"s" * 16 + bytes(80) + bytes(range(104))
ENROLLED = b'{"hub": "https://hub:19532", "issued": 1, "expires": 2}\n'
FILES = (CERTIFICATE, JOURNAL, ENROLLED, b"jht_token\n")
