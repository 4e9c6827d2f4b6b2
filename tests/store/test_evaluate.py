"""What the nodes of the query tree mean."""

import pytest

from journalhub.journal.entry import Entry
from journalhub.store import ast
from journalhub.store.evaluate import Compiled, matches

ENTRY = Entry(
    b"s" * 16,
    1,
    bytes(range(16)),
    5,
    10,
    7,
    (("MESSAGE", "Größe: Connection refused by 10.0.0.1".encode()), ("PRIORITY", b"3"), ("TAG", b"one two"))
    + (("TAG", b"three\xff"), ("_SYSTEMD_UNIT", b"nginx@1.service"), ("EMPTY", b"")),
)
M = "MESSAGE"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (ast.All(), True),
        (ast.And(()), True),
        (ast.Or(()), False),
        (ast.Not(ast.All()), False),
        (ast.And((ast.Exists(M), ast.Not(ast.Exists("NONE")))), True),
        (ast.Or((ast.Exists("NONE"), ast.Exists(M))), True),
        (ast.Words(M, ("refused", "grösse")), True),
        (ast.Words(M, ("refused", "absent")), False),
        (ast.Words(M, ("Refused",)), False),
        (ast.Words(M, ()), True),
        (ast.Words("NONE", ()), False),
        (ast.Words("TAG", ("one", "two")), True),
        (ast.Words("TAG", ("one", "three")), False),
        (ast.Phrase(M, ("connection", "refused")), True),
        (ast.Phrase(M, ("refused", "connection")), False),
        (ast.Phrase("TAG", ("two", "three")), False),
        (ast.Phrase(M, ()), True),
        (ast.WordPrefix(M, "conn"), True),
        (ast.WordPrefix(M, "onn"), False),
        (ast.WordPrefix("EMPTY", ""), False),
        (ast.Eq("PRIORITY", b"3"), True),
        (ast.Eq("TAG", b"three\xff"), True),
        (ast.Eq("EMPTY", b""), True),
        (ast.Eq("NONE", b""), False),
        (ast.Eq("_BOOT_ID", bytes(range(16)).hex().encode()), True),
        (ast.In("PRIORITY", frozenset({b"1", b"3"})), True),
        (ast.In("PRIORITY", frozenset()), False),
        (ast.Prefix("TAG", b"thr"), True),
        (ast.Prefix("TAG", b""), True),
        (ast.Glob("_SYSTEMD_UNIT", "nginx@*.service"), True),
        (ast.Glob("_SYSTEMD_UNIT", "NGINX*"), False),
        (ast.Glob("TAG", "three?"), True),
        (ast.Glob("_SYSTEMD_UNIT", "[!a-m]*[[:digit:]].service"), True),
        (ast.Glob("_SYSTEMD_UNIT", "nginx"), False),
        (ast.Range("PRIORITY", 0, 3), True),
        (ast.Range("PRIORITY", 4, None), False),
        (ast.Range("PRIORITY", None, None), True),
        (ast.Range("TAG", None, None), False),
        (ast.Contains(M, b"ction ref", False), True),
        (ast.Contains(M, b"CTION ref", False), False),
        (ast.Contains(M, b"CTION REF", True), True),
        (ast.Contains(M, "GRÖSSE".encode(), True), True),
        (ast.Contains("TAG", b"\xff", True), True),
        (ast.Regex(M, r"\d+\.\d+", False), True),
        (ast.Regex(M, "REFUSED", False), False),
        (ast.Regex(M, "REFUSED", True), True),
    ],
)
def test_matches(query: ast.Query, expected: bool) -> None:
    """Each node, met and missed."""
    assert matches(query, ENTRY) is expected


def test_globs_do_not_explode() -> None:
    """A glob of many stars takes steps in proportion, not to a power."""
    entry = ENTRY._replace(fields=((M, b"a" * 5000),))
    assert matches(ast.Glob(M, "*a" * 60 + "*b"), entry) is False


def test_huge_numbers_are_no_integers() -> None:
    """A value of thousands of digits neither matches nor fails."""
    entry = ENTRY._replace(fields=((M, b"9" * 10_000),))
    assert matches(ast.Range(M, 0, None), entry) is False


def test_a_pattern_that_gave_up_is_told() -> None:
    """An answer that missed values says so."""
    compiled = Compiled(ast.Regex(M, "(a+)+$", False))
    assert compiled(ENTRY._replace(fields=((M, b"a" * 60 + b"b"),))) is False
    assert compiled.reason is not None
