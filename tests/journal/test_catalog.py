"""Message catalogs: the format, languages, fields; what systemd's own hold is what journalctl dumps."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journalhub.journal.catalog import (
    TEXT_MAX,
    CatalogError,
    choose,
    file_language,
    fill,
    languages,
    message_id,
    parse,
    title,
)
from journalhub.journal.catalog_files import catalog_files, read_files, stamp

ID, OTHER = "0a" * 16, "0b" * 16
FILE = f"""\
# a comment
; another

-- {ID}
Subject: It @VERB@
Defined-By: us
# inside

Text of it.

More.

-- {OTHER.upper()[:8]}-0b0b-0b0b-0b0b-0b0b0b0b0b0b de
Subject: Deutsch
-- {ID} is text here: no empty line before
""".encode()


def test_a_file_is_read() -> None:
    """Items, languages, comments, empty lines; ids in both spellings."""
    texts = parse(FILE)
    assert {(ID, ""), (OTHER, "de")} == set(texts)
    assert b"Subject: It @VERB@\nDefined-By: us\n\nText of it.\n\nMore.\n" == texts[ID, ""]
    assert texts[OTHER, "de"].endswith(b"no empty line before\n")
    assert (b"us", b"It @VERB@") == title(texts[ID, ""])


def test_the_file_names_the_language() -> None:
    """As `systemd.de.catalog`; an item may name its own."""
    assert ["", "de", "be@latin", "", ""] == [
        file_language(name) for name in ("systemd.catalog", "x.de.catalog", "x.be@latin.catalog", "de", ".catalog")
    ]
    assert {(ID, "fr"), (OTHER, "de")} == set(parse(FILE, "fr"))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"text", "line 1 is text before the first message id"),
        (f"-- {ID} \nx".encode(), "line 1 names no language"),
        (f"-- {ID} {'x' * 40}\nx".encode(), "line 1 names no language"),
        (f"-- {ID}\n".encode() + (b"x" * 1000 + b"\n") * (TEXT_MAX // 1000 + 1), "is longer than"),
    ],
)
def test_what_is_no_catalog_is_refused(data: bytes, message: str) -> None:
    """With the line and the reason."""
    with pytest.raises(CatalogError, match=message):
        parse(data)


@given(st.lists(st.sampled_from([b"\n", b"-- ", ID.encode(), b" de", b"#", b"text", b"\xff", b"\0"])).map(b"".join))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Nothing but CatalogError comes out."""
    try:
        texts = parse(data)
    except CatalogError:
        return
    assert all(text.endswith(b"\n") for text in texts.values())


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, [""]),
        ({"LANG": "C.UTF-8"}, [""]),
        ({"LANG": "de_AT.UTF-8"}, ["de_AT", "de", ""]),
        ({"LC_ALL": "POSIX", "LANG": "de_DE"}, [""]),
        ({"LC_MESSAGES": "sr@latin", "LANG": "de_DE"}, ["sr", ""]),
    ],
)
def test_the_locale_chooses(environ: dict[str, str], expected: list[str]) -> None:
    """Language with country, language, none."""
    assert expected == languages(environ)


def test_a_text_is_chosen_and_filled() -> None:
    """The first language that has one; fields that are not there leave their names."""
    texts = {(ID, ""): b"@A@ @B@ @ @a@ @A@@A@ @C", (ID, "de"): b"deutsch"}
    assert b"deutsch" == choose(texts, ID, ["de_AT", "de", ""])
    assert (texts[ID, ""], None) == (choose(texts, ID, ["fr", ""]), choose(texts, OTHER, [""]))
    assert b"one B @ @a@ oneone @C" == fill(texts[ID, ""], {"A": b"one\0two"}.get)


def test_message_ids_are_read() -> None:
    """With dashes and without, in any case; nothing else."""
    assert ID == message_id(ID.upper().encode()) == message_id(b"0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a")
    assert [None] * 4 == [message_id(value) for value in (None, b"", b"zz", ID.encode() + b" de")]


@pytest.mark.skipif(shutil.which("journalctl") is None, reason="needs journalctl")
def test_the_catalogs_of_this_machine_are_those_that_journalctl_dumps() -> None:
    """Every message id, and every text, byte for byte."""
    dumped = subprocess.run(["journalctl", "--dump-catalog"], env={"LC_ALL": "C"}, capture_output=True).stdout
    if not dumped:
        pytest.skip("this machine has no catalog database: journalctl --update-catalog makes it")
    texts, wrong = read_files(catalog_files())
    ids = sorted({key for key, _ in texts})
    ours = [(wanted, choose(texts, wanted, [""])) for wanted in ids]
    assert [] == wrong
    assert dumped == b"".join(b"-- %b\n%b\n" % (wanted.encode(), text) for wanted, text in ours if text)


def test_files_change(tmp_path: Path) -> None:
    """A bad file is told and the others are read; a new one changes the stamp; the first directory wins."""
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    (second / "x.catalog").write_bytes(b"-- %b\nSubject: second\n" % ID.encode())
    before = stamp(catalog_files([first, second]))
    (first / "x.catalog").write_bytes(b"-- %b\nSubject: first\n" % ID.encode())
    (first / "bad.catalog").write_bytes(b"bad")
    (first / "other.txt").write_bytes(b"not a catalog")
    texts, wrong = read_files(catalog_files([first, second]))
    assert before != stamp(catalog_files([first, second]))
    assert {(ID, ""): b"Subject: first\n"} == texts
    assert 1 == len(wrong) and "bad.catalog" in wrong[0]
