"""What a rule finds right now: entries counted in the store, nodes looked up in the ledger."""

import fnmatch
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from journalhub.alerts import limits
from journalhub.alerts.rule import Rule
from journalhub.journal.entry import Entry
from journalhub.query.plan.reader import scope_query
from journalhub.store.ast import And, Eq
from journalhub.store.contract import Budget, Order, Scope, Store

SECOND = 1_000_000
Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that a rule fires for."""

    key: str
    """Tells it from others of the same rule: a value, a machine id; empty when there can be only one."""
    subject: str
    """The key for people: a host's name, a value."""
    value: int
    """Entries, or seconds of silence."""
    summary: str
    sample: tuple[dict[str, str], ...] = ()
    """The newest entries that matched."""


@dataclass(slots=True)
class Look:
    """What one look gave."""

    found: list[Found] = field(default_factory=list)
    unknown: str | None = None
    """Why what is not found may be there nevertheless; None when it is not there."""
    unsure: frozenset[str] = frozenset()
    """Keys of which nothing can be said now, whatever is found of others."""


@dataclass(frozen=True, slots=True)
class Eyes:
    """Where rules look."""

    store: Store
    nodes: Callable[[], list[Node]]
    started: int
    """Microseconds since the epoch: what the collector has not been there to hear is no silence."""

    def matches(self, rule: Rule, now: int) -> Look:
        """Whether more than `above` entries match in the time before `now` (microseconds)."""
        scope = Scope(scope_query(rule.query), now - int(rule.within * SECOND), now)
        if rule.by:
            return self._by_value(rule, scope)
        count = self.store.count(scope, Budget(limits.RULE_SECONDS))
        if count.matched <= rule.above:
            return Look(unknown=count.reason)
        return Look([self._counted(rule, scope, "", "", count.matched)])

    def _by_value(self, rule: Rule, scope: Scope) -> Look:
        (terms,) = self.store.terms(scope, [rule.by], limits.KEYS_MAX, Budget(limits.RULE_SECONDS))
        found = []
        for value, count in terms.counts:
            if count > rule.above:
                narrowed = Scope(And((scope.query, Eq(rule.by, value))), scope.since, scope.until)
                subject = printable(value.decode(errors="replace"))
                found.append(self._counted(rule, narrowed, value.hex(), subject, count))
        return Look(found, terms.reason)

    def _counted(self, rule: Rule, scope: Scope, key: str, subject: str, count: int) -> Found:
        of = f" of {rule.by}={subject}" if subject else ""
        entries = "entry" if count == 1 else "entries"
        page = self.store.search(scope, Order.NEWEST_FIRST, limits.SAMPLE_MAX, None, Budget(limits.RULE_SECONDS))
        sample = tuple(sample_of(hit.entry) for hit in page.hits)
        return Found(key, subject, count, f"{count} {entries}{of} in {span(rule.within)}: {rule.query}", sample)

    def silent(self, rule: Rule, now: int) -> Look:
        """Nodes that nothing has come from for as long as the rule says."""
        found, unsure = [], set()
        for key, host, nodes in self._nodes(rule):
            heard = max(node["last_seen"] or node["last_entry"] for node in nodes)
            quiet = (now - max(heard, self.started)) // SECOND
            if quiet > rule.within:
                quiet = (now - heard) // SECOND
                found.append(Found(key, host, quiet, f"nothing from {host} for {span(quiet)}"))
            elif heard < self.started:
                unsure.add(key)
        return Look(found, unsure=frozenset(unsure))

    def missing(self, rule: Rule) -> dict[str, tuple[str, int]]:
        """Of each node its host name and how many of its entries are missing."""
        return {key: (host, sum(one["missing"] for one in nodes)) for key, host, nodes in self._nodes(rule)}

    def _nodes(self, rule: Rule) -> Iterable[tuple[str, str, list[Node]]]:
        """The nodes whose host name fits, a machine's namespaces together."""
        machines: dict[str, list[Node]] = {}
        for node in self.nodes():
            if fnmatch.fnmatchcase(node["hostname"], rule.hosts):
                machines.setdefault(node["machine_id"] or node["hostname"], []).append(node)
        for key, nodes in machines.items():
            yield key, printable(nodes[0]["hostname"]) or key, nodes


def sample_of(entry: Entry) -> dict[str, str]:
    """An entry as a notification shows it."""

    def text(name: str) -> str:
        found = entry.values(name)
        return printable(found[0][: 4 * limits.SAMPLE_TEXT_MAX].decode(errors="replace")) if found else ""

    return {
        "time": str(entry.realtime),
        "host": text("_HOSTNAME"),
        "identifier": text("SYSLOG_IDENTIFIER"),
        "message": text("MESSAGE"),
    }


def printable(text: str) -> str:
    """Text of a log made harmless: one line, nothing that a terminal or a mail program would obey, not too long."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text[: limits.SAMPLE_TEXT_MAX])


def span(seconds: float) -> str:
    """`90 s`, `15 min`, `3 h`: rounded down from two of a unit on."""
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size or seconds == size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"
