"""The compiled codec's handle of libsystemd says the same as systemd-python's, of real journals."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.lab.codec import compiled_codec
from tests.lab.journal_file import LZ4, XZ, set_data_flags
from tests.lab.journald import JournaldHost
from tests.shipper.test_journald import send, write_native

from journalhub.journal import compiled
from journalhub.shipper.reader import reference
from journalhub.shipper.tap import Journal

Hosts = Callable[..., JournaldHost]
Where = tuple[int, str | None, list[str] | None, str | None]
"""Flags, path, files and namespace."""

READ = ("_get_cursor", "_get_all", "_get_pair")


def outcome(journal: Journal, method: str, *arguments: Any) -> Any:
    """What a method returns, dicts with their order, or the exception with its message."""
    try:
        found = getattr(journal, method)(*arguments)
    except (OSError, ValueError) as error:
        return type(error), str(error)
    return list(found.items()) if isinstance(found, dict) else found


def pair_of(journal: Journal) -> Any:
    """What `_get_pair` should return."""
    fields = journal._get_all()
    repeats = any(isinstance(value, list) for value in fields.values())
    return None if repeats or len(fields) > 1024 else (tuple(fields), tuple(fields.values()))


def both(where: Where) -> tuple[Journal, Journal]:
    """A handle of each."""
    ours = compiled_codec().open_journal(*where)
    assert ours is not None, "there is no libsystemd"
    return ours, reference(*where)


def same(ours: Journal, theirs: Journal, method: str, *arguments: Any) -> Any:
    """The outcome, which is that of both."""
    found = outcome(ours, method, *arguments)
    assert found == outcome(theirs, method, *arguments)
    return found


def walk(ours: Journal, theirs: Journal, step: str) -> Iterator[str]:
    """The cursors from where the handles stand to the end; everything read on the way is the same."""
    while same(ours, theirs, step) is True:
        if isinstance(same(ours, theirs, "_get_all"), list):
            assert ours._get_pair() == pair_of(theirs)
        else:
            assert outcome(ours, "_get_pair") == outcome(theirs, "_get_all")
        yield same(ours, theirs, "_get_cursor")


@pytest.fixture
def host(journald_host: Hosts) -> JournaldHost:
    """With entries as odd as they come, in three files."""
    host = journald_host()
    send(host, 1, 20)
    write_native(host, ("MESSAGE", b"odd"), ("TAG", b"one"), ("TAG", b"two"), ("TAG", b"three"), ("EMPTY", b""))
    write_native(host, ("MESSAGE", b"\xff\x00\n="), ("A" * 64, b"=="), ("B", os.urandom(300_000)), ("C", b"c" * 70_000))
    host.rotate()
    for kind in "XYZ":
        write_native(host, *((f"{kind}{number}", b"%d" % number) for number in range(900)))
    host.rotate()
    write_native(host, ("TAG", b"no message"))
    send(host, 21, 40)
    return host


def test_entries_forth_and_back(host: JournaldHost) -> None:
    """Names, values and their order, repeated, empty, binary, packed and many; cursors; where the journal ends."""
    host.down()
    ours, theirs = both((0, str(host.log_directory), None, None))
    same(ours, theirs, "seek_head")
    forth = list(walk(ours, theirs, "_next"))
    same(ours, theirs, "seek_tail")
    back = list(walk(ours, theirs, "_previous"))

    assert len(forth) > 45
    assert forth == back[::-1]


def test_standing_at_a_cursor(host: JournaldHost) -> None:
    """Any of the journal's, those that lie before, behind and nowhere, and what is none; several steps at once."""
    host.down()
    ours, theirs = both((0, None, [str(path) for path in host.log_directory.rglob("*.journal")], None))
    same(ours, theirs, "seek_head")
    cursors = list(walk(ours, theirs, "_next"))
    seqnum_id, rest = cursors[0].split(";", 1)
    strange = [f"s={'1' * 32};{rest}", cursors[0].replace(";t=", ";t=f"), f"{seqnum_id};i=1", "nonsense", ""]
    for cursor in [*cursors, *strange]:
        same(ours, theirs, "seek_cursor", cursor)
        same(ours, theirs, "_next", 1)
        for other in (cursors[0], cursor):
            same(ours, theirs, "test_cursor", other)
        same(ours, theirs, "_get_cursor")
        same(ours, theirs, "_next", 7)
        same(ours, theirs, "_previous", 3)
        same(ours, theirs, "_get_all")

    assert outcome(ours, "seek_cursor", "nonsense") == (ValueError, "Invalid cursor")


def test_what_appears_while_it_is_open(host: JournaldHost) -> None:
    """New entries, and files that are rotated."""
    handles = both((0, str(host.log_directory), None, None))
    for handle in handles:
        assert handle.fileno() >= 0
        handle.process()
        handle.seek_tail()
        handle._previous()
    for first in (100, 200):
        host.rotate()
        send(host, first, first + 9)
    host.down()  # so that both see the same
    for handle in handles:
        handle.process()

    assert sum(1 for _ in walk(*handles, "_next")) >= 20


def test_damaged_entries(host: JournaldHost) -> None:
    """A field without its sign, and a name that is no text, are the same errors; one that cannot be unpacked lacks."""
    host.down()
    (file,) = list(host.log_directory.rglob("system.journal"))
    raw = file.read_bytes()
    assert raw.count(b"MESSAGE=n 25") == raw.count(b"MESSAGE=n 26") == 1
    file.write_bytes(raw.replace(b"MESSAGE=n 25", b"MESSAGE-n 25").replace(b"MESSAGE=n 26", b"\xffESSAGE=n 26"))
    assert set_data_flags(file, b"MESSAGE=n 27", XZ | LZ4) == 1
    ours, theirs = both((0, None, [str(file)], None))
    same(ours, theirs, "seek_head")
    errors, lacking = [], 0
    while same(ours, theirs, "_next") is True:
        found = same(ours, theirs, "_get_all")
        if isinstance(found, tuple):
            errors.append(found[0])
            assert outcome(ours, "_get_pair") == found
        else:
            lacking += "MESSAGE" not in dict(found)

    assert errors == [OSError, UnicodeDecodeError]
    assert lacking == 2  # the other one has none


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    """The same errors."""
    (tmp_path / "empty.journal").write_bytes(b"")
    wheres: list[Where] = [
        (0, str(tmp_path / "nowhere"), None, None),
        (0, None, [str(tmp_path / "nowhere.journal")], None),
        (0, None, [str(tmp_path / "empty.journal")], None),
        (1 << 30, None, None, None),
        (1, None, None, "no/namespace"),
    ]
    for where in wheres:
        errors: list[tuple[type[Exception], str] | None] = []
        for handle in (compiled_codec().open_journal, reference):
            try:
                handle(*where).close()
                errors.append(None)
            except (OSError, ValueError) as error:
                errors.append((type(error), str(error)))
        assert errors[0] == errors[1]


def test_a_closed_handle(tmp_path: Path) -> None:
    """It may be closed again, and is asked in vain."""
    ours = compiled_codec().open_journal(0, str(tmp_path), None, None)
    assert ours is not None
    ours.close()
    ours.close()

    for method in ("_next", "_previous", *READ, "seek_head", "seek_tail", "process", "fileno"):
        assert outcome(ours, method) == (OSError, "[Errno 22] Invalid argument")
    for method in ("seek_cursor", "test_cursor"):
        assert outcome(ours, method, "x") == (OSError, "[Errno 22] Invalid argument")


NO_LIBRARY = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>

void *dlopen(const char *name, int flags) {
    static void *(*real)(const char *, int);
    if (name != NULL && strcmp(name, "libsystemd.so.0") == 0) return NULL;
    if (real == NULL) real = dlsym(RTLD_NEXT, "dlopen");
    return real(name, flags);
}
"""
"""Loaded before libc: there is no libsystemd to be found at run time."""


def test_without_libsystemd(tmp_path: Path) -> None:
    """The codec has no handle, and systemd-python's is taken."""
    (tmp_path / "none.c").write_text(NO_LIBRARY)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", tmp_path / "none.so", tmp_path / "none.c", "-ldl"], check=True)
    code = (
        "from journalhub.journal import compiled\n"
        "from journalhub.shipper.reader import open_journal\n"
        "from journalhub.shipper.sources import Source\n"
        f"handle = open_journal(Source('x', path={str(tmp_path)!r}))\n"
        f"print(compiled.codec.open_journal(0, {str(tmp_path)!r}, None, None), type(handle).__name__)\n"
    )
    environment = {**os.environ, "LD_PRELOAD": str(tmp_path / "none.so"), compiled.PURE: "0"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)

    assert done.stdout == "None Handle\n", done.stderr
