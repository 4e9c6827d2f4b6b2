"""What a node leaves out of what it ships, and what it blackens: rules of the settings, asked of every entry.

What a rule may say is in `journal.rule`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from journalhub.journal.rule import Predicate, always, bad_rule, first, parse_rule
from journalhub.journal.timespan import parse as parse_timespan
from journalhub.shipper.columns import Address, Fields
from journalhub.shipper.limits import RATE_UNITS_MAX
from journalhub.shipper.redaction import Redaction, parse_redaction

SECOND = 1_000_000


def is_of_settings(rule: str) -> bool:
    """Whether a report is about a rule that somebody set, as opposed to something that went wrong."""
    return rule.startswith(("exclude: ", "rate-limit: ", "redact: ")) or rule in ("include", "max-age")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The rules as the settings have them."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_age: float | None = None
    """Seconds."""
    rate_limit: tuple[str, ...] = ()
    redact: tuple[str, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether everything is shipped as it is."""
        return self == Wanted()


class Rules:
    """The rules, ready to be asked. `clock` gives microseconds since the epoch."""

    def __init__(self, wanted: Wanted, clock: Callable[[], int]) -> None:
        """Raises SettingsError, which names the rule that cannot be read."""
        self._include = [parse_rule("include", text) for text in wanted.include]
        self._exclude = [(f"exclude: {text}", parse_rule("exclude", text)) for text in wanted.exclude]
        self._max_age = None if wanted.max_age is None else int(wanted.max_age * SECOND)
        self._limits = [parse_rate(text) for text in wanted.rate_limit]
        self.redactions: list[Redaction] = [parse_redaction(text) for text in wanted.redact]
        self._clock = clock

    def why_not(self, address: Address, fields: Fields) -> str | None:
        """The rule by which an entry is left out, as reports name it; None when it is shipped."""
        realtime = address[4]
        if self._max_age is not None and realtime < self._clock() - self._max_age:
            return "max-age"
        if self._include and not any(matches(fields) for matches in self._include):
            return "include"
        for name, matches in self._exclude:
            if matches(fields):
                return name
        for limit in self._limits:
            if limit.is_exceeded(realtime, fields):
                return limit.name
        return None


class RateLimit:
    """At most so many entries of a unit in each span of time.

    Spans are those of the entries' own times, so that a backlog is not thinned out because it is read quickly.
    """

    def __init__(self, name: str, most: int, span: int, matches: Predicate) -> None:
        self.name = name
        self._most = most
        self._span = span
        self._matches = matches
        self._counts: dict[tuple[bytes, int], int] = {}
        """By unit and span. More than one span of a unit, because old entries are read beside new ones."""

    def is_exceeded(self, realtime: int, fields: Fields) -> bool:
        """Whether an entry is one too many; counts it."""
        if not self._matches(fields):
            return False
        unit = first(fields, "_SYSTEMD_UNIT") or first(fields, "SYSLOG_IDENTIFIER")
        key = (unit, realtime // self._span)
        count = self._counts.pop(key, 0) + 1
        self._counts[key] = count
        if len(self._counts) > RATE_UNITS_MAX:
            del self._counts[next(iter(self._counts))]
        return count > self._most


def parse_rate(text: str) -> RateLimit:
    """`N/TIME [RULE]`. Raises SettingsError."""
    head, _, rest = text.strip().partition(" ")
    number, _, span = head.partition("/")
    try:
        microseconds = parse_timespan(span)
    except ValueError:
        microseconds = 0
    if not (number.isascii() and number.isdigit() and microseconds > 0):
        raise bad_rule("rate-limit", text, "want N/TIME and perhaps a rule, such as 1000/30s unit=chatty")
    matches = parse_rule("rate-limit", rest) if rest.strip() else always
    return RateLimit(f"rate-limit: {text}", int(number), microseconds, matches)
