"""A fleet of real journald hosts on one machine, busy like the real thing."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.lab.journald import JournaldHost

from deploy.demo.traffic import Service, hosts

BACKLOG = 600
"""Messages that a host has in its journal from the boot before the present one."""


class Fleet:
    """`count` hosts below `directory`; a context manager. Journals and machine ids stay from one use to the next."""

    def __init__(self, directory: Path, count: int, root: Path) -> None:
        """`root` is the checkout: the senders inside the hosts run from it."""
        self._count = count
        self._root = root
        self._services: list[Sequence[Service]] = []
        self._senders: list[subprocess.Popen[bytes]] = []
        self.hosts: list[JournaldHost] = []
        for name, services in hosts(count):
            kept = directory / name / "machine-id"
            machine_id = kept.read_text().strip() if kept.is_file() else None
            self.hosts.append(JournaldHost(directory / name, name, machine_id=machine_id, max_use="64M"))
            self._services.append(services)

    def start(self, progress: Callable[[str], None]) -> None:
        """Bring all hosts up: a boot with a burst of messages, a reboot, then traffic that goes on until `stop`."""
        for n, (host, services) in enumerate(zip(self.hosts, self._services, strict=True)):
            progress(f"{host.hostname} ({n + 1} of {self._count})")
            host.up()
            self._send(host, services, n, BACKLOG).wait()
            host.sync()
            host.reboot()
            self._senders.append(self._send(host, services, n, 0))

    def stop(self) -> None:
        """End all hosts and everything in them."""
        for host in self.hosts:
            host.down()
        for sender in self._senders:
            sender.kill()
            sender.wait()
        self._senders.clear()

    def _send(self, host: JournaldHost, services: Sequence[Service], n: int, backlog: int) -> subprocess.Popen[bytes]:
        """Start the sender of one host: with a backlog it ends by itself."""
        cgroups = {service.unit: [str(file) for file in host.cgroup_files(service.unit)] for service in services}
        order = {"hosts": self._count, "seed": n + 100 * host.boots, "backlog": backlog, "cgroups": cgroups}
        argv = [sys.executable, "-m", "deploy.demo.sender", host.hostname]
        sender = host.popen(argv, stdin=subprocess.PIPE, cwd=self._root, start_new_session=True)
        assert sender.stdin is not None
        sender.stdin.write(json.dumps(order).encode())
        sender.stdin.close()
        return sender

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
