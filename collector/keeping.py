"""Entries that are kept for less than the others: rules by host, unit or field, each with a number of days."""

from collections.abc import Sequence
from dataclasses import dataclass

from journalhub.journal.rule import Predicate, parse_rule
from journalhub.journal.settings_values import SettingsError
from journalhub.store.arrival import DAY, day_of

SETTING = "retention-rule"


@dataclass(frozen=True, slots=True)
class Keeping:
    """One rule."""

    text: str
    """As it was given."""
    days: float
    matches: Predicate

    def first_day(self, now: int) -> str:
        """The first day, in UTC, of which it keeps entries; `now` in microseconds."""
        return day_of(max(0, now - round(self.days * DAY)))


def parse_keeping(texts: Sequence[str]) -> tuple[Keeping, ...]:
    """The rules of the setting. Raises SettingsError, which names the one that cannot be read."""
    return tuple(map(_parse, texts))


def _parse(text: str) -> Keeping:
    number, _, rule = text.strip().partition(" ")
    try:
        days = float(number)
    except ValueError:
        days = 0.0
    if not 1 <= days <= 36_500 or not rule.strip():
        raise SettingsError(
            f"--{SETTING}: cannot read {text!r}: want DAYS (1 to 36500) and a rule, such as '7 unit=chatty.service'"
        )
    return Keeping(text.strip(), days, parse_rule(SETTING, rule))
