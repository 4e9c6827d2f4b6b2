"""Runs inside a demo host: one process per service, in its cgroup and under its user, that speaks to journald.

`python -m deploy.demo.sender HOSTNAME` reads a JSON object from stdin: `{"hosts": int, "seed": int, "backlog": int,
"cgroups": {unit: [files]}}`. With a backlog each service says its share of so many messages at once and ends;
without one it speaks on.
"""

import json
import os
import random
import socket
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

from deploy.demo.traffic import Message, Service, hosts

RUN = "/run/systemd/journal"
BURST_EVERY = 40.0
"""Seconds between bursts, on average."""

Send = Callable[[Message], None]


def native(service: Service) -> Send:
    """By the native protocol, as sd_journal_send(3) does: any field, any bytes."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.connect(f"{RUN}/socket")
    name = {"SYSLOG_IDENTIFIER": service.identifier.encode()}

    def send(message: Message) -> None:
        fields = {"MESSAGE": message.text, "PRIORITY": str(message.priority).encode(), **name, **message.fields}
        sock.send(b"".join(k.encode() + b"\n" + struct.pack("<Q", len(v)) + v + b"\n" for k, v in fields.items()))

    return send


def syslog(service: Service) -> Send:
    """As syslog(3) does, with facility daemon."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.connect(f"{RUN}/dev-log")
    tag = f"{service.identifier}[{os.getpid()}]: ".encode()

    def send(message: Message) -> None:
        sock.send(f"<{3 * 8 + message.priority}>".encode() + tag + message.text)

    return send


def stdout(service: Service) -> Send:
    """As a service's standard output: one entry per line."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.connect(f"{RUN}/stdout")
    sock.sendall(
        f"{service.identifier}\n\n6\n1\n0\n0\n0\n".encode()
    )  # identifier, unit, priority, level prefixes, no forwards

    def send(message: Message) -> None:
        sock.sendall(b"".join(b"<%d>%s\n" % (message.priority, line) for line in message.text.split(b"\n")))

    return send


TRANSPORTS: dict[str, Callable[[Service], Send]] = {"journal": native, "syslog": syslog, "stdout": stdout}


def become(service: Service, cgroups: list[str]) -> None:
    """Take on what journald records of a sender: cgroup, name, user."""
    for procs in cgroups:
        Path(procs).write_text("0")
    Path("/proc/self/comm").write_text(service.identifier[:15])
    os.setgroups([])
    os.setgid(service.uid)
    os.setuid(service.uid)


def speak(service: Service, rng: random.Random, backlog: int, parent: int) -> None:
    """Say `backlog` messages and end, or without one speak on until the parent is gone."""
    send = TRANSPORTS[service.transport](service)
    for _ in range(backlog):
        send(service.speak(rng))
    while not backlog and os.getppid() == parent:
        time.sleep(min(30.0, rng.expovariate(service.per_second)))
        many = service.burst if rng.random() < 1 / (BURST_EVERY * service.per_second) else 1
        for _ in range(max(1, many)):
            send(service.speak(rng))


def main() -> int:
    """Fork one process per service, and wait for them."""
    order = json.load(sys.stdin)
    services = dict(hosts(order["hosts"]))[sys.argv[1]]
    total = sum(service.per_second for service in services)
    parent = os.getpid()
    for n, service in enumerate(services):
        if os.fork() == 0:
            try:
                become(service, order["cgroups"].get(service.unit, []))
                share = round(order["backlog"] * service.per_second / total)
                speak(
                    service, random.Random(order["seed"] * 1000 + n), max(1, share) if order["backlog"] else 0, parent
                )
            except (ConnectionError, FileNotFoundError):
                os._exit(0)  # journald is gone: the host goes down or reboots
            os._exit(0)
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return 0


if __name__ == "__main__":
    sys.exit(main())
