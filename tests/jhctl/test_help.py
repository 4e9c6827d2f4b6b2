"""Help and documentation come from the table of options."""

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.jhctl.hub import JHCTL, TIMEOUT, environment

from journalhub import __version__
from journalhub.query.jhctl import help as texts
from journalhub.query.jhctl.manual import manual
from journalhub.query.jhctl.options import OPTIONS, Option
from journalhub.query.output import MODES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "jhctl.md"


def shown(*words: str) -> str:
    """What jhctl prints without a collector."""
    done = subprocess.run(
        [*JHCTL, *words], env=environment(), capture_output=True, text=True, timeout=TIMEOUT, check=True
    )
    return done.stdout


def test_the_page_is_up_to_date() -> None:
    """docs/jhctl.md ends with the tables of `python -m journalhub.query.jhctl.help`."""
    assert PAGE.read_text().endswith(texts.markdown())


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_every_option_is_in_the_full_help(option: Option) -> None:
    """Options that work are explained, others are named."""
    assert f"--{option.name}" in texts.full_help()


def test_the_short_help_is_a_screen() -> None:
    """-h fits a terminal of 50 lines, and both fit 110 columns."""
    assert len(shown("-h").splitlines()) <= 50
    assert max(map(len, [*shown("-h").splitlines(), *shown("--help").splitlines()])) <= 110


def test_the_modes_are_listed() -> None:
    """-o help lists every mode, as journalctl's does."""
    assert list(MODES) == shown("-o", "help").split()
    assert set(shown("-o", "help").split()) >= set(
        subprocess.run(["journalctl", "-o", "help"], capture_output=True, text=True, check=True).stdout.split()
    )


def test_the_facilities_are_listed_as_journalctl_lists_them() -> None:
    """--facility=help prints the same list."""
    theirs = subprocess.run(["journalctl", "--facility=help"], capture_output=True, text=True, check=True)
    assert theirs.stdout == shown("--facility=help")


def test_the_version_is_told() -> None:
    """--version names the program and the version of the package."""
    assert f"jhctl {__version__}\n" == shown("--version")


MANUAL = Path(__file__).resolve().parents[2] / "query" / "jhctl" / "jhctl.1"


def test_the_manual_page_is_up_to_date() -> None:
    """query/jhctl/jhctl.1 is what `python -m journalhub.query.jhctl.manual` prints."""
    assert manual() == MANUAL.read_text()


def test_the_manual_page_says_what_the_table_says() -> None:
    """Every option, with its letter, its argument and what it does; those that are refused with the reason."""
    page = MANUAL.read_text().replace("\\-", "-").replace("\\(aq", "'")
    for option in OPTIONS:
        assert f"--{option.name}" in page
        assert (option.help or option.refused)[1:60].partition("`")[0] in page, option.name


@pytest.mark.parametrize(
    "command",
    [
        ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(MANUAL)],
        ["mandoc", "-T", "lint", "-W", "error", str(MANUAL)],
    ],
    ids=lambda command: command[0],
)
def test_the_manual_page_is_well_formed(command: list[str]) -> None:
    """The formatters of manual pages have nothing to say against it."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"needs {command[0]}")
    done = subprocess.run(command, env=environment(LC_ALL="C.UTF-8"), capture_output=True, text=True, timeout=TIMEOUT)
    assert (0, "") == (done.returncode, done.stderr)
