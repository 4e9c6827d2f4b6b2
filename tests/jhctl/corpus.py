"""A journal of one machine over three boots, seeded: units, kernel, daemons, priorities, traces, binary values."""

import random
from collections.abc import Iterator

from tests.output.journals import EPOCH, Field

BOOTS = ("0b" * 16, "1b" * 16, "2b" * 16)
ENTRIES_PER_BOOT = 120
MACHINE = "5a" * 16

_SERVICES = ("ssh", "cron", "nginx", "postgresql", "app-worker")
_MESSAGES = (
    "Connection from 10.0.0.{} port 22",
    "request {} started",
    "request {} failed: timeout",
    "worker {} Started job",
    "Traceback {}:\n  File x.py\nValueError: bad",
    "tab\tand {} \x1b[1mbold\x1b[0m",
)


def entries() -> Iterator[tuple[int, int, str, tuple[Field, ...]]]:
    """(realtime, monotonic, boot, fields) of each entry; every draw comes from one seed."""
    chance = random.Random(20231114)
    realtime = EPOCH
    for boot in BOOTS:
        realtime += 3_600_000_000
        started = realtime
        for _ in range(ENTRIES_PER_BOOT):
            realtime += chance.randrange(1, 30_000_000)
            yield realtime, realtime - started, boot, _fields(chance, realtime)


def _fields(chance: random.Random, realtime: int) -> tuple[Field, ...]:
    host: tuple[Field, ...] = (("_HOSTNAME", "db-1"), ("_MACHINE_ID", MACHINE))
    message = chance.choice(_MESSAGES).format(chance.randrange(100))
    priority = str(chance.choice((2, 3, 4, 5, 6, 6, 6, 7)))
    kind = chance.randrange(10)
    if kind == 0:
        kernel = (("_TRANSPORT", "kernel"), ("SYSLOG_FACILITY", "0"), ("SYSLOG_IDENTIFIER", "kernel"))
        return (*host, *kernel, ("PRIORITY", priority), ("MESSAGE", message))
    if kind == 1:
        unit = f"{chance.choice(_SERVICES)}.service"
        pid1: tuple[Field, ...] = (("_PID", "1"), ("_UID", "0"), ("UNIT", unit), ("SYSLOG_IDENTIFIER", "systemd"))
        return (*host, *pid1, ("_SYSTEMD_UNIT", "init.scope"), ("PRIORITY", "6"), ("MESSAGE", f"Started {unit}."))
    if kind == 2:
        return (*host, ("_COMM", "odd"), ("BLOB", bytes(chance.randrange(256) for _ in range(20))), ("_UID", "1000"))
    name = chance.choice(_SERVICES)
    own: tuple[Field, ...] = (
        ("_TRANSPORT", chance.choice(("syslog", "stdout"))),
        ("SYSLOG_IDENTIFIER", name),
        ("SYSLOG_FACILITY", str(chance.choice((3, 10)))),
        ("_SYSTEMD_UNIT", f"{name}.service"),
        ("_SYSTEMD_SLICE", "system.slice"),
        ("_PID", str(chance.randrange(200, 210))),
        ("_UID", str(chance.choice((0, 33)))),
        ("_SOURCE_REALTIME_TIMESTAMP", str(realtime - chance.randrange(1000))),
    )
    return (*host, *own, ("PRIORITY", priority), ("MESSAGE", message))
