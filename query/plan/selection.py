"""Which entries a request is about: docs/api.md, "the selection"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from journalhub.journal import timespec
from journalhub.journal.fields import FACILITIES, PRIORITIES
from journalhub.journal.match import MatchExpression, parse_matches
from journalhub.query import language
from journalhub.query.plan.parameters import Parameters, shown, text_bytes
from journalhub.query.plan.refusal import Refusal
from journalhub.store.ast import Regex
from journalhub.store.patterns import PatternError, compile_pattern, is_caseless

SELECTION = (
    *("q", "since", "until", "tz", "host", "unit", "user_unit", "identifier", "exclude_identifier", "exclude_unit"),
    *("priority", "facility", "boot", "dmesg", "match", "grep", "case_sensitive", "namespace"),
    *("journal", "uid", "invocation"),
)
"""The names of the parameters that select entries."""

TIME_MAX = 2**63 - 1
"""Microseconds: the open end of time, as in `contract.Scope`."""

FACILITY_MAX = 127
"""The highest facility number that journalctl takes (LOG_FAC(~0) of syslog.h)."""


JOURNALS = ("system", "user")
"""The kinds of journals that journald keeps apart."""

UID_MAX = 2**32 - 2
"""The highest uid; the one above means none (uid_t of Linux)."""


@dataclass(frozen=True, slots=True)
class BootSpec:
    """`-b`: a boot id or None for "each machine's own", and the offset from it."""

    boot_id: bytes | None
    offset: int


@dataclass(frozen=True, slots=True)
class Selection:
    """The selection as asked for; nothing in it has been looked up yet."""

    search: language.Parsed | None = None
    since: int = 0
    """Microseconds, inclusive."""
    until: int = TIME_MAX
    """Microseconds, inclusive."""
    hosts: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    user_units: tuple[str, ...] = ()
    exclude_units: tuple[str, ...] = ()
    identifiers: frozenset[bytes] = frozenset()
    exclude_identifiers: frozenset[bytes] = frozenset()
    priorities: frozenset[bytes] = frozenset()
    facilities: frozenset[bytes] = frozenset()
    boot: BootSpec | None = None
    dmesg: bool = False
    matches: MatchExpression | None = None
    grep: Regex | None = None
    namespace: bytes | None = None
    """As given: `b""` for the default one, `b"+x"` for x and the default; None for all."""
    journal: str | None = None
    """`system` or `user`; None for both."""
    uid: int | None = None
    """The user whose units `user_units` are; without those, whose entries."""
    invocations: frozenset[bytes] = frozenset()
    """Invocation ids, in hexadecimal."""

    @property
    def is_everything(self) -> bool:
        """Whether nothing is selected: all entries of all time."""
        return self == Selection()

    @property
    def read_as(self) -> dict[str, str | None] | None:
        """How `q` was read, as answers say it; None without `q`."""
        if self.search is None:
            return None
        return {"as": self.search.read_as, "canonical": self.search.canonical, "why": self.search.why}


def parse_selection(parameters: Parameters, now: int) -> Selection:
    """Take the selection out of `parameters`; `now` is microseconds.

    Raises Refusal with the parameter's name, and the character where one can be named.
    """
    zone = parse_zone(parameters.text("tz"))
    since = parse_time("since", parameters.text("since"), now, zone)
    until = parse_time("until", parameters.text("until"), now, zone)
    if since is not None and until is not None and since > until:
        raise Refusal(
            "since is later than until",
            where="since",
            do="exchange them",
            code="since-after-until",
            journalctl="--since= must be before --until=.",
        )
    return Selection(
        search=parse_search(parameters.text("q")),
        since=0 if since is None else since,
        until=TIME_MAX if until is None else until,
        hosts=tuple(parameters.texts("host")),
        units=tuple(parameters.texts("unit")),
        user_units=tuple(parameters.texts("user_unit")),
        exclude_units=tuple(parameters.texts("exclude_unit")),
        identifiers=frozenset(map(text_bytes, parameters.many("identifier"))),
        exclude_identifiers=frozenset(map(text_bytes, parameters.many("exclude_identifier"))),
        priorities=parse_priorities(parameters.text("priority")),
        facilities=parse_facilities(parameters.texts("facility")),
        boot=parse_boot(parameters.text("boot")),
        dmesg=bool(parameters.flag("dmesg")),
        matches=parse_match_words(parameters.many("match")),
        grep=parse_grep(parameters.one("grep"), parameters.flag("case_sensitive")),
        namespace=parse_namespace(parameters.one("namespace")),
        journal=parameters.choice("journal", JOURNALS, None),
        uid=parameters.integer("uid", 0, UID_MAX, None),
        invocations=parse_invocations(parameters.texts("invocation")),
    )


def parse_search(text: str | None) -> language.Parsed | None:
    """`q`; None where it is absent or blank."""
    if text is None or not text.strip():
        return None
    try:
        return language.parse(text)
    except language.QueryError as error:
        raise Refusal(
            error.message, where="q", at=error.at, do="see docs/search-language.md, or quote the text", code="query"
        ) from error


def parse_zone(name: str | None) -> tzinfo:
    """The time zone called `name`."""
    if name is None or name in ("UTC", ""):
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Refusal(f"unknown time zone {shown(name)}", where="tz", do="give a name such as Europe/Oslo") from error


def parse_time(name: str, text: str | None, now: int, zone: tzinfo) -> int | None:
    """Microseconds since the epoch, limited to what a scope can hold."""
    if text is None:
        return None
    try:
        return min(max(timespec.parse(text, now, zone), 0), TIME_MAX)
    except ValueError as error:
        raise Refusal(
            str(error),
            where=name,
            do="give a time as systemd.time(7) has it, such as 2026-01-31 12:00, -1h, yesterday or @1700000000",
            code="time",
            journalctl=f"Failed to parse timestamp: {text}",
        ) from error


def parse_priorities(text: str | None) -> frozenset[bytes]:
    """`-p`: all values of PRIORITY that it selects; empty without one, and for all priorities.

    To journalctl all priorities are no condition: entries without PRIORITY are selected, too.
    """
    if text is None:
        return frozenset()
    low, dots, high = text.partition("..")
    ends = (_priority(low, text), _priority(high, text)) if dots else (0, _priority(text, text))
    chosen = range(min(ends), max(ends) + 1)
    return frozenset() if len(chosen) == len(PRIORITIES) else frozenset(b"%d" % number for number in chosen)


def _priority(text: str, whole: str) -> int:
    if text in PRIORITIES:
        return PRIORITIES.index(text)
    if len(text) == 1 and text in "01234567":
        return int(text)
    raise Refusal(
        f"unknown priority {shown(text)}",
        where="priority",
        do=f"give 0 to 7, one of {', '.join(PRIORITIES)}, or two of them as warning..err",
        code="priority",
        journalctl=f"{'Failed to parse log level range' if '..' in whole else 'Unknown log level'} {whole}",
    )


def parse_facilities(texts: Sequence[str]) -> frozenset[bytes]:
    """`--facility`: names or numbers, comma separated."""
    words = [word for text in texts for word in text.split(",") if word]
    return frozenset(b"%d" % _facility(word) for word in words)


def _facility(text: str) -> int:
    if text in FACILITIES and not text.isdigit():
        return FACILITIES.index(text)
    if text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= FACILITY_MAX:
        return int(text)
    names = ", ".join(name for name in FACILITIES if not name.isdigit())
    raise Refusal(
        f"unknown facility {shown(text)}",
        where="facility",
        do=f"give a number, or one of {names}",
        code="facility",
        journalctl=f'Bad --facility= argument "{text}".',
    )


_BOOT = re.compile(r"(?P<id>[0-9a-fA-F]{32})?(?P<offset>[+-]?[0-9]{1,9})?", re.ASCII)


def parse_boot(text: str | None) -> BootSpec | None:
    """`-b`: None for all boots. The syntax of parse_boot_descriptor in systemd's journalctl.c."""
    if text is None or text == "all":
        return None
    found = _BOOT.fullmatch(text)
    if found is None or (found["id"] and found["offset"] and found["offset"][0] not in "+-"):
        raise Refusal(
            f"not a boot: {shown(text)}",
            where="boot",
            do="give all, 0, -1 (the one before), 1 (the oldest), a boot id of 32 hex digits, or ID-1",
            code="boot",
            journalctl=f"Failed to parse boot descriptor '{text}'",
        )
    boot_id = bytes.fromhex(found["id"]) if found["id"] else None
    return BootSpec(boot_id, int(found["offset"] or 0))


def parse_match_words(words: Sequence[str]) -> MatchExpression | None:
    """The words of journalctl's command line: `FIELD=value` and `+`."""
    if not words:
        return None
    try:
        return parse_matches([text_bytes(word) for word in words])
    except ValueError as error:
        raise Refusal(str(error), where="match", do="give FIELD=value, with + between groups", code="match") from error


def parse_grep(pattern: str | None, case_sensitive: bool | None) -> Regex | None:
    """`-g`: without `case_sensitive`, journalctl's smart case. Bytes that are not UTF-8 stand as surrogates."""
    if pattern is None:
        return None
    caseless = is_caseless(pattern) if case_sensitive is None else not case_sensitive
    try:
        compile_pattern(pattern, caseless)
    except PatternError as error:
        raise Refusal(
            error.message, where="grep", at=error.at, do="correct the pattern, see pcre2pattern(3)", code="pattern"
        ) from error
    return Regex("MESSAGE", pattern, caseless)


_INVOCATION = re.compile(r"[0-9a-fA-F]{32}", re.ASCII)


def parse_invocations(texts: Sequence[str]) -> frozenset[bytes]:
    """`--invocation`: ids, 32 hexadecimal digits each."""
    for text in texts:
        if _INVOCATION.fullmatch(text) is None:
            raise Refusal(
                f"not an invocation id: {shown(text)}",
                where="invocation",
                do="give 32 hexadecimal digits, as /api/v1/invocations lists them",
                code="invocation",
                journalctl=f"Failed to parse invocation descriptor: {text}",
            )
    return frozenset(text.lower().encode() for text in texts)


def parse_namespace(text: str | None) -> bytes | None:
    """None for all namespaces."""
    return None if text is None or text == "*" else text_bytes(text)
