"""Memory does not grow with the length of a request."""

import gzip
import http.client
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import zstandard
from tests.collector.material import entry
from tests.collector.test_process import collector

from journalhub.collector.otlp.protobuf import bytes_field
from journalhub.journal.export import encode

MEBIBYTE = 1024 * 1024
ALLOWED = 64 * MEBIBYTE
"""What a long upload may add to a process that has taken a short one: batches on their way, blocks of the index."""


def anonymous(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no RssAnon")


@pytest.mark.parametrize("compressed", [False, True])
def test_a_long_upload(tmp_path: Path, compressed: bool) -> None:
    """Eighty megabytes in one request, mostly known already, leave the process about as small as one did."""
    text = b"".join(encode(entry(seqnum, b"m" * 500)) for seqnum in range(1, 1301))
    piece = zstandard.compress(text) if compressed else text

    def body(times: int) -> Iterator[bytes]:
        for _ in range(times):
            yield piece

    with collector(tmp_path / "data") as running:
        sizes = []
        for times in (1, 80):
            with closing(http.client.HTTPConnection("127.0.0.1", running.port, timeout=240)) as connection:
                headers = {"Content-Type": "application/vnd.fdo.journal", "Transfer-Encoding": "chunked"}
                headers |= {"Content-Encoding": "zstd"} if compressed else {}
                connection.request("POST", "/upload", body=body(times), headers=headers, encode_chunked=True)
                assert 202 == connection.getresponse().status
            sizes.append(anonymous(running.process.pid))

        assert len(text) > 0.9 * MEBIBYTE
        assert sizes[1] - sizes[0] < ALLOWED, [size // MEBIBYTE for size in sizes]
        assert 0 == running.end()


def test_a_small_request_with_many_records(tmp_path: Path) -> None:
    """Ten million records in twenty kilobytes are refused without becoming ten million objects."""
    group = b"\x12\x00" * 10_000_000
    body = gzip.compress(bytes_field(1, bytes_field(2, group)), 1)

    with collector(tmp_path / "data") as running:
        before = anonymous(running.process.pid)
        for _ in range(3):
            with closing(http.client.HTTPConnection("127.0.0.1", running.port, timeout=240)) as connection:
                headers = {"Content-Type": "application/x-protobuf", "Content-Encoding": "gzip"}
                connection.request("POST", "/v1/logs", body, headers)
                assert 413 == connection.getresponse().status
        assert anonymous(running.process.pid) - before < ALLOWED
        assert 0 == running.end()
