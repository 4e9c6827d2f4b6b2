"""A journal file that kills whoever reads it."""

import os
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.lab.journald import JournaldHost
from tests.shipper.collector import FakeCollector
from tests.shipper.process import Shipper, ship_once, wait_until
from tests.shipper.test_journald import numbers, send

PAGE = 4096


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system in memory that is soon full."""
    path = tmp_path / "tmpfs"
    path.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64M", "tmpfs", path], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("needs to mount a tmpfs")
    yield path
    subprocess.run(["umount", "--lazy", path], check=True)


def poison(file: Path) -> None:
    """Take the pages behind the hash tables out of the file, and leave no room for others.

    The kernel then sends SIGBUS to a process that touches one in a mapping, as it does for a disk that fails.
    """
    with file.open("r+b") as raw:
        header = raw.read(272)
        tables = [sum(struct.unpack_from("<QQ", header, at)) for at in (104, 120)]
        start = (max(tables) + PAGE) // PAGE * PAGE
        size = file.stat().st_size
    subprocess.run(["fallocate", "--punch-hole", "-o", str(start), "-l", str(size - start), file], check=True)
    with (file.parent.parent / "filler").open("wb", buffering=0) as filler:
        for piece in (1024 * 1024, PAGE):
            try:
                while True:
                    filler.write(bytes(piece))
            except OSError:
                continue


def test_is_found_and_left_out(journald_host: Callable[..., JournaldHost], full_disk: Path, tmp_path: Path) -> None:
    """The file is named, everything else is shipped, and the next run leaves it out from the start."""
    host = journald_host()
    send(host, 1, 100)
    host.rotate()
    send(host, 101, 200)
    host.down()
    directory = full_disk / "journal" / host.machine_id
    shutil.copytree(host.log_directory / host.machine_id, directory)
    deadly = next(directory.glob("system@*.journal"))
    poison(deadly)
    with FakeCollector() as collector:
        flags = ("--collector", collector.url, "--directory", directory.parent, "--state-dir", tmp_path / "state")
        with Shipper(tmp_path / "log", *flags) as shipper:
            collector.wait(lambda: len(numbers(collector)) == 100)
            wait_until(lambda: any(status["quarantined"] for status in collector.statuses))

            wait_until(lambda: f"journal file {deadly} is left out" in shipper.log())
            assert "SIGBUS" in shipper.log()
            assert shipper.stop() == 0
        assert numbers(collector) == list(range(101, 201))
        assert collector.statuses[-1]["quarantined"] == (str(deadly),)
        again = ship_once(*flags)

    assert (again.returncode, "died" in again.stderr) == (0, False), again.stderr
    assert os.path.exists(deadly)


ABORTING = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void look(int file) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = file < 0 ? -1 : readlink(link, path, sizeof path - 1);
    if (length < 0) return;
    path[length] = 0;
    if (strstr(path, "/system@deadly")) abort();
}

void *mmap(void *at, size_t length, int protection, int flags, int file, off_t offset) {
    static void *(*real)(void *, size_t, int, int, int, off_t);
    if (real == NULL) real = dlsym(RTLD_NEXT, "mmap");
    look(file);
    return real(at, length, protection, flags, file, offset);
}

void *mmap64(void *at, size_t length, int protection, int flags, int file, off_t offset) {
    return mmap(at, length, protection, flags, file, offset);
}
"""
"""Loaded before libc: aborts whoever maps one file, as an assertion of libsystemd does that such a file fails."""


def test_an_assertion_of_libsystemd(journald_host: Callable[..., JournaldHost], tmp_path: Path) -> None:
    """A file that makes libsystemd abort is found by that, also when it comes while the journal is followed."""
    host = journald_host()
    send(host, 1, 100)
    (tmp_path / "abort.c").write_text(ABORTING)
    library = tmp_path / "abort.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, tmp_path / "abort.c", "-ldl"], check=True)
    with FakeCollector() as collector:
        flags = ("--collector", collector.url, "--directory", host.log_directory, "--state-dir", tmp_path / "state")
        with Shipper(tmp_path / "log", *flags, LD_PRELOAD=str(library)) as shipper:
            collector.wait(lambda: len(numbers(collector)) == 100)
            directory = host.log_directory / host.machine_id
            deadly = directory / "system@deadly.journal"
            shutil.copy(directory / "system.journal", deadly)
            send(host, 101, 200)
            collector.wait(lambda: any(status["quarantined"] for status in collector.statuses))
            collector.wait(lambda: len(numbers(collector)) == 200)

            wait_until(lambda: f"journal file {deadly} is left out" in shipper.log())
            assert "kills the reader with SIGABRT" in shipper.log()
            assert shipper.stop() == 0
        assert numbers(collector) == list(range(1, 201))
        assert collector.statuses[-1]["quarantined"] == (str(deadly),)
        assert collector.gaps() == []
