"""Entries and queries for the tests of stores: made by hand, and by hypothesis."""

from hypothesis import strategies as st

from journalhub.journal.entry import Entry
from journalhub.store import ast

DAY = 86_400_000_000
START = 20_000 * DAY
"""2024-10-04, midnight UTC."""

SEQNUM_IDS = [b"a" * 16, b"b" * 16]
BOOTS = [bytes(range(16)), b"\xff" * 16]

WORDS = ["failed", "password", "for", "root", "Größe", "ΟΔΟΣ", "10.0.0.1", "a", "b", "ß", "e\u0301", "-", "x" * 300]
texts = st.lists(st.sampled_from(WORDS), max_size=5).map(lambda words: " ".join(words).encode())
raw = st.sampled_from(
    [b"", b"\xff", b"a\x00b", b"\xc3", b"failed\xffroot", b"v" * 300, b"w" * 300 + b"\xff", "é".encode()]
)
numbers = st.integers(-3, 12).map(lambda number: str(number).encode()) | st.sampled_from(
    [b"07", b"9" * 50, b"1x", b" 1"]
)

ORIGIN_NAMES = ["_HOSTNAME", "_MACHINE_ID", "_SYSTEMD_UNIT", "SYSLOG_IDENTIFIER", "_COMM", "_NAMESPACE"]
OWN_NAMES = ["PRIORITY", "_PID", "CODE_FILE", "TAG", "_SOURCE_REALTIME_TIMESTAMP", "SYSLOG_TIMESTAMP"]
NAMES = ["MESSAGE", "_BOOT_ID", *ORIGIN_NAMES, *OWN_NAMES, "ABSENT"]

units = st.sampled_from([b"nginx.service", b"nginx@1.service", b"ssh.service", b"a b", b"\xff"])
own_values = numbers | texts | raw
fields = st.one_of(
    st.tuples(st.just("MESSAGE"), texts | raw),
    st.tuples(st.sampled_from(ORIGIN_NAMES), units | numbers),
    st.tuples(st.sampled_from(OWN_NAMES), own_values),
)

instants = st.sampled_from([0, 1, 1, 1, 2, 3, 1000, 1001, DAY - 1, DAY, DAY + 5, 3 * DAY]).map(lambda at: START + at)

entries = st.builds(
    Entry,
    st.sampled_from(SEQNUM_IDS),
    st.integers(0, 30) | st.sampled_from([2**64 - 1, 2**63]),
    st.sampled_from(BOOTS),
    st.integers(0, 1000) | st.just(2**63 - 1),
    instants,
    st.sampled_from([0, 1, 2**64 - 1]),
    st.lists(fields, max_size=7).map(tuple),
)

_words = st.sampled_from(
    ["failed", "password", "root", "grösse", "10", "0", "a", "ss", "Root", "", "x" * 256, "x" * 44]
)
_values = units | numbers | texts | raw | st.sampled_from([boot.hex().encode() for boot in BOOTS])
_prefixes = st.builds(lambda value, cut: value[:cut], _values, st.integers(0, 6))
_patterns = st.sampled_from(
    ["*", "nginx*", "*.service", "?", "[!n]*", "", "ng*@?.ser*", "1*", "*a*", "\\*", "[", "é", "*\udcff*"]
)
_regexes = st.sampled_from(["", "f.*d", "^1?[0-9]$", "ROOT", "\\xff", "(?m)^b", "e$", "nginx"])


def leaves(name: st.SearchStrategy[str]) -> st.SearchStrategy[ast.Query]:
    """A node that asks one field."""
    words = st.lists(_words, max_size=3).map(tuple)
    bounds = st.none() | st.integers(-4, 12)
    return st.one_of(
        st.builds(ast.Words, name, words),
        st.builds(ast.Phrase, name, words),
        st.builds(ast.WordPrefix, name, st.sampled_from(["fa", "1", "", "r", "F", ".", "gr", "x" * 256])),
        st.builds(ast.Eq, name, _values),
        st.builds(ast.In, name, st.frozensets(_values, max_size=3)),
        st.builds(ast.Prefix, name, _prefixes),
        st.builds(ast.Glob, name, _patterns),
        st.builds(ast.Exists, name),
        st.builds(ast.Range, name, bounds, bounds),
        st.builds(ast.Contains, name, _prefixes | st.just(b"ssword for ro"), st.booleans()),
        st.builds(ast.Regex, name, _regexes, st.booleans()),
    )


def _compound(parts: st.SearchStrategy[ast.Query]) -> st.SearchStrategy[ast.Query]:
    several = st.lists(parts, max_size=3).map(tuple)
    return st.builds(ast.And, several) | st.builds(ast.Or, several) | st.builds(ast.Not, parts)


queries: st.SearchStrategy[ast.Query] = st.recursive(
    st.just(ast.All()) | leaves(st.just("MESSAGE")) | leaves(st.sampled_from(NAMES)), _compound, max_leaves=5
)


def entry(seqnum: int, realtime: int = START, message: bytes = b"hello", xor_hash: int = 1, **more: bytes) -> Entry:
    """A plain entry of one host."""
    fields = {"_HOSTNAME": b"web-1", "_MACHINE_ID": b"0" * 32, "MESSAGE": message, "PRIORITY": b"6", **more}
    return Entry(SEQNUM_IDS[0], seqnum, BOOTS[0], seqnum * 10, realtime, xor_hash, tuple(fields.items()))
