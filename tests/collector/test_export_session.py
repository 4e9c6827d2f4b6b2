"""An upload without sockets: any chunks give the same entries, and memory stays bounded."""

import lzma

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from tests.collector.material import entry

from journalhub.collector.errors import Refusal
from journalhub.collector.export_session import ExportSession
from journalhub.collector.limits import UPLOAD_BATCH_ENTRIES
from journalhub.journal.entry import Entry
from journalhub.journal.export import encode

pytestmark = pytest.mark.usefixtures("codec")

ENTRIES = [entry(seqnum, message) for seqnum, message in enumerate([b"a", b"b\nc", b"\xff\x00", b"d" * 3000] * 5, 1)]
TEXT = b"".join(map(encode, ENTRIES))


def run(session: ExportSession, chunks: list[bytes]) -> list[Entry]:
    batches = []
    for chunk in chunks:
        session.push(chunk)
        while batch := session.next():
            batches.append(batch)
    last = session.finish()
    return [item for batch in [*batches, *([last] if last else [])] for item in batch]


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    chunks = []
    for size in sizes:
        chunks.append(data[:size])
        data = data[size:]
    return [chunk for chunk in [*chunks, data] if chunk]


@given(st.lists(st.integers(1, 900), max_size=40))
def test_any_chunks(sizes: list[int]) -> None:
    """However the text is cut, the entries are the same."""
    found = run(ExportSession(), cut(TEXT, sizes))

    assert [set(item.fields) for item in ENTRIES] == [set(item.fields) for item in found]
    assert [item.cursor for item in ENTRIES] == [item.cursor for item in found]


@given(st.lists(st.integers(1, 900), max_size=40), st.lists(st.integers(1, 900), max_size=40))
def test_any_frames(sizes: list[int], chunks: list[int]) -> None:
    """Frames of zstd one after the other, cut anywhere, decompress to the same entries."""
    compressed = b"".join(map(zstandard.compress, cut(TEXT, sizes)))
    found = run(ExportSession("zstd"), cut(compressed, chunks))

    assert [item.cursor for item in ENTRIES] == [item.cursor for item in found]


def test_batches_are_bounded() -> None:
    """A long text comes out in batches of limited size while it is read."""
    text = b"".join(encode(entry(seqnum)) for seqnum in range(1, 2 * UPLOAD_BATCH_ENTRIES + 2))
    session = ExportSession()
    session.push(text)
    first, second, third = session.next(), session.next(), session.next()
    last = session.finish()

    assert first and second and last
    assert (UPLOAD_BATCH_ENTRIES, UPLOAD_BATCH_ENTRIES, None, 1) == (len(first), len(second), third, len(last))


def test_a_bomb_of_entries_comes_out_in_batches() -> None:
    """A few kilobytes of zstd that hold a million entries are not expanded at once."""
    text = encode(entry(1)) * 200_000
    session = ExportSession("zstd")
    session.push(zstandard.compress(text))
    batch = session.next()

    assert batch is not None
    assert UPLOAD_BATCH_ENTRIES == len(batch)
    assert len(session._compressed) + len(session._text) > 0


@pytest.mark.parametrize(
    ("body", "encoding", "status", "what"),
    [
        (TEXT[:-20], "", 417, "ends within a field"),
        (zstandard.compress(TEXT)[:-5], "zstd", 417, "ends within a piece of zstd"),
        (TEXT, "zstd", 400, "not zstd"),
        (zstandard.compress(TEXT) + b"trailing", "zstd", 400, "not zstd"),
        (lzma.compress(TEXT)[:-5], "xz", 417, "ends within a piece of xz"),
        (TEXT, "xz", 400, "not xz"),
        (bytes(7), "lz4", 417, "ends within a piece of lz4"),
        (TEXT, "lz4", 400, "not lz4"),
        (TEXT + b"MESSAGE\n" + b"\xff" * 8 + b"x", "", 400, "at most"),
    ],
)
def test_broken_bodies(body: bytes, encoding: str, status: int, what: str) -> None:
    """Each is refused with the reason; what was complete before can still be taken."""
    session = ExportSession(encoding)
    with pytest.raises(Refusal) as caught:
        run(session, [body])

    assert (status, True) == (caught.value.status, what in caught.value.what)


def test_what_was_complete_before_is_kept() -> None:
    """After the framing is lost, the entries before it are there to be stored."""
    session = ExportSession()
    with pytest.raises(Refusal):
        run(session, [TEXT, b"MESSAGE\n" + b"\xff" * 8])
    batch = session.take()

    assert batch is not None
    assert len(ENTRIES) == len(batch)


def test_bad_entries_and_fields_are_counted() -> None:
    """An entry without a time and a field with a bad name cost themselves."""
    session = ExportSession()
    good = encode(entry(1)).replace(b"MESSAGE=", b"lower=1\nMESSAGE=")
    found = run(session, [b"MESSAGE=no time\n\n" + good])

    assert [entry(1).cursor] == [item.cursor for item in found]
    assert {"no __REALTIME_TIMESTAMP": 1, "field not a field name": 1} == dict(session.refused)
