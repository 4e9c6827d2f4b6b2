"""A rule: what is looked for, and who is told. Its JSON form is docs/alerts.md."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from journalhub.alerts import limits
from journalhub.alerts.targets import check_target

KINDS = ("matches", "new", "silent", "gap")

QUERIES = ("matches", "new")
"""Kinds that look at entries; the others look at nodes."""

DEFAULT_WITHIN = {"matches": 300.0, "new": 900.0, "silent": 900.0, "gap": 3600.0}
"""Seconds."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_FIELD = re.compile(r"[A-Z_][A-Z0-9_]{0,63}", re.ASCII)

WhyNoQuery = Callable[[str], str | None]
"""Why a text is no query of the search language, or None."""


class RuleError(ValueError):
    """It is no rule; the message says why, `where` which part."""

    def __init__(self, what: str, where: str) -> None:
        super().__init__(what)
        self.where = where


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, checked."""

    name: str
    kind: str
    """`matches`: more than `above` entries match `query`; `new`: more than `above` messages of a pattern of which there
    was none the day before, among those that match `query`; `silent`: nothing comes from a node; `gap`: entries of a
    node are missing that were not missing before."""
    query: str = ""
    above: int = 0
    by: str = ""
    """Of `matches`: a field whose values are counted one by one; empty for all together."""
    within: float = 300.0
    """Seconds: the time that is looked at, the silence, the time that a gap is talked about."""
    hosts: str = "*"
    """Of `silent` and `gap`: a glob of host names."""
    notify: tuple[str, ...] = ()
    enabled: bool = True

    def document(self) -> dict[str, Any]:
        """As JSON: what matters for its kind."""
        own: dict[str, Any] = (
            {"query": self.query, "above": self.above} if self.kind in QUERIES else {"hosts": self.hosts}
        )
        if self.kind == "matches":
            own["by"] = self.by or None
        common = {"within": self.within, "notify": list(self.notify), "enabled": self.enabled}
        return {"name": self.name, "kind": self.kind} | own | common


def parse_rule(name: str, document: Mapping[str, Any], why_no_query: WhyNoQuery) -> Rule:
    """The rule that a JSON object means. Raises RuleError."""
    if not _NAME.fullmatch(name):
        raise RuleError(f"{name[:80]!r} is no name; want letters, digits, and . _ - between, at most 64", "name")
    kind = document.get("kind")
    if kind not in KINDS:
        raise RuleError(f"kind is {kind!r:.80}; want one of {', '.join(KINDS)}", "kind")
    known = {"name", "kind", "within", "notify", "enabled"}
    known |= {"query", "above"} if kind in QUERIES else {"hosts"}
    known |= {"by"} if kind == "matches" else set()
    for key in document:
        if key not in known:
            raise RuleError(f"unknown key {key[:80]!r} for a rule of kind {kind}", "rule")
    reader = _Reader(document)
    rule = Rule(
        name,
        kind,
        query=reader.text("query", ""),
        above=reader.whole("above", 0),
        by=reader.text("by", ""),
        within=reader.seconds("within", DEFAULT_WITHIN[kind]),
        hosts=reader.text("hosts", "*"),
        notify=reader.targets("notify"),
        enabled=reader.flag("enabled", default=True),
    )
    if rule.by and not _FIELD.fullmatch(rule.by):
        raise RuleError(f"by is {rule.by[:80]!r}; want the name of a field, such as _HOSTNAME", "by")
    if kind == "matches" and not rule.query.strip():
        raise RuleError("there is no query; want one of the search language", "query")
    if kind in QUERIES and (why := why_no_query(rule.query)) is not None:
        raise RuleError(f"{rule.query[:80]!r} is no query: {why}; see docs/search-language.md", "query")
    return rule


class _Reader:
    """Takes the parts of a document; RuleError for what is wrong."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def text(self, key: str, default: str) -> str:
        value = self._document.get(key)
        if value is None:
            return default
        if not isinstance(value, str) or len(value) > limits.TEXT_MAX or not value.isprintable():
            raise RuleError(f"{key} is no text of one line of at most {limits.TEXT_MAX} characters", key)
        return value

    def whole(self, key: str, default: int) -> int:
        value = self._document.get(key, default)
        if type(value) is not int or not 0 <= value < 2**53:
            raise RuleError(f"{key} is {value!r:.40}; want a whole number, 0 or more", key)
        return value

    def seconds(self, key: str, default: float) -> float:
        value = self._document.get(key, default)
        if type(value) not in (int, float) or not 1 <= value <= limits.WITHIN_MAX_SECONDS:
            raise RuleError(f"{key} is {value!r:.40}; want 1 to {limits.WITHIN_MAX_SECONDS:.0f} seconds", key)
        return float(value)

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._document.get(key, default)
        if type(value) is not bool:
            raise RuleError(f"{key} is {value!r:.40}; want true or false", key)
        return value

    def targets(self, key: str) -> tuple[str, ...]:
        value = self._document.get(key, [])
        if not isinstance(value, list) or len(value) > limits.TARGETS_MAX:
            raise RuleError(f"{key} is no list of at most {limits.TARGETS_MAX} receivers", key)
        for one in value:
            if (why := check_target(one)) is not None:
                raise RuleError(why, key)
        return tuple(dict.fromkeys(value))
