"""Our output modes against the real journalctl, on the same entries, byte for byte."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.output import canonical
from tests.output.journals import AWKWARD, JOURNAL_REMOTE, SHARED, entries_of, export_text, journalctl, make_journal

from journalhub.query.output import MODES, OutputOptions, render

needs_journal_remote = pytest.mark.skipif(
    not JOURNAL_REMOTE.exists(), reason="needs systemd-journal-remote to write journals from text"
)
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="needs the journals of ../shared")

SHORT_MODES = [mode for mode in MODES if mode.startswith("short") and mode != "short-delta"] + ["with-unit", "cat"]
JSON_MODES = ["json", "json-sse", "json-seq", "json-pretty"]
ZONE = "Europe/Berlin"
DEFAULT = OutputOptions()

pytestmark = needs_journal_remote


@pytest.fixture(scope="module")
def awkward(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal of the AWKWARD entries."""
    return make_journal(tmp_path_factory.mktemp("journals") / "awkward", export_text(AWKWARD))


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The process is in a zone with summer time."""
    monkeypatch.setenv("TZ", ZONE)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def ours(directory: Path, mode: str, options: OutputOptions = DEFAULT) -> bytes:
    """What our renderer makes of a journal."""
    return b"".join(render(entries_of(directory), mode, options))


def theirs(directory: Path, mode: str, *words: str, **environment: str) -> bytes:
    """What journalctl makes of it; -q leaves the lines between boots out, which are not the renderer's."""
    return journalctl(directory, "-q", "-o", mode, *words, TZ=ZONE, **environment)


def show_difference(expected: bytes, actual: bytes) -> None:
    """Fail at the first line that differs, rather than print megabytes."""
    for number, (want, got) in enumerate(zip(expected.split(b"\n"), actual.split(b"\n"), strict=False)):
        assert want[:2000] == got[:2000], f"line {number}"
    assert expected == actual


@pytest.mark.parametrize("mode", SHORT_MODES)
@pytest.mark.parametrize(
    ("words", "options"),
    [
        ((), OutputOptions()),
        (("-a",), OutputOptions(show_all=True)),
        (("--utc",), OutputOptions(utc=True)),
        (("--no-hostname",), OutputOptions(hostname=False)),
        (("--no-full",), OutputOptions(full=False)),
        (("--no-full", "-a"), OutputOptions(full=False, show_all=True)),
    ],
    ids=lambda value: " ".join(value) if type(value) is tuple else "",
)
def test_line_modes_equal_journalctl(awkward: Path, mode: str, words: tuple[str, ...], options: OutputOptions) -> None:
    """Every mode of lines prints the bytes that journalctl prints."""
    show_difference(theirs(awkward, mode, *words), ours(awkward, mode, options))


@pytest.mark.parametrize("columns", [20, 31, 33, 34, 35, 36, 50, 60, 61, 80, 81, 200])
@pytest.mark.parametrize("unicode", [True, False])
def test_lines_are_cut_as_journalctl_cuts_them(awkward: Path, columns: int, unicode: bool) -> None:
    """--no-full ellipsizes at the same column, with the same dots."""
    environment = {"COLUMNS": str(columns), "LC_ALL": "C.UTF-8" if unicode else "C"}
    options = OutputOptions(full=False, columns=columns, unicode=unicode)
    show_difference(theirs(awkward, "short", "--no-full", **environment), ours(awkward, "short", options))


@pytest.mark.parametrize("colors", [16, 256])
@pytest.mark.parametrize("mode", ["short", "cat", "with-unit"])
def test_colours_equal_journalctl(awkward: Path, mode: str, colors: int) -> None:
    """With colours the escape sequences are journalctl's too."""
    expected = theirs(awkward, mode, SYSTEMD_COLORS=str(colors), SYSTEMD_URLIFY="0")
    show_difference(expected, ours(awkward, mode, OutputOptions(colors=colors)))


@pytest.mark.parametrize("mode", ["short", "with-unit"])
@pytest.mark.parametrize("columns", [20, 34, 60, 80, 200])
def test_lines_that_are_cut_wear_the_same_colours(awkward: Path, mode: str, columns: int) -> None:
    """With --no-full, too, lines that fit have the mark of a match that is empty, and others have none."""
    environment = {"COLUMNS": str(columns), "SYSTEMD_COLORS": "256", "SYSTEMD_URLIFY": "0", "LC_ALL": "C.UTF-8"}
    options = OutputOptions(full=False, columns=columns, colors=256)
    show_difference(theirs(awkward, mode, "--no-full", **environment), ours(awkward, mode, options))


@pytest.mark.parametrize("mode", ["short", "cat"])
def test_matches_are_set_off_as_journalctl_does(awkward: Path, mode: str) -> None:
    """What --grep found is highlighted within the first line of a message."""

    def find(message: bytes) -> tuple[int, int] | None:
        found = re.search(rb"here|kernel|very", message)
        return found.span() if found else None

    wanted = [entry for entry in entries_of(awkward) if find(entry.first("MESSAGE") or b"")]
    expected = theirs(awkward, mode, "-g", "here|kernel|very", SYSTEMD_COLORS="256", SYSTEMD_URLIFY="0")
    actual = b"".join(render(wanted, mode, OutputOptions(colors=256, highlight=find)))
    show_difference(expected, actual)


@pytest.mark.parametrize("words", [(), ("-a",), ("--no-full",), ("--output-fields=MESSAGE,_BOOT_ID,X",), ("--utc",)])
@pytest.mark.parametrize("colors", [0, 256])
def test_verbose_equals_journalctl(awkward: Path, words: tuple[str, ...], colors: int) -> None:
    """The verbose mode prints the same fields in the same way; their order is the journal file's."""
    options = OutputOptions(
        show_all="-a" in words,
        full="--no-full" not in words,
        utc="--utc" in words,
        fields=("MESSAGE", "_BOOT_ID", "X") if len(words) == 1 and "=" in words[0] else (),
        colors=colors,
    )
    expected = theirs(awkward, "verbose", *words, SYSTEMD_COLORS=str(colors), SYSTEMD_URLIFY="0")
    assert canonical.verbose_entries(expected) == canonical.verbose_entries(ours(awkward, "verbose", options))


@pytest.mark.parametrize("mode", JSON_MODES)
@pytest.mark.parametrize("show_all", [False, True])
@pytest.mark.parametrize("colors", [0, 256])
def test_json_equals_journalctl(awkward: Path, mode: str, show_all: bool, colors: int) -> None:
    """The members of every object have the same bytes; their order is random in journalctl."""
    words = ("-a",) if show_all else ()
    expected = theirs(awkward, mode, *words, SYSTEMD_COLORS=str(colors))
    actual = ours(awkward, mode, OutputOptions(show_all=show_all, colors=colors))
    if mode == "json-pretty":
        assert canonical.pretty_objects(expected) == canonical.pretty_objects(actual)
        return
    frame = {"json": b"\n", "json-sse": b"\n\n", "json-seq": b"\n\x1e"}[mode]
    want, got = expected.split(frame), actual.split(frame)
    assert len(want) == len(got)
    for one, other in zip(want, got, strict=True):
        assert len(one) == len(other)
        assert not one.strip(b"\n") or canonical.json_members(one) == canonical.json_members(other)


@pytest.mark.parametrize("mode", ["json", "export", "verbose"])
def test_output_fields_limit_what_is_printed(awkward: Path, mode: str) -> None:
    """--output-fields leaves the address of the entry and the fields asked for."""
    expected = theirs(awkward, mode, "--output-fields=MESSAGE,PRIORITY")
    actual = ours(awkward, mode, OutputOptions(fields=("MESSAGE", "PRIORITY")))
    if mode == "json":
        for want, got in zip(expected.splitlines(), actual.splitlines(), strict=True):
            assert canonical.json_members(want) == canonical.json_members(got)
    elif mode == "verbose":
        assert canonical.verbose_entries(expected) == canonical.verbose_entries(actual)
    else:
        assert expected == actual


def test_cat_prints_the_fields_asked_for(awkward: Path) -> None:
    """`-o cat --output-fields=PRIORITY` prints that field, in its colour, without a match."""
    expected = theirs(awkward, "cat", "--output-fields=PRIORITY", SYSTEMD_COLORS="256")
    assert expected == ours(awkward, "cat", OutputOptions(fields=("PRIORITY",), colors=256))


def test_export_equals_journalctl(awkward: Path) -> None:
    """The export mode gives the bytes back from which the entries were read, in the same order of fields."""
    show_difference(theirs(awkward, "export"), ours(awkward, "export"))


@needs_shared
@pytest.mark.parametrize("mode", SHORT_MODES)
def test_real_journals_render_equally(mode: str, shared_journal: Path) -> None:
    """Journals of real machines look the same."""
    show_difference(theirs(shared_journal, mode), ours(shared_journal, mode))
