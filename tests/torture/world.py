"""What is tortured: hosts with writers and shippers, the network between, and the collector on a small disk."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.integration.programs import BIN, Collector, Program, shipper, wait_until
from tests.integration.test_fleet import WRITER
from tests.lab.clock import LabClock
from tests.lab.journald import JournaldHost
from tests.torture.books import Books
from tests.torture.proxy import Proxy

DISK_BYTES = 3 * 1024**3
"""Of the collector's own file system, which is in memory and takes only what is used."""


class Node:
    """One host, its writer, its shipper and its way to the collector."""

    def __init__(self, number: int, directory: Path, collector: Collector, stack: ExitStack) -> None:
        self.name = f"node-{number}"
        home = directory / self.name
        home.mkdir(parents=True)
        self.clock = LabClock(home)
        clock = self.clock.environment
        made = JournaldHost(home / "host", self.name, environment=clock, max_file_size="8M", max_use="4G")
        self.host = stack.enter_context(made)
        self.proxy = stack.enter_context(Proxy(int(collector.url.rpartition(":")[2])))
        self.shipper: Program = shipper(collector, home / "shipper", "--directory", self.host.log_directory)
        url = f"http://127.0.0.1:{self.proxy.port}"
        self.shipper.argv[self.shipper.argv.index(collector.url)] = url
        stack.enter_context(self.shipper)
        self._writer = self.host.popen([sys.executable, WRITER], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        stack.callback(self._end_writer)
        self.written = 0

    def write(self, count: int) -> None:
        """Let the writer send so many entries; returns when journald has taken them."""
        assert self._writer.stdin is not None
        assert self._writer.stdout is not None
        self._writer.stdin.write(b"%d\n" % count)
        self._writer.stdin.flush()
        assert self._writer.stdout.readline() == b"%d\n" % count
        self.written += count

    def look(self, books: Books) -> None:
        """Enter everything that is in its journal."""
        self.host.sync()
        books.look(self.host.machine_id, str(self.host.log_directory))

    def kill_reader(self) -> None:
        """Kill the child of the shipper that reads the journal."""
        assert self.shipper.process is not None
        pid = self.shipper.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for child in children[:1]:
            with suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)

    def finish(self) -> None:
        """End the writer."""
        assert self._writer.stdin is not None
        self._writer.stdin.close()
        assert self._writer.wait() == 0

    def _end_writer(self) -> None:
        """However the run ended."""
        self._writer.kill()
        for pipe in (self._writer.stdin, self._writer.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._writer.wait()


class World:
    """Everything together. A context manager."""

    def __init__(self, directory: Path, hosts: int) -> None:
        self.directory = directory
        self.books = Books()
        self.collector = Collector(directory)
        self.nodes: list[Node] = []
        self._hosts = hosts
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            disk = self.directory / "collector"
            disk.mkdir(parents=True)
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "torture", str(disk)], check=True)
            stack.callback(lambda: subprocess.run(["umount", "--lazy", str(disk)], check=False))
            stack.enter_context(self.collector)
            for number in range(self._hosts):
                self.nodes.append(Node(number, self.directory, self.collector, stack))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    # The collector's disk.

    def fill_disk(self) -> None:
        """Leave no byte free."""
        with self._balloon.open("wb", buffering=0) as file, suppress(OSError):
            os.posix_fallocate(file.fileno(), 0, self._free())
            while True:
                file.seek(0, os.SEEK_END)
                file.write(bytes(4096))

    def free_disk(self) -> None:
        """Give the space back."""
        self._balloon.unlink(missing_ok=True)

    @property
    def _balloon(self) -> Path:
        return self.directory / "collector" / "balloon"

    def _free(self) -> int:
        space = os.statvfs(self.directory / "collector")
        return space.f_bavail * space.f_frsize

    def verify(self) -> subprocess.CompletedProcess[str]:
        """`journalhub verify` on the data of the collector, which must have ended."""
        command = [str(BIN / "journalhub"), "verify", "--data-dir", str(self.directory / "collector")]
        return subprocess.run(command, capture_output=True, text=True, check=False)


def settle(what: str, holds: Callable[[], object]) -> None:
    """Wait until the world has come to rest."""
    wait_until(what, holds, 600.0)
