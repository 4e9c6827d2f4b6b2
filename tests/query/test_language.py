"""The search language: whatever is pasted finds itself, and what is printed is read again."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from journalhub.journal.entry import Entry
from journalhub.query.language import Parsed, QueryError, parse
from journalhub.query.language.grammar import DEPTH_MAX
from journalhub.query.language.reading import TEXT_MAX
from journalhub.store.ast import All, And, Contains, Eq, Not, Or, Phrase, Prefix, Regex, Words
from journalhub.store.evaluate import matches

CORPUS = Path(__file__).parents[1] / "corpus" / "pasted.txt"

PIECES = (
    *(
        '"',
        "'",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "/",
        "\\",
        "*",
        "-",
        "--",
        "->",
        "=",
        "!=",
        ":",
        ">=",
        "<",
        " ",
        "  ",
        "\t",
    ),
    *(
        "AND",
        "OR",
        "NOT",
        "and",
        "foo",
        "Bar",
        "ß",
        "İ",
        "日本",
        "é",
        "10.0.0.1",
        "x=y",
        "foo=bar",
        "unit=ssh",
        "uid=0",
    ),
    *("FOO=bar", "FOO=", "_PID>=3", "priority<=err", "priority<=x", "ERROR:", "ERROR:x", "A:b", "host=*", "boot=0", ""),
    *(
        "/usr/bin/",
        "/a(b/",
        "/x+/i",
        "*y*",
        "w*",
        "a*b",
        '*"a b"*',
        '"a b"',
        '""',
        "pam_unix(sshd:session):",
        "(uid=0)",
    ),
    *("Nov 23 10:00:00 web sshd[1]: ", "2026-11-23T10:00:00+0100 web cron: ", "\n", "\udcff", "\x00", "\x1b[1m", "…"),
)
pieced = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.lists(st.sampled_from(PIECES)).map(" ".join)
messages = st.text(max_size=80) | pieced


def entry(message: bytes, *fields: tuple[str, bytes]) -> Entry:
    """An entry with this message."""
    return Entry(bytes(16), 1, bytes(16), 1, 1, 1, (("MESSAGE", message), *fields))


def parse_or_none(text: str) -> Parsed | None:
    """`text`, read; None where it asks for nothing, which only quotes and slashes can."""
    try:
        return parse(text)
    except QueryError as error:
        assert 0 <= error.at <= len(text)
        assert '""' in text or "/" in text
        return None


@given(messages)
@example("foo -bar")
@example("NOT found")
@example("PRIORITY=3")
@example("ERROR: NOT found OR (bad")
@example("Nov 23 10:00:00 host sshd[123]: -v NOT unit=ssh")
@example("pid=1 uid=0 auid=4294967295 msg='unit=foo comm=\"x\"'")
@example('{"level":"info","msg":"a \\"b\\""}')
@example("-")
@example("*")
@example("\udcfe")
@settings(max_examples=300, deadline=None)
def test_pasted_line_finds_itself(text: str) -> None:
    """A whole message, pasted, finds the entry that has it."""
    parsed = parse_or_none(text)

    assert parsed is None or matches(
        parsed.query, entry(text.encode("utf-8", "surrogateescape" if _raw(text) else "replace"))
    )


def _raw(text: str) -> bool:
    """Whether `text` can be what bytes decode to."""
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


@given(
    messages,
    st.sampled_from(
        ("", "Nov 23 10:00:00.123456 ", "2026-11-23T10:00:00+01:00 ", "[    3.141592] ", "1700000000.000001 ")
    ),
)
@settings(max_examples=200, deadline=None)
def test_printed_line_finds_its_message(message: str, time: str) -> None:
    """A line as a short mode of journalctl prints it finds the entry, whatever its message says."""
    line = (
        f"{time}web-1 kernel: {message}"
        if time
        else f"Mon 2026-11-23 10:00:00 CET web-1 ssh.service/sshd[7]: {message}"
    )
    if "\n" in message or not message.strip() or not _raw(message):
        return
    parsed = parse(line)

    assert "text" == parsed.read_as
    assert matches(parsed.query, entry(message.encode("utf-8", "surrogateescape")))


@given(messages)
@example('unit=ssh -(a OR "b c") /x y/i FOO!="q\\"" *"in side"* w* NOT -- end')
@example("((a) (b OR (c)))")
@example("a) OR (b c)")
@example("-(a b)")
@example("NOT NOT a -(-b)")
@example(": Aaa 00 00:00:00 0:0")
@settings(max_examples=300, deadline=None)
def test_canonical_is_read_as_the_same(text: str) -> None:
    """Reading the canonical spelling gives the same reading, and the same spelling."""
    parsed = parse_or_none(text)
    if parsed is None:
        return
    again = parse(parsed.canonical)

    assert parsed.reading == again.reading
    assert parsed.canonical == again.canonical


@pytest.mark.parametrize("line", CORPUS.read_text().splitlines())
def test_corpus_line_finds_itself(line: str) -> None:
    """Lines of real logs find themselves."""
    assert matches(parse(line).query, entry(line.encode()))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ('""', 0),
        ('  ""', 2),
        ('"" ""', 0),
        ("/(/", 2),
        ("unit=ssh /a(/", 12),
        ("-/[/", 3),
        ("MESSAGE:/(/", 10),
        ("x" * (TEXT_MAX + 1), TEXT_MAX),
    ],
)
def test_nothing_to_search_for(text: str, at: int) -> None:
    """What cannot be searched for is refused, with the place."""
    with pytest.raises(QueryError) as caught:
        parse(text)

    assert at == caught.value.at
    assert caught.value.message


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("", All()),
        (" \n", All()),
        ("b a B", Words("MESSAGE", ("b", "a"))),
        ("a FOO=1 b", And((Words("MESSAGE", ("a", "b")), Eq("FOO", b"1")))),
        ("a OR b c", Or((Words("MESSAGE", ("a",)), Words("MESSAGE", ("b", "c"))))),
        ("a AND b", Words("MESSAGE", ("a", "b"))),
        ("(a b) c", Words("MESSAGE", ("a", "b", "c"))),
        ("-a", Not(Words("MESSAGE", ("a",)))),
        ("NOT -a", Words("MESSAGE", ("a",))),
        ("or and not", Words("MESSAGE", ("or", "and", "not"))),
        ("f(x)", Phrase("MESSAGE", ("f", "x"))),
        ("(f(x) y)", And((Phrase("MESSAGE", ("f", "x")), Words("MESSAGE", ("y",))))),
        (":)", Contains("MESSAGE", b":)", False)),
        ("FOO=", Eq("FOO", b"")),
        ('FOO=""', Eq("FOO", b"")),
        ("FOO==a=b", Eq("FOO", b"=a=b")),
        ("FOO=ab*", Prefix("FOO", b"ab")),
        ("FOO=\udcff", Eq("FOO", b"\xff")),
        (r"/a\/b/", Regex("MESSAGE", r"a\/b", True)),
        ("/A/", Regex("MESSAGE", "A", False)),
        ("/usr/bin/true", Phrase("MESSAGE", ("usr", "bin", "true"))),
        ("x -> y - z", Words("MESSAGE", ("x", "y", "z"))),
        ("http://h/?a=b", Phrase("MESSAGE", ("http", "h", "a", "b"))),
        ("C++ a+=b", And((Words("MESSAGE", ("c",)), Phrase("MESSAGE", ("a", "b"))))),
        ("priority>=warn", parse("PRIORITY>=4").reading),
        ("unit=a/b", parse("unit=a-b.service").reading),
    ],
)
def test_reading(text: str, reading: object) -> None:
    """These texts mean this."""
    assert reading == parse(text).reading


@pytest.mark.parametrize(
    "text",
    [
        "(",
        "a (b",
        'a "b',
        "OR",
        "a OR",
        "NOT",
        "a AND",
        "()",
        "foo=bar",
        "(a)b",
        '"a"b',
        "a (b OR) c",
        "__CURSOR=x",
        "priority<=x",
        "boot=-1",
    ]
    + [
        "uid>x",
        "unit=",
        "facility=x",
        "FOO=x a=1",
        "(" * (DEPTH_MAX + 1) + "a" + ")" * (DEPTH_MAX + 1),
        "NOT " * 10_000 + "a",
    ],
)
def test_read_as_text(text: str) -> None:
    """What is no query is text, and why is told."""
    parsed = parse(text)

    assert "text" == parsed.read_as
    assert parsed.why


def test_lines_are_alternatives() -> None:
    """Several printed lines are searched with OR; a line without a head continues the one before."""
    parsed = parse("Nov 23 10:00:00 a x[1]: one\n                 more\nNov 23 10:00:01 a y: two\n")

    assert Or((Words("MESSAGE", ("one", "more")), Words("MESSAGE", ("two",)))) == parsed.reading


def test_itself_is_only_that_message() -> None:
    """What a query excludes stays excluded, but for a message that is the very text."""
    query = parse("failed -password").query

    assert matches(query, entry(b"failed -password"))
    assert not matches(query, entry(b"failed -password for root"))
    assert not matches(query, entry(b"Failed password"))


def test_warns_of_names_in_number_fields() -> None:
    """PRIORITY=err finds nothing, because journald stores numbers: that is said."""
    assert ("PRIORITY holds numbers; priority=err looks them up",) == parse("PRIORITY=err").warnings
    assert () == parse("PRIORITY=3 priority=err").warnings
