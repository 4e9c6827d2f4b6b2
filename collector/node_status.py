"""What a shipper says of itself, made safe: every part is checked, cut to size, or left out."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from sys import intern
from typing import Any, TypeVar

from journalhub.collector.gaps import Gap, Run, parse_gap, printable
from journalhub.collector.limits import PENDING_MAX, QUARANTINED_MAX, REPORT_SEQNUMS_MAX, REPORTS_MAX, USERS_MAX
from journalhub.collector.pending import Pending, parse_pending
from journalhub.collector.seqnum_sets import decode_runs

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Dropped:
    """Entries that a node left out on purpose or could not read."""

    rule: str
    count: int
    where: Gap | None
    runs: tuple[Run, ...] = ()
    """Which seqnums exactly; empty when the report does not say."""

    @property
    def mark(self) -> str:
        """Tells a report from all others."""
        return blake2b(repr(self).encode(), digest_size=12).hexdigest()

    @property
    def is_absence(self) -> bool:
        """Whether entries are missing because of it; one that is blackened, or lost a field, is there."""
        return not self.rule.startswith(("redact: ", "field "))

    @property
    def set_name(self) -> str:
        """The set of seqnums that it belongs to: an entry is absent once, and may be changed by several rules."""
        seqnum_id = self.where.seqnum_id if self.where else ""
        return seqnum_id if self.is_absence else f"{seqnum_id} {self.rule}"

    def is_alike(self, other: "Dropped") -> bool:
        """Whether two reports are of one rule and one sequence."""
        ours, theirs = (item.where.seqnum_id if item.where else "" for item in (self, other))
        return self.rule == other.rule and ours == theirs

    def plus(self, other: "Dropped") -> "Dropped":
        """Both together: from the first to the last."""
        where = self.where and other.where and self.where.spanning(other.where)
        return Dropped(self.rule, self.count + other.count, where)

    def document(self) -> dict[str, Any]:
        """As docs/api.md has it."""
        where = self.where.document() if self.where else {}
        where.pop("cause", None)
        return {"rule": self.rule, "count": self.count, **where}


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """The `status` of docs/formats/batch.md, as far as it can be believed."""

    machine_id: str
    hostname: str
    version: str
    sent_at: int | None
    behind: int | None
    gaps: tuple[Gap, ...]
    dropped: tuple[Dropped, ...]
    quarantined: tuple[str, ...] | None
    """None when the status does not speak of it."""
    ignored: int
    """Parts that were wrong."""
    pending: tuple[Pending, ...] = ()
    kept: int | None = None
    margin: int | None = None
    users: tuple[tuple[str, str], ...] = ()
    """Number and name; empty when the status does not speak of them."""

    @property
    def must_last(self) -> bool:
        """Whether it tells of a loss, which is acknowledged only when it is on disk."""
        return bool(self.gaps or self.dropped or self.quarantined)


def parse_status(raw: dict[str, Any]) -> NodeStatus:
    """The good parts of a status; the wrong ones are counted in `ignored`. Never raises."""
    reader = _Reader(raw)
    machine_id = raw.get("machine_id")
    if not (isinstance(machine_id, bytes) and len(machine_id) == 16):
        reader.ignored += 1
        machine_id = b""
    users = reader.each("users", _user)
    pending, kept, margin = reader.each("pending", parse_pending), reader.number("kept"), reader.number("margin")
    return NodeStatus(
        machine_id.hex(),
        reader.text("hostname"),
        reader.text("version"),
        reader.number("sent_at"),
        reader.number("behind"),
        reader.each("gaps", parse_gap)[-REPORTS_MAX:],
        reader.each("dropped", _dropped)[-REPORTS_MAX:],
        reader.each("quarantined", _name)[:QUARANTINED_MAX] if "quarantined" in raw else None,
        reader.ignored,
        pending[:PENDING_MAX],
        kept,
        margin,
        users[:USERS_MAX],
    )


class _Reader:
    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw
        self.ignored = 0

    def text(self, key: str) -> str:
        value = self.raw.get(key, "")
        if not isinstance(value, str):
            self.ignored += 1
            return ""
        return printable(value)

    def number(self, key: str) -> int | None:
        value = self.raw.get(key)
        if value is None:
            return None
        if type(value) is not int or not -(2**63) <= value < 2**64:
            self.ignored += 1
            return None
        return value

    def each(self, key: str, parse: Callable[[Any], T | None]) -> tuple[T, ...]:
        """What `parse` makes of the items of an array; those it makes nothing of are ignored."""
        value = self.raw.get(key)
        if value is None:
            return ()
        if not isinstance(value, tuple | list):
            self.ignored += 1
            return ()
        parsed = [good for good in map(parse, value) if good is not None]
        self.ignored += len(value) - len(parsed)
        return tuple(parsed)


def _name(item: Any) -> str | None:
    return printable(item) if isinstance(item, str) else None


def _user(item: Any) -> tuple[str, str] | None:
    """Shared by all nodes that have it: they are the same on most."""
    match item:
        case [int(uid), str(name)] if 0 <= uid < 2**32 and type(uid) is int:
            return intern(str(uid)), intern(printable(name))
    return None


def _dropped(item: Any) -> Dropped | None:
    if not isinstance(item, dict):
        return None
    rule, count = item.get("rule"), item.get("count")
    if not isinstance(rule, str) or type(count) is not int or not 0 <= count < 2**63:
        return None
    where = parse_gap({**item, "cause": ""})
    return Dropped(printable(rule), count, where, _runs(where, count, item.get("runs")) if where else ())


def _runs(where: Gap, count: int, lengths: Any) -> tuple[Run, ...]:
    """The seqnums of a report; nothing when it does not say which they are, or says what cannot be."""
    if count > REPORT_SEQNUMS_MAX:
        return ()
    if lengths is None:
        return ((where.first, where.last),) if where.size == count else ()
    if not isinstance(lengths, tuple | list) or not all(type(length) is int for length in lengths):
        return ()
    try:
        runs = tuple(decode_runs(where.first, where.last, lengths))
    except ValueError:
        return ()
    return runs if sum(last - first + 1 for first, last in runs) == count else ()
