"""Every parser that meets the network or a file, as a function of bytes: whatever they are, it ends as it should.

A target raises nothing for any input; what a parser may raise is caught here, by name. What it checks beside is what
the parser promises of what it has read.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC
from typing import Any, NamedTuple

import msgpack
import orjson
import zstandard
from tests.fuzz import peers, seeds
from tests.journal.test_exportreader import assert_same

from journalhub.collector.errors import Refusal as SenderRefusal
from journalhub.collector.export_session import ExportSession
from journalhub.collector.inflate import INFLATERS, InflateError
from journalhub.collector.node_status import parse_status
from journalhub.collector.otlp.body import decompressed
from journalhub.collector.otlp.session import Session
from journalhub.collector.syslog.framing import Deframer, FramingError
from journalhub.collector.syslog.message import parse as parse_syslog
from journalhub.journal import catalog, cursor, jsonform, timespec, wire
from journalhub.journal.batch import Batch
from journalhub.journal.entry import Entry
from journalhub.journal.export import ExportError, ExportParser, encode
from journalhub.journal.fields import is_valid_name
from journalhub.journal.limits import ENTRY_FIELDS_MAX
from journalhub.journal.match import parse_matches
from journalhub.query import language
from journalhub.query.api.asked import Asked, Sources
from journalhub.query.api.endpoints import ENDPOINTS
from journalhub.query.api.tail import prepare_tail
from journalhub.query.gatewayd.arguments import parse_arguments
from journalhub.query.gatewayd.ranges import parse_range
from journalhub.query.gatewayd.seeking import parse_address
from journalhub.query.plan.parameters import Parameters
from journalhub.query.plan.refusal import Refusal
from journalhub.store.arrival import canonical, refusals
from journalhub.store.evaluate import matches
from journalhub.store.memory import MemoryStore

NOW = 1_760_000_000_000_000


class Target(NamedTuple):
    """A parser, and inputs that it reads."""

    run: Callable[[bytes], None]
    seeds: Sequence[bytes]


def pieces(data: bytes) -> Iterator[bytes]:
    """The bytes behind the first, in pieces of the size that it names."""
    size = (data[0] if data else 0) + 1
    for at in range(1, len(data), size):
        yield data[at : at + size]


def check_batch(batch: Batch) -> None:
    """What stores rely on, whoever made the batch."""
    refused = {row for row, _ in refusals(batch)}
    for row, entry in enumerate(canonical(batch)):
        assert row in refused or 0 <= entry.monotonic < 2**63
        assert 0 <= entry.seqnum < 2**64 and 0 <= entry.xor_hash < 2**64
        assert len(entry.fields) <= 2 * ENTRY_FIELDS_MAX
        assert all(is_valid_name(name) and isinstance(value, bytes) for name, value in entry.fields)


def native(data: bytes) -> None:
    """A native batch, in msgpack and as it comes."""
    for body in (data, zstandard.compress(data)):
        try:
            decoded = wire.decode(body)
        except wire.BatchError:
            continue
        check_batch(decoded.batch)
        MemoryStore().append([decoded.batch])
        if decoded.status is not None:
            parse_status(decoded.status)


def status(data: bytes) -> None:
    """What a shipper says of itself."""
    try:
        said = msgpack.unpackb(data, use_list=False, strict_map_key=False)
    except (ValueError, TypeError, msgpack.UnpackException, RecursionError):
        return
    if isinstance(said, dict):
        parse_status(said)


def export(data: bytes) -> None:
    """Export text in pieces; what is read is written as it reads again."""
    parser = ExportParser()
    entries: list[Entry] = []
    try:
        for piece in pieces(data):
            entries += parser.feed(piece)
        entries += parser.finish()
    except ExportError:
        pass  # what came before it was read
    again = ExportParser()
    written = b"".join(map(encode, entries))
    assert [entry.cursor for entry in entries] == [entry.cursor for entry in (*again.feed(written), *again.finish())]


def reader(data: bytes) -> None:
    """Export text in pieces into batches: with the compiled codec the same as with the parser alone."""
    assert_same(data[1:], list(data[:1]))


def upload(data: bytes) -> None:
    """A body of export text, plain and compressed; the first byte tells how, the second how it is cut."""
    encoding = {b"z": "zstd", b"x": "xz", b"l": "lz4"}.get(data[:1], "")
    session = ExportSession(encoding)
    try:
        for piece in pieces(data[1:]):
            session.push(piece)
            while batch := session.next():
                check_batch(batch)
        session.finish()
    except SenderRefusal:
        session.take()
    for other in INFLATERS:
        try:
            INFLATERS[other]().decompress(data[1:])
        except InflateError:
            continue


def otlp(data: bytes) -> None:
    """Logs of OpenTelemetry; the first byte tells the encoding."""
    body = data[1:]
    try:
        if data[:1] in b"gz":
            body = decompressed(body, "gzip" if data[:1] == b"g" else "zstd")
        session = Session(body, is_json=data[:1] == b"j", now=NOW, fallback_host="h")
        while batch := session.next():
            check_batch(batch)
    except SenderRefusal:
        return


def syslog(data: bytes) -> None:
    """A stream of messages, and one of them."""
    deframer = Deframer()
    messages = [data]
    try:
        for piece in pieces(data):
            messages += deframer.feed(piece)
        messages.append(deframer.finish())
    except FramingError:
        pass  # the stream ends there
    for message in messages:
        assert all(is_valid_name(name) for name, _ in parse_syslog(message).fields("192.0.2.9"))


def search(data: bytes) -> None:
    """The search language: what is read can be asked, and reads the same as it is shown."""
    try:
        parsed = language.parse(data.decode(errors="replace"))
    except language.QueryError:
        return
    for entry in seeds.ENTRIES[:3]:
        matches(parsed.query, entry)
    assert language.parse(parsed.canonical).reading == parsed.reading


STORE = MemoryStore()
SOURCES = Sources(STORE, list, dict, 5)


def parameters(data: bytes) -> None:
    """Query strings of the API and of the gatewayd API."""
    text = data.decode("latin-1")
    for endpoint in ENDPOINTS:
        try:
            endpoint.prepare(Asked(Parameters(text), {"field": "MESSAGE"}, NOW, SOURCES))
        except Refusal:
            continue
    with suppress(Refusal):
        prepare_tail(Asked(Parameters(text), {}, NOW, SOURCES), text)
    try:
        parse_arguments(text, ("follow", "boot"))
    except ValueError:
        return


def words(data: bytes) -> None:
    """Times, cursors, ranges and matches."""
    text = data.decode("latin-1")
    parsers: tuple[Callable[[], Any], ...] = (
        lambda: timespec.parse(text, NOW, UTC),
        lambda: cursor.parse(text),
        lambda: parse_range(text),
        lambda: parse_address(text),
        lambda: parse_matches(data.split(b" ")),
    )
    for parse in parsers:
        try:
            parse()
        except ValueError:
            continue


def files(data: bytes) -> None:
    """Catalogs, and entries as JSON."""
    with suppress(catalog.CatalogError):
        catalog.parse(data)
    try:
        shown = orjson.loads(data)
        if isinstance(shown, dict):
            jsonform.from_object(shown)
    except ValueError:
        return


_JSON = orjson.dumps(jsonform.to_object(seeds.ENTRIES[0]))

TARGETS = {
    "native": Target(native, [seeds.PACKED, zstandard.compress(seeds.PACKED)]),
    "status": Target(status, [seeds.STATUS]),
    "reader": Target(reader, [b"\x40" + seeds.EXPORT, b"\x00" + seeds.EXPORT[:900]]),
    "export": Target(export, [b"\x40" + seeds.EXPORT, b"\x00" + seeds.EXPORT[:900]]),
    "upload": Target(upload, [b"p\x80" + seeds.EXPORT, *(k + b"\x20" + v for k, v in seeds.COMPRESSED.items())]),
    "otlp": Target(otlp, [b"p" + seeds.OTLP, b"j" + seeds.OTLP_JSON, b"g" + seeds.COMPRESSED[b"g"]]),
    "syslog": Target(syslog, seeds.SYSLOG),
    "search": Target(search, seeds.QUERIES),
    "parameters": Target(parameters, seeds.QUERY_STRINGS),
    "words": Target(words, seeds.RANGES),
    "files": Target(files, [seeds.CATALOG, _JSON]),
    "answers": Target(peers.answers, peers.ANSWERS),
    "proofs": Target(peers.proofs, peers.TOKENS),
    "node_files": Target(peers.node_files, peers.FILES),
}
