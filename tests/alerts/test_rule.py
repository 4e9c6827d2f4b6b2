"""What is a rule, and what is none."""

from typing import Any

import pytest

from journalhub.alerts.rule import RuleError, parse_rule
from journalhub.query.plan.reader import why_no_scope

GOOD: dict[str, Any] = {"kind": "matches", "query": "disk full", "notify": ["webhook:https://hooks.example/x"]}


def test_a_rule_is_its_document() -> None:
    """What is left out has a default; a document read and written is the same rule."""
    rule = parse_rule("disk", GOOD, why_no_scope)

    assert (0, "", 300.0, True) == (rule.above, rule.by, rule.within, rule.enabled)
    assert rule == parse_rule("disk", rule.document(), why_no_scope)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"kind": "sounds"}, "kind"),
        ({"kind": ["matches"]}, "kind"),
        ({"query": ""}, "query"),
        ({"query": "host=web OR ("}, "query"),
        ({"query": "two\nlines"}, "query"),
        ({"query": 5}, "query"),
        ({"above": -1}, "above"),
        ({"above": True}, "above"),
        ({"above": 2**60}, "above"),
        ({"within": 0}, "within"),
        ({"within": float("nan")}, "within"),
        ({"within": 10**9}, "within"),
        ({"within": "5min"}, "within"),
        ({"by": "message"}, "by"),
        ({"enabled": 1}, "enabled"),
        ({"hosts": "web-*"}, "rule"),
        ({"surprise": 1}, "rule"),
        ({"notify": "mail:a@example.net"}, "notify"),
        ({"notify": ["mail:a@example.net"] * 11}, "notify"),
        ({"notify": [5]}, "notify"),
        ({"notify": ["mail:nobody"]}, "notify"),
        ({"notify": ["mail:a@example.net\nBcc: b@example.net"]}, "notify"),
        ({"notify": ["mail:-a@example.net, b@example.net"]}, "notify"),
        ({"notify": ["webhook:file:///etc/passwd"]}, "notify"),
        ({"notify": ["webhook:http://"]}, "notify"),
        ({"notify": ["webhook:http://[broken"]}, "notify"),
        ({"notify": ["webhook:http://host:99999/"]}, "notify"),
        ({"notify": ["webhook:http://user:secret@host/"]}, "notify"),
        ({"notify": ["webhook:http://host/ HTTP/1.1\r\nX: y"]}, "notify"),
        ({"notify": ["pigeon:home"]}, "notify"),
    ],
)
def test_what_is_no_rule(change: dict[str, Any], where: str) -> None:
    """Each wrong part is named."""
    with pytest.raises(RuleError) as raised:
        parse_rule("disk", GOOD | change, why_no_scope)

    assert where == raised.value.where


@pytest.mark.parametrize("name", ["", "-x", "a b", "a/b", "../x", "x" * 65, "ä", "a\n"])
def test_names(name: str) -> None:
    """A name is a word: it stands in paths, mails and labels."""
    with pytest.raises(RuleError):
        parse_rule(name, GOOD, why_no_scope)
