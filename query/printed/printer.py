"""Hits as journalctl prints them into a pipe: `format=journalctl` of an export.

The bytes are those of query/output. For the common entry they are put together out of its parts, without an Entry
between; whatever is not common goes the long way.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

import orjson

from journalhub.journal.batch import Names
from journalhub.journal.origin import Origin
from journalhub.query.output.boots import BootLines, Machine, machine_of
from journalhub.query.output.clock import clock, clock_of_seconds, shown_realtime
from journalhub.query.output.jsonlines import member
from journalhub.query.output.options import QUIET_MODES, OutputOptions
from journalhub.query.output.remembered import Remembered
from journalhub.query.output.render import render
from journalhub.query.output.short import prefix_of
from journalhub.query.printed.bulk import STEP, BulkPrinter, Kind, Way
from journalhub.store.bulk import Found
from journalhub.store.contract import Hit

CLOCK_MODES = frozenset(
    {"short", "short-full", "short-iso", "short-iso-precise", "short-precise", "short-unix", "with-unit"}
)
"""The modes whose lines begin with the time of day."""

PLAIN_BYTES = 3072
"""Bytes of all values of an entry below which none is so long (4,096 with its name) that journalctl leaves it out."""

Print = Callable[[Hit], bytes]


class Printer:
    """Prints hits in one mode, with lines between boots where the mode has them. Not safe in two threads."""

    def __init__(self, mode: str, options: OutputOptions, boots: bool) -> None:
        """`mode` is any but short-delta, whose entries depend on each other."""
        self._print, way = _ways_of(mode, options)
        self._bulk = BulkPrinter(way, self._print)
        self._boots = BootLines(0) if boots and mode not in QUIET_MODES else None
        self._machine = Remembered(machine_of).of

    def encode(self, hits: Iterable[Hit]) -> bytes:
        """The hits one after another."""
        if self._boots is None:
            return b"".join(map(self._print, hits))
        return b"".join(chain.from_iterable([(self._boot(hit), self._print(hit)) for hit in hits]))

    def pieces(self, hits: Sequence[Hit], enough: int) -> Iterator[bytes]:
        """The same in pieces of `enough` bytes or a little more."""
        if self._boots is None or (isinstance(hits, Found) and self._is_of_known_boots(hits)):
            yield from self._bulk.pieces(hits, enough)
        else:
            for at in range(0, len(hits), STEP):
                yield self.encode(hits[at : at + STEP])

    def _is_of_known_boots(self, found: Found) -> bool:
        """Whether no line belongs between these entries: each machine stays in the boot that it was in last."""
        assert self._boots is not None
        return self._boots.stay(self._boots_of(found, False)) or self._boots.stay(self._boots_of(found, True), True)

    def _boots_of(self, found: Found, exactly: bool) -> set[tuple[Machine, bytes]]:
        return {(self._machine(origin), origin.boot_id) for origin in found.speakers(exactly)}

    def _boot(self, hit: Hit) -> bytes:
        """The lines before an entry of another boot."""
        assert self._boots is not None
        if hit.parts is None:
            return self._boots.before(hit.entry)
        origin = hit.parts.origin
        machine: Machine = self._machine(origin)
        return self._boots.reached(machine, origin.boot_id)


def _ways_of(mode: str, options: OutputOptions) -> tuple[Print, Way | None]:
    """What prints an entry, and what prints many."""
    if mode in CLOCK_MODES and not options.truncate_newline:
        line = _ShortLine(mode, options)
        stamp, precise = clock_of_seconds(mode, options.utc, options.zone)
        return line.of, Way(Kind.LINES, line.of, line.prefix, line.columns, stamp=stamp, precise=precise)
    if mode == "json" and not options.fields:
        row = _JsonLine(options)
        return row.of, Way(Kind.JSON, row.of, row.together, row.columns, row.odd)
    one = _rendered(mode, options)
    return one, None


def _rendered(mode: str, options: OutputOptions) -> Print:
    return lambda hit: b"".join(render([hit.entry], mode, options))


class _ShortLine:
    def __init__(self, mode: str, options: OutputOptions) -> None:
        self._stamp = clock(mode, options.utc, options.zone)
        self.prefix = Remembered(lambda origin: prefix_of(dict(origin.fields), mode == "with-unit", options)).of
        """What stands between the time and the pid."""
        self._long_way = _rendered(mode, options)
        self._places: dict[Names, tuple[int, int, int]] = {}

    def of(self, hit: Hit) -> bytes:
        """The line of an entry whose message is a line of ASCII and that has a pid."""
        if hit.parts is None:
            return self._long_way(hit)
        origin, names, values, *_ = hit.parts
        places = self._places.get(names)
        if places is None:
            places = self._places[names] = self._places_of(names)
        message_at, pid_at, source_at = places
        if message_at < 0 or pid_at < 0:
            return self._long_way(hit)
        message, pid = values[message_at], values[pid_at]
        if not (message.isascii() and message.decode("ascii").isprintable() and pid.isdigit()):
            return self._long_way(hit)
        at = hit.position.realtime
        stamp = self._stamp(at if source_at < 0 else shown_realtime(at, values[source_at]))
        return b"%b%b[%b]: %b\n" % (stamp, self.prefix(origin), pid, message)

    def _places_of(self, names: Names) -> tuple[int, int, int]:
        return _last_of(names, "MESSAGE"), _last_of(names, "_PID"), _last_of(names, _SOURCE)

    def columns(self, names: Names) -> list[tuple[bytes, int | None]] | None:
        """See Way."""
        message_at, pid_at, source_at = self._places_of(names)
        if message_at < 0 or (pid_at < 0 and "SYSLOG_PID" in names):
            return None
        return [(b"", at if at >= 0 else None) for at in (message_at, pid_at, source_at)]


_SOURCE = "_SOURCE_REALTIME_TIMESTAMP"


def _last_of(names: Names, name: str) -> int:
    """Where the last field of this name stands, which is the one that the short modes show; -1 for none."""
    return max((at for at, other in enumerate(names) if other == name), default=-1)


class _JsonLine:
    def __init__(self, options: OutputOptions) -> None:
        self._options = options
        self._speaker = Remembered(self._speaker_of).of
        self._long_way = _rendered("json", options)
        self._plain: dict[Names, bool] = {}

    def _speaker_of(self, origin: Origin) -> tuple[str, str, bytes] | None:
        """Its sequence, its boot, and its members with a comma before each; None where a field is given twice."""
        if not _is_plain(tuple(name for name, _ in origin.fields)):
            return None
        members = b"".join([b"," + member(name, value, self._options) for name, value in origin.fields])
        return origin.seqnum_id.hex(), origin.boot_id.hex(), members

    def of(self, hit: Hit) -> bytes:
        """The object of an entry that gives no field twice."""
        if hit.parts is None:
            return self._long_way(hit)
        origin, names, values, seqnum, monotonic, xor_hash = hit.parts
        speaker = self._speaker(origin)
        is_plain = self._plain.get(names)
        if is_plain is None:
            is_plain = self._plain[names] = _is_plain(names)
        if speaker is None or not is_plain:
            return self._long_way(hit)
        sequence, boot, members = speaker
        realtime = hit.position.realtime
        address = (
            f'"__CURSOR":"s={sequence};i={seqnum:x};b={boot};m={monotonic:x};t={realtime:x};x={xor_hash:x}",'
            f'"__REALTIME_TIMESTAMP":"{realtime}","__MONOTONIC_TIMESTAMP":"{monotonic}","_BOOT_ID":"{boot}"'
        ).encode()
        together = b"".join(values)
        if names and len(together) < PLAIN_BYTES and together.isascii() and together.decode("ascii").isprintable():
            # One call for all fields; it writes the braces too. ASCII without control characters it writes as we do.
            own = orjson.dumps(dict(zip(names, map(bytes.decode, values), strict=True)))[1:]
            return b"{%b%b,%b\n" % (address, members, own)
        others = b"".join(
            [b"," + member(name, value, self._options) for name, value in zip(names, values, strict=True)]
        )
        return b"{%b%b%b}\n" % (address, members, others)

    def together(self, origin: Origin) -> bytes | None:
        """See Way."""
        speaker = self._speaker(origin)
        return None if speaker is None else f"{speaker[0]}{speaker[1]}".encode() + speaker[2]

    def columns(self, names: Names) -> list[tuple[bytes, int]] | None:
        """See Way."""
        if not _is_plain(names):
            return None
        return [(b',"%b":"' % name.encode(), at) for at, name in enumerate(names)]

    def odd(self, name: str, value: bytes) -> bytes:
        """See Way."""
        return b"," + member(name, value, self._options)


def _is_plain(names: Names) -> bool:
    return len(set(names)) == len(names) and "_BOOT_ID" not in names
