"""The last notifications of each rule, and what became of them: kept in memory, since the start of the collector."""

from dataclasses import asdict, dataclass
from typing import Any

from journalhub.alerts.book import Notice
from journalhub.alerts.limits import TOLD_MAX


@dataclass(frozen=True, slots=True)
class Told:
    """One notification to one receiver."""

    notice: int
    at: int
    """Microseconds since the epoch: when it was written."""
    state: str
    target: str
    subjects: int
    """How many things it is about."""
    taken: int | None = None
    """Microseconds since the epoch: when the receiver took it; None when it has not."""
    why: str | None = None
    """What was wrong with the last attempt."""

    def document(self) -> dict[str, Any]:
        """As docs/alerts.md has it."""
        document = asdict(self)
        del document["notice"]
        return document


class History:
    """Of all rules. One thread enters, any may read."""

    def __init__(self) -> None:
        self._rules: dict[str, tuple[Told, ...]] = {}
        """By rule, the newest last; never changed in place."""

    def enter(self, notice: Notice, taken: int | None, why: str | None) -> None:
        """An attempt to deliver. Repetitions for an Alertmanager are none: they say what was said before."""
        document = notice.document
        if document.get("repeats"):
            return
        members = len(document["firing"]) + len(document["resolved"]) + document["more"]
        told = Told(notice.id, notice.at, document["state"], notice.target, members, taken, why)
        before = self._rules.get(document["rule"], ())
        rest = tuple(one for one in before if one.notice != notice.id)
        self._rules[document["rule"]] = (*rest, told)[-TOLD_MAX:]

    def of(self, rule: str) -> list[dict[str, Any]]:
        """The last ones of a rule, the newest first."""
        return [one.document() for one in reversed(self._rules.get(rule, ()))]

    def keep(self, rules: set[str]) -> None:
        """Forget those of all other rules."""
        self._rules = {rule: told for rule, told in self._rules.items() if rule in rules}
