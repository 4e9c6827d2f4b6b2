"""Durable small files."""

import os
import stat
from pathlib import Path

import pytest

from journalhub.journal.durable import sync_directory, write_atomically


def test_writes_a_new_file_with_its_mode(tmp_path: Path) -> None:
    """A new file has the data, and nobody else may read it unless asked."""
    path = tmp_path / "state"
    write_atomically(path, b"one")

    assert b"one" == path.read_bytes()
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)

    write_atomically(path, b"two", mode=0o644)

    assert b"two" == path.read_bytes()
    assert 0o644 == stat.S_IMODE(path.stat().st_mode)


def test_leaves_no_temporary_file(tmp_path: Path) -> None:
    """After success the directory holds the file alone."""
    write_atomically(tmp_path / "state", b"x" * 100_000)

    assert ["state"] == os.listdir(tmp_path)


def test_failure_keeps_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that fails midway raises, keeps the old file and removes its own."""
    path = tmp_path / "state"
    write_atomically(path, b"old")

    def no_space(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")

    assert b"old" == path.read_bytes()
    assert ["state"] == os.listdir(tmp_path)


def test_a_missing_directory_is_an_error(tmp_path: Path) -> None:
    """The directory is not created: its owner and mode are not ours to guess."""
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "absent" / "state", b"x")
    with pytest.raises(FileNotFoundError):
        sync_directory(tmp_path / "absent")


def test_a_link_is_replaced_not_followed(tmp_path: Path) -> None:
    """A symbolic link at the path becomes a plain file, and what it pointed to is untouched."""
    other = tmp_path / "other"
    other.write_bytes(b"theirs")
    path = tmp_path / "state"
    path.symlink_to(other)
    write_atomically(path, b"ours")

    assert b"theirs" == other.read_bytes()
    assert b"ours" == path.read_bytes()
    assert not path.is_symlink()
