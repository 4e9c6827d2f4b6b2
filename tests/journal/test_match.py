"""Matches: journalctl's words find what journalctl finds."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.journal.real import journalctl, make_journal, needs_remote, read_export

from journalhub.journal.entry import Entry
from journalhub.journal.match import parse_matches

FIELDS = [
    [("MESSAGE", b"%d" % number), ("A", a), ("B", b), *([("A", b"9")] if number % 3 == 0 else [])]
    for number, (a, b) in enumerate((a, b) for a in (b"1", b"2", b"3") for b in (b"x", b"y\n", b"\xff"))
]


@pytest.mark.parametrize(
    ("words", "groups"),
    [
        ([], []),
        ([b"A=1"], [{"A": [b"1"]}]),
        ([b"A=1", b"B=2", b"A=3", b"A=1"], [{"A": [b"1", b"3"], "B": [b"2"]}]),
        ([b"A=1", b"+", b"A=2", b"B="], [{"A": [b"1"]}, {"A": [b"2"], "B": [b""]}]),
        ([b"A=a=b\n\xff"], [{"A": [b"a=b\n\xff"]}]),
        ([b"9=1"], [{"9": [b"1"]}]),
        ([b"/usr/bin/true", b"_UID=0"], [{"_EXE": [b"/usr/bin/true"], "_UID": [b"0"]}]),
    ],
)
def test_groups(words: list[bytes], groups: list[dict[str, list[bytes]]]) -> None:
    """Values of a field are alternatives, fields are all wanted, `+` is OR."""
    assert tuple(groups) == parse_matches(words).groups


@pytest.mark.parametrize(
    "words",
    [
        [b"+"],
        [b"+", b"A=1"],
        [b"A=1", b"+"],
        [b"A=1", b"+", b"+", b"B=1"],
        [b"A"],
        [b"=1"],
        [b"a=1"],
        [b"__CURSOR=x"],
        [b""],
        [b"A-B=1"],
    ],
)
def test_bad_words(words: list[bytes]) -> None:
    """What is no match is refused with a message that says what would be one."""
    with pytest.raises(ValueError, match=r"want FIELD=value|only be used between"):
        parse_matches(words)


@given(st.lists(st.binary(max_size=8)))
def test_any_words(words: list[bytes]) -> None:
    """Any words end in groups or ValueError."""
    try:
        assert all(parse_matches(words).groups)
    except ValueError as error:
        assert str(error)


@needs_remote
@pytest.mark.parametrize(
    "words",
    [
        "A=1",
        "A=1 A=2",
        "A=1 B=x",
        "A=1 A=2 B=x",
        "A=1 + B=x",
        "A=1 B=x + A=2 B=x + A=3",
        "A=9",
        "A=9 A=1",
        "A=1 + A=4",
        "A=4",
        "_BOOT_ID=11111111222233334444555555555555 A=2",
        "NOT_THERE=1 + B=x A=9",
    ],
)
def test_as_journalctl(tmp_path: Path, words: str) -> None:
    """journalctl finds the same entries with the same words."""
    journal = make_journal(tmp_path / "m.journal", FIELDS)
    everything = read_export(journalctl("--file", journal, "-o", "export"))
    expression = parse_matches([word.encode() for word in words.split()])

    found = read_export(journalctl("--file", journal, "-o", "export", *words.split()))
    assert found == [entry for entry in everything if expression.matches(entry)]


def test_no_words_match_everything() -> None:
    """Without words every entry matches."""
    assert parse_matches([]).matches(Entry(bytes(16), 1, bytes(16), 1, 1, 1, ()))
