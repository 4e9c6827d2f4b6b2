"""Rules of kind `new`: messages whose pattern nobody wrote the day before."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from journalhub.alerts import limits
from journalhub.alerts.judging import Firing
from journalhub.alerts.looking import SECOND, Found, Look, printable, sample_of, span
from journalhub.alerts.rule import Rule
from journalhub.query.language import parse
from journalhub.query.patterns.find import DAY, Pattern, find_patterns, mark_new
from journalhub.query.patterns.templates import WILD
from journalhub.query.plan.reader import scope_query
from journalhub.store.ast import And
from journalhub.store.contract import Budget, Order, Scope, Store


@dataclass(slots=True)
class Novelty:
    """Looks for new patterns, and remembers which are not: each is looked up once a day, not at every look."""

    store: Store
    _seen: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)
    """By name and query of a rule: patterns that are not new, with the time (microseconds) of their newest message."""

    def look(self, rule: Rule, firing: Mapping[str, Firing], now: int) -> Look:
        """The new patterns with more than `above` messages in the time before `now`; `firing` is what fires, by key.

        May raise Refusal and StoreError.
        """
        budget = Budget(limits.RULE_SECONDS)
        scope = Scope(scope_query(rule.query), now - int(rule.within * SECOND), now)
        patterns = find_patterns(self.store, scope, budget)
        seen = self._of(rule, scope.since)
        mark_new(self.store, scope, [one for one in patterns.patterns if key_of(one) not in seen], budget)
        look = Look(unknown=patterns.reason)
        # Behind the newest messages that are looked at there may be others of what began within this time.
        unsure = {key for key, one in firing.items() if patterns.more and one.since >= scope.since}
        found: dict[str, Found] = {}
        for pattern in patterns.patterns:
            key = next((one for one in (*firing, *found) if alike(one, key_of(pattern))), key_of(pattern))
            if pattern.is_new:
                if pattern.count > rule.above and len(found) < limits.KEYS_MAX:
                    found[key] = self._found(scope, pattern, key, found.get(key), rule)
            elif key_of(pattern) in seen or pattern.is_new is False:
                seen[key_of(pattern)] = max(pattern.template.times)
            else:
                unsure.add(key)
        look.found, look.unsure = list(found.values()), frozenset(unsure)
        return look

    def _of(self, rule: Rule, since: int) -> dict[str, int]:
        """The patterns that a rule has seen in the day before `since`, and after."""
        known = self._seen.pop((rule.name, rule.query), {})
        if len(self._seen) >= limits.RULES_MAX:
            self._seen.clear()  # of rules that were changed; what goes with them is looked up again
        kept = {key: at for key, at in known.items() if at >= since - DAY}
        self._seen[rule.name, rule.query] = kept
        return kept

    def _found(self, scope: Scope, pattern: Pattern, key: str, other: Found | None, rule: Rule) -> Found:
        query = And((scope.query, parse(pattern.template.search(any_values=True)).reading))
        page = self.store.search(
            Scope(query, scope.since, scope.until), Order.NEWEST_FIRST, limits.SAMPLE_MAX, None,
            Budget(limits.RULE_SECONDS),
        )  # fmt: skip
        subject = printable(pattern.template.text())
        count = pattern.count + (0 if other is None else other.value)
        messages = "message" if count == 1 else "messages"
        summary = f"new: {count} {messages} in {span(rule.within)}, none the day before: {subject}"
        return Found(key, subject, count, summary, tuple(sample_of(hit.entry) for hit in page.hits))


def key_of(pattern: Pattern) -> str:
    """The pattern with each value left open: what its messages have in common however many there are."""
    return pattern.template.text(any_values=True)


def alike(one: str, two: str) -> bool:
    """Whether two keys are one pattern, of which more or fewer values have been seen."""
    words, others = one.split(" "), two.split(" ")
    return len(words) == len(others) and all(
        mine == its or WILD in (mine, its) for mine, its in zip(words, others, strict=True)
    )
