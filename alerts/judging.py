"""From what was found before and what is found now to who has to be told what. Pure: no clock, no store, no disk."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from journalhub.alerts.limits import FORGET_SECONDS
from journalhub.alerts.looking import SECOND, Found, Look, span
from journalhub.alerts.rule import Rule


@dataclass(frozen=True, slots=True)
class Firing:
    """One thing that a rule fires for, since when."""

    since: int
    """Microseconds since the epoch."""
    found: Found


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look has changed."""

    firing: dict[str, Firing]
    """All that fires now."""
    begun: tuple[Firing, ...]
    ended: tuple[Firing, ...]


def judge(before: Mapping[str, Firing], look: Look, now: int) -> Verdict:
    """Compare. What a look cannot see stays as it was: nothing is resolved because a search was cut."""
    found = {one.key: one for one in look.found}
    firing = {key: Firing(before[key].since if key in before else now, one) for key, one in found.items()}
    for key, one in before.items():
        if key not in found and (look.unknown is not None or key in look.unsure):
            firing[key] = one
    return Verdict(
        firing,
        tuple(one for key, one in firing.items() if key not in before),
        tuple(one for key, one in before.items() if key not in firing),
    )


@dataclass(slots=True)
class Mark:
    """How many entries of a node are known to be missing, and when that number last rose."""

    known: int
    rose: int = 0
    """Microseconds; 0 for never."""
    amount: int = 0
    """Entries that have gone missing since the alert began."""
    lower_since: int = 0
    """Since when fewer are missing than known; 0 when not so."""

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {"known": self.known, "rose": self.rose, "amount": self.amount, "lower_since": self.lower_since}

    def see(self, missing: int, within: float, now: int) -> None:
        """Take notice of the number that is missing now."""
        if self.rose and now - self.rose > within * SECOND:
            self.rose = self.amount = 0
        if missing > self.known:
            self.rose, self.amount = now, self.amount + missing - self.known
            self.known, self.lower_since = missing, 0
        elif missing == self.known:
            self.lower_since = 0
        elif not self.lower_since:
            self.lower_since = now
        elif now - self.lower_since > FORGET_SECONDS * SECOND:
            self.known, self.lower_since = missing, 0


def look_at_gaps(rule: Rule, marks: dict[str, Mark], missing: Mapping[str, tuple[str, int]], now: int) -> Look:
    """Nodes of which entries have gone missing; `marks` is brought up to date.

    With no marks at all the rule is new: what is missing already is known. A node that comes later begins with none.
    """
    new = not marks
    if new:
        marks[""] = Mark(0)  # no node's: from now on the rule is not new, also where there is no node yet
    for key, (_, count) in missing.items():
        marks.setdefault(key, Mark(count if new else 0)).see(count, rule.within, now)
    found = []
    for key, mark in marks.items():
        if mark.rose and key in missing:
            host = missing[key][0]
            entries = "entry" if mark.amount == 1 else "entries"
            said = f"{mark.amount} {entries} of {host} missing, {missing[key][1]} in all"
            found.append(Found(key, host, mark.amount, f"{said}; resolved when for {span(rule.within)} no more are"))
    return Look(found)
