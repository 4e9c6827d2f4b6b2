"""What the shipper finds and keeps on disk: sources, the state file; and its log."""

import io
import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journalhub.shipper import sources
from journalhub.shipper.checkpoint import Checkpoint
from journalhub.shipper.errors import Exit, ShipperError
from journalhub.shipper.frames import Position
from journalhub.shipper.limits import CHECKPOINT_SECONDS, LOG_SECONDS, STREAMS_MAX
from journalhub.shipper.log import Log
from journalhub.shipper.sources import Selection

MACHINE, OTHER = "a" * 32, "b" * 32


def journal(path: Path, machine_id: str = MACHINE, newest: int = 5) -> Path:
    """A file with the header of a journal."""
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = bytearray(272)
    raw[:8] = b"LPKSHHRH"
    raw[40:56] = bytes.fromhex(machine_id)
    raw[72:88] = b"s" * 16
    raw[192:200] = newest.to_bytes(8, "little")
    path.write_bytes(raw)
    return path


def names(selection: Selection) -> list[str]:
    """Of the sources, without the test's directory."""
    top = selection.directories[0] if selection.directories else ""
    return [source.name.replace(top, "") for source in sources.discover(selection)]


def test_a_directory_of_machines(tmp_path: Path) -> None:
    """Each machine and each namespace below a directory is a source."""
    for name in (MACHINE, OTHER, f"{MACHINE}.web", "remote", "x" * 32):
        journal(tmp_path / name / "system.journal")

    assert names(Selection((str(tmp_path),))) == [
        f"directory:/{MACHINE}", f"directory:/{MACHINE}.web", f"directory:/{OTHER}",
    ]  # fmt: skip


def test_a_flat_directory(tmp_path: Path) -> None:
    """A directory with journal files of its own is one source, with what is below."""
    journal(tmp_path / "a.journal")
    below = journal(tmp_path / MACHINE / "system.journal~")
    (source,) = sources.discover(Selection((str(tmp_path),)))

    assert source.name == f"directory:{tmp_path}"
    assert source.files() == sorted([str(tmp_path / "a.journal"), str(below)])


def test_this_machine(tmp_path: Path) -> None:
    """The default is the machine's own journal, persistent and volatile, and its namespaces; not those of others."""
    first = journal(tmp_path / "var" / MACHINE / "system.journal")
    second = journal(tmp_path / "run" / MACHINE / "system.journal")
    journal(tmp_path / "var" / f"{MACHINE}.web" / "system.journal")
    journal(tmp_path / "var" / OTHER / "system.journal")
    roots = (str(tmp_path / "var"), str(tmp_path / "run"))
    found = sources.discover(Selection(machine_id=MACHINE, roots=roots))

    assert [(source.name, source.namespace) for source in found] == [("system", ""), ("namespace:web", "web")]
    assert found[0].files() == sorted([str(first), str(second)])


def test_no_machine_id() -> None:
    """Without a machine id nothing can be this machine's."""
    with pytest.raises(ShipperError, match="--directory") as caught:
        sources.discover(Selection())
    assert caught.value.code == Exit.NO_JOURNAL


def test_what_headers_say(tmp_path: Path) -> None:
    """The newest entry is that of the active files; the machine is known when all files agree."""
    archived = journal(tmp_path / "system@1.journal", newest=9)
    one = sources.discover(Selection(files=(str(archived),)))
    assert sources.newest(one) == 9
    journal(tmp_path / "system.journal", newest=7)
    (tmp_path / "text.journal").write_text("no journal at all, only text")
    found = sources.discover(Selection((str(tmp_path),)))

    assert sources.newest(found) == 7
    assert sources.machine_of(found) == MACHINE
    journal(tmp_path / "remote.journal", machine_id=OTHER)
    assert sources.machine_of(found) is None


def test_position_survives(tmp_path: Path) -> None:
    """What was saved is there after a restart; the file is private."""
    first, second = cursor(1), cursor(2, seqnum_id="d")
    state = Checkpoint(tmp_path / "deep" / "state")
    state.begin("http://hub")
    state.move({"system": Position(first, {b"\xcc" * 16: first})})
    state.move({"system": Position(second, {b"\xdd" * 16: second})})
    bad = journal(tmp_path / "bad.journal")
    state.quarantine(str(bad), "why")
    state.quarantine(str(tmp_path / "vacuumed.journal"), "why")
    state.name("web-1")
    state.save_now()
    state.close()
    again = Checkpoint(tmp_path / "deep" / "state")

    assert again.begin("http://hub")
    assert again.remembered.positions == {
        "system": Position(second, {b"\xcc" * 16: first, b"\xdd" * 16: second}),
    }
    assert again.remembered.quarantined == {str(bad): "why"}
    assert again.remembered.hostname == "web-1"
    assert stat.S_IMODE((tmp_path / "deep" / "state" / "state.json").stat().st_mode) == 0o600
    again.close()


def cursor(seqnum: int, seqnum_id: str = "c") -> str:
    """A cursor."""
    return f"s={seqnum_id * 32};i={seqnum:x};b={'b' * 32};m=1;t={seqnum:x};x=3"


def test_another_collector_is_asked(tmp_path: Path) -> None:
    """A position belongs to the collector that acknowledged it."""
    state = Checkpoint(tmp_path)
    assert not state.begin("http://a")
    state.move({"system": Position(cursor(1))})

    assert state.begin("http://a")
    assert not state.begin("http://b")
    assert state.remembered.positions == {}
    state.close()


def test_written_only_when_changed(tmp_path: Path) -> None:
    """The state file is written at most once a second, and not without a reason."""
    state = Checkpoint(tmp_path)
    path = tmp_path / "state.json"

    def version() -> int:
        return path.stat().st_ino

    before = version()
    state.save(0.0)
    assert version() == before
    state.move({"system": Position(cursor(1))})
    state.save(0.0)
    assert version() != before
    before = version()
    state.move({"system": Position(cursor(2))})
    state.save(CHECKPOINT_SECONDS / 2)
    assert version() == before
    state.save(CHECKPOINT_SECONDS)
    assert version() != before
    before = version()
    state.save_now()
    assert version() == before
    state.close()


def test_streams_are_bounded(tmp_path: Path) -> None:
    """Of very many streams the oldest are forgotten."""
    state = Checkpoint(tmp_path)
    streams = {number.to_bytes(16, "big"): cursor(number + 1) for number in range(STREAMS_MAX + 10)}
    state.move({"all": Position(cursor(1), streams)})

    kept = state.remembered.positions["all"].streams
    assert sorted(kept) == sorted(streams)[10:]
    state.close()


@given(st.binary(max_size=40) | st.sampled_from([b"[]", b"{}", b'{"version": 1}', b'{"version": 1, "collector": 1}']))
def test_any_damage_is_survived(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    """A file that is not ours is as good as none, and said to be damaged."""
    directory = tmp_path_factory.mktemp("state")
    (directory / "state.json").write_bytes(raw)
    state = Checkpoint(directory)

    assert "damaged" in state.warning
    assert state.remembered.positions == {}
    assert json.loads((directory / "state.json").read_text())["version"] == 1
    state.close()


def test_log_lines() -> None:
    """One line each, printable whatever is in it, with journald's priority when it goes there."""
    stream = io.StringIO()
    Log(stream, {"JOURNAL_STREAM": "1:2"}).warning("a thing", why="x\n\x1b[31m y", n=3)
    Log(stream, {}).err("bad")

    assert stream.getvalue() == '<4>a thing why="x\\n\\x1b[31m y" n=3\njournalhub shipper: bad\n'


def test_log_does_not_feed_itself() -> None:
    """The same message again is counted, not written, until some time has passed."""
    stream, now = io.StringIO(), [0.0]
    log = Log(stream, {}, lambda: now[0])
    for _ in range(100):
        log.warning("trouble", why="x")
    now[0] = LOG_SECONDS
    log.warning("trouble", why="x")

    assert stream.getvalue().splitlines() == [
        "journalhub shipper: trouble why=x",
        "journalhub shipper: trouble why=x times_before=99",
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_files(tmp_path: Path) -> None:
    """Files that this user may not read are an error when there is nothing else, and named otherwise."""
    closed = journal(tmp_path / "system.journal")
    closed.chmod(0)
    selection = Selection((str(tmp_path),))
    with pytest.raises(ShipperError, match="group systemd-journal") as caught:
        sources.check(selection, sources.discover(selection))
    assert caught.value.code == Exit.UNREADABLE
