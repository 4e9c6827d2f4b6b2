"""The reader within this process, on a real journal, with the other end of its pipe in our hands."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.lab.codec import compiled_codec, runs
from tests.lab.journald import JournaldHost
from tests.shipper.process import wait_until
from tests.shipper.test_journald import in_journal, send, write_native

from journalhub.journal import wire
from journalhub.journal.limits import BATCH_ENTRIES
from journalhub.shipper import frames, pipe
from journalhub.shipper import reader as reader_module
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


def mapped_of(directory: Path) -> list[int]:
    """Of each mapping of a file below the directory, how many bytes this process has in memory: proc(5), smaps."""
    found, is_wanted = [], False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        key, *rest = line.split()
        if not key.endswith(":"):
            is_wanted = str(directory) in line
        elif is_wanted and key == "Rss:":
            found.append(1024 * int(rest[0]))
    return found


def test_memory_while_much_is_read(journald_host: Callable[..., JournaldHost], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of journal files no more is kept in the reader's memory than it wants; everything is read all the same."""
    most = 2 * 1024 * 1024
    monkeypatch.setattr(reader_module, "MAPPED_BYTES", most)
    host = journald_host()
    values = [os.urandom(most // 4) for _ in range(20)]
    for value in values:
        write_native(host, ("MESSAGE", b"large"), ("VALUE", value))
    host.sync()
    ours, theirs = os.pipe()
    found: list[Frame] = []
    reading = threading.Thread(target=lambda: found.extend(read_frames(ours)), daemon=True)
    reading.start()
    with runs(compiled_codec()):
        reader = Reader(Order(Selection((str(host.log_directory),)), once=True), theirs)
        reader.run()
        mapped = mapped_of(host.log_directory)
        monkeypatch.setattr(reader_module, "MAPPED_BYTES", 0)
        monkeypatch.setattr(reader, "_rescan_at", 0.0)
        reader._rescan()
        mapped_later = mapped_of(host.log_directory)
        del reader  # it has its files open until here
    os.close(theirs)
    reading.join()

    batches = [wire.decode(wire.seal(frame.packed)).batch for frame in found if isinstance(frame, ReadBatch)]
    came = [entry.first("VALUE") for batch in batches for entry in batch]
    assert values == [value for value in came if value is not None]
    assert mapped, "the journal is not mapped"
    assert sum(mapped) < 2 * most
    assert mapped_later, "the journal is still open"
    assert sum(mapped_later) == 0, "what is read little by little is never let go of"


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
