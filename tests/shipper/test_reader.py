"""The reader within this process, on a real journal, with the other end of its pipe in our hands."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.lab.journald import JournaldHost
from tests.shipper.process import wait_until
from tests.shipper.test_journald import in_journal, send

from journalhub.journal import wire
from journalhub.journal.limits import BATCH_ENTRIES
from journalhub.shipper import frames, pipe
from journalhub.shipper.frames import Ended, Fatal, Frame, ReadBatch
from journalhub.shipper.order import Order
from journalhub.shipper.pipe import FrameWriter, ParentGone
from journalhub.shipper.reader import Reader, _fatal
from journalhub.shipper.sources import Selection


def read_frames(descriptor: int) -> list[Frame]:
    """Everything that comes until the other end is closed."""
    found = []
    with open(descriptor, "rb") as stream:
        while prefix := stream.read(4):
            found.append(frames.decode(stream.read(frames.length(prefix))))
    return found


def open_journals(directory: Path) -> list[str]:
    """Journal files below the directory that this process holds open."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue
        if target.startswith(str(directory)) and ".journal" in target:
            found.append(target)
    return found


def test_lets_go_of_files_while_the_parent_is_busy(
    journald_host: Callable[..., JournaldHost], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A parent that takes nothing for long costs no entry, and does not keep deleted files on the disk."""
    monkeypatch.setattr(pipe, "BLOCKED_SECONDS", 0.05)
    monkeypatch.setattr(pipe, "PIPE_BYTES", 4096)
    host = journald_host()
    send(host, 1, 3 * BATCH_ENTRIES)
    ours, theirs = os.pipe()
    order = Order(Selection((str(host.log_directory),)), once=True)

    left_open: list[list[str]] = []
    let_go = Reader._let_go

    def and_look(reader: Reader) -> None:
        let_go(reader)
        left_open.append(open_journals(host.log_directory))

    monkeypatch.setattr(Reader, "_let_go", and_look)

    def run() -> None:
        Reader(order, theirs).run()
        os.close(theirs)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    wait_until(lambda: bool(left_open))
    found = read_frames(ours)
    thread.join()

    batches = [frame for frame in found if isinstance(frame, ReadBatch)]
    seqnums = [seqnum for batch in batches for seqnum in wire.decode(wire.seal(batch.packed)).batch.seqnum]
    assert seqnums == sorted(seqnum for _, _, seqnum, _ in in_journal(host))
    assert max(batch.entries for batch in batches) <= BATCH_ENTRIES
    assert isinstance(found[-1], Ended)
    assert left_open[0] == []


def test_parent_gone() -> None:
    """Writing to nobody ends the reader instead of raising something strange."""
    ours, theirs = os.pipe()
    os.close(ours)
    with pytest.raises(ParentGone):
        FrameWriter(theirs, lambda: None).write(Ended())
    os.close(theirs)


def test_missing_library() -> None:
    """Without systemd-python the message says what to install."""
    frame = _fatal(ImportError("No module named 'systemd'"))

    assert isinstance(frame, Fatal)
    assert "python3-systemd" in frame.message
