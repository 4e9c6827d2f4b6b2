"""Units: names and terms are those of journalctl, which prints its filter when asked to debug."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from tests.journal.real import make_journal, needs_remote

from journalhub.journal.units import is_glob, mangle, unit_terms, user_unit_terms

NAMES = (
    *(
        "ssh",
        "ssh.service",
        "ssh.socket",
        "a b",
        "a@b",
        "a@b.service",
        "@x.service",
        ".service",
        "x.foo",
        "foo.service.d",
    ),
    *(
        "/home",
        "/",
        "/dev/sda1",
        "/dev",
        "/dev/",
        "//dev//x/",
        "/sys/x-y",
        "/a/../b",
        "/a/./b",
        "/.hidden/a-b",
        "/a/.b",
    ),
    *(
        "ü",
        "a/b",
        "a:b",
        "a\\x2db",
        "%i",
        "a%b.timer",
        "-.slice",
        "user.slice",
        "user-1000.slice",
        "x" * 300,
        "/" + "y" * 300,
    ),
    *("Aa_1", "a,b", "(x)", "a!b", "a-b.mount", "tab\tname", "x]y", "session-1.scope", "+", "=", "'q'", '"q"', "日本"),
)


def journalctl_filter(journal: Path, *options: str) -> str:
    """The filter that journalctl makes of `options`."""
    run = subprocess.run(
        ["journalctl", "--file", journal, *options],
        capture_output=True,
        env=os.environ | {"SYSTEMD_LOG_LEVEL": "debug", "LC_ALL": "C.UTF-8"},
    )
    found = re.search(rb"Journal filter: \((.*)\)", run.stderr)
    assert found is not None, run.stderr
    return found[1].decode().replace("\\\\", "\\")


def as_filter(terms: tuple[tuple[tuple[str, bytes], ...], ...]) -> set[frozenset[str]]:
    """Terms in a form to compare."""
    return {frozenset(f"{field}={value.decode()}" for field, value in term) for term in terms}


def parse_filter(text: str) -> set[frozenset[str]]:
    """journalctl's filter, whose terms have no parentheses within each other here, in the same form."""
    return {frozenset(term.strip("()").split(" AND ")) for term in text.split(" OR ")}


@needs_remote
@pytest.mark.parametrize("name", NAMES)
def test_unit_as_journalctl(tmp_path: Path, name: str) -> None:
    """`-u` means the same to journalctl."""
    journal = make_journal(tmp_path / "u.journal", [[("MESSAGE", b"x")]])
    unit = mangle(name)

    assert as_filter(unit_terms(unit)) == parse_filter(journalctl_filter(journal, "-u", name))


@needs_remote
@pytest.mark.skipif(
    os.getuid() != 0, reason="only root's filter has no terms within terms: both values of _UID are one"
)
@pytest.mark.parametrize("name", ["pipewire", "app.slice", "a b"])
def test_user_unit_as_journalctl(tmp_path: Path, name: str) -> None:
    """`--user-unit` means the same to journalctl, for the user who asks."""
    journal = make_journal(tmp_path / "u.journal", [[("MESSAGE", b"x")]])
    ours = as_filter(user_unit_terms(mangle(name), os.getuid()))

    assert ours == parse_filter(journalctl_filter(journal, "--user-unit", name))


def test_user_unit_of_a_user() -> None:
    """Coredumps and daemons' messages count from the user and from root; without a user from anybody."""
    terms = as_filter(user_unit_terms("a.service", 1000))

    assert {"COREDUMP_USER_UNIT=a.service", "_UID=0"} in terms
    assert {"COREDUMP_USER_UNIT=a.service", "_UID=1000"} in terms
    assert {"_SYSTEMD_USER_UNIT=a.service", "_UID=1000"} in terms
    assert {"_SYSTEMD_USER_UNIT=a.service", "_UID=0"} not in terms
    assert {"_SYSTEMD_USER_UNIT=a.service"} in as_filter(user_unit_terms("a.service", None))


@pytest.mark.parametrize("glob", ["ssh*", "a?b", "[ab].service", "a[b", "foo.*"])
def test_globs_are_kept(glob: str) -> None:
    """A pattern is not made a unit's name."""
    assert is_glob(glob)
    assert glob == mangle(glob)


@pytest.mark.parametrize(("glob", "mangled"), [("a b*", r"a\x20b*"), ("a/b*", "a-b*"), ("/a*", r"a\x2a.mount")])
def test_globs_with_other_characters(glob: str, mangled: str) -> None:
    """What no unit's name has is escaped in patterns too; a path is a path."""
    assert mangled == mangle(glob)


def test_empty_name() -> None:
    """There is no unit without a name."""
    with pytest.raises(ValueError, match="empty"):
        mangle("")
