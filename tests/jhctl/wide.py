"""A journal with what machines rarely write all at once: invocations, users, catalogs, coredumps, audit, huge values.

Three boots, and a clock that is put forward within the second. Everything is drawn from one seed.
"""

import random
from collections.abc import Iterator

from tests.output.journals import EPOCH, Field

BOOTS = ("0b" * 16, "1b" * 16, "2b" * 16)
MACHINE = "5a" * 16
STARTED, SUPPRESSED = "39f53479d3a045ac8e11786248231fbf", "a596d6fe7bfa4994828e72309e95d61e"
COREDUMP = "fc2e22bc6ee647b6b90729ab34a250b1"
UNITS = ("ssh.service", "cron.service", "nginx.service")

Entry = tuple[int, int, str, tuple[Field, ...]]


def entries() -> Iterator[Entry]:
    """(realtime, monotonic, boot, fields) of each entry."""
    chance = random.Random(252257)
    realtime = EPOCH
    for number, boot in enumerate(BOOTS):
        realtime += 7_200_000_000
        monotonic = 0
        for run in range(3):
            for unit in UNITS:
                for fields in _invocation(chance, unit, f"{number + 1}{run}{UNITS.index(unit)}e" * 8):
                    step = chance.randrange(1, 9_000_000)
                    realtime, monotonic = realtime + step, monotonic + step
                    yield realtime, monotonic, boot, (("_HOSTNAME", "db-1"), ("_MACHINE_ID", MACHINE), *fields)
            if number == 1 and run == 1:
                realtime += 3_600_000_000


def _invocation(chance: random.Random, unit: str, invocation: str) -> Iterator[tuple[Field, ...]]:
    """What is written while a unit runs once."""
    manager: tuple[Field, ...] = (("_PID", "1"), ("_UID", "0"), ("_SYSTEMD_CGROUP", "/init.scope"))
    manager = (*manager, ("_SYSTEMD_UNIT", "init.scope"), ("SYSLOG_IDENTIFIER", "systemd"), ("UNIT", unit))
    manager = (*manager, ("INVOCATION_ID", invocation), ("PRIORITY", "6"), ("JOB_ID", str(chance.randrange(9000))))
    yield (*manager, ("MESSAGE", f"Started {unit}."), ("MESSAGE_ID", STARTED), ("JOB_RESULT", "done"))
    for _ in range(chance.randrange(2, 6)):
        yield _own(chance, unit, invocation)
    yield _rare(chance, unit)
    yield (*manager, ("MESSAGE", f"{unit}: Deactivated successfully."))


def _own(chance: random.Random, unit: str, invocation: str) -> tuple[Field, ...]:
    message = chance.choice(
        (
            f"accepted {chance.randrange(99)} connections",
            "Failed\tto \x1b[31mopen\x1b[0m file",
            "Über–größe naïve café",
            "first line\nsecond line\n\nlast",
            "x" * chance.choice((60, 299, 300, 301, 5000)),
            "timeout after 5 s\r",
        )
    )
    return (
        ("_TRANSPORT", chance.choice(("syslog", "stdout", "journal"))),
        ("SYSLOG_IDENTIFIER", unit.removesuffix(".service")),
        ("SYSLOG_FACILITY", chance.choice(("3", "4", "10"))),
        ("_SYSTEMD_UNIT", unit),
        ("_SYSTEMD_SLICE", "system.slice"),
        ("_SYSTEMD_INVOCATION_ID", invocation),
        ("_PID", str(chance.randrange(300, 310))),
        ("_UID", chance.choice(("0", "33"))),
        ("PRIORITY", str(chance.randrange(8))),
        ("MESSAGE", message),
    )


def _rare(chance: random.Random, unit: str) -> tuple[Field, ...]:
    """An entry of a kind that there is little of."""
    kinds: tuple[tuple[Field, ...], ...] = (
        (
            *(("_TRANSPORT", "kernel"), ("SYSLOG_IDENTIFIER", "kernel"), ("SYSLOG_FACILITY", "0"), ("PRIORITY", "4")),
            ("MESSAGE", "eth0: link down"),
        ),
        (
            *(("_TRANSPORT", "audit"), ("SYSLOG_IDENTIFIER", "audit"), ("_AUDIT_TYPE", "1130"), ("_PID", "1")),
            ("MESSAGE", f"SERVICE_START pid=1 uid=0 unit={unit}"),
        ),
        (
            *(("MESSAGE_ID", COREDUMP), ("_UID", "0"), ("COREDUMP_UNIT", unit), ("PRIORITY", "2"), ("_PID", "999")),
            *(("COREDUMP_PID", "42"), ("COREDUMP_COMM", "app"), ("SYSLOG_IDENTIFIER", "systemd-coredump")),
            *(("MESSAGE", f"Process 42 of {unit} dumped core.\n\n    #0 main"), ("COREDUMP", bytes(range(256)) * 40)),
        ),
        (
            *(("_UID", "1000"), ("_SYSTEMD_UNIT", "user@1000.service"), ("_SYSTEMD_USER_UNIT", "app.service")),
            *(("USER_UNIT", "app.service"), ("SYSLOG_IDENTIFIER", "app"), ("_PID", "1234"), ("PRIORITY", "5")),
            ("MESSAGE", "of a user's unit"),
        ),
        (
            *(("_NAMESPACE", "web"), ("SYSLOG_IDENTIFIER", "in-namespace"), ("_UID", "0"), ("_PID", "77")),
            *(("MESSAGE", "Suppressed 7 messages"), ("MESSAGE_ID", SUPPRESSED), ("N_DROPPED", "7")),
        ),
        (("_COMM", "odd"), ("BLOB", bytes(chance.randrange(256) for _ in range(20))), ("MESSAGE", b"\xff\x00binary")),
        (("_UID", "0"), ("OBJECT_SYSTEMD_UNIT", unit), ("SYSLOG_IDENTIFIER", "polkitd"), ("MESSAGE", "asked")),
        (("SYSLOG_IDENTIFIER", "no-message"), ("_PID", "5"), ("DETAIL", "one"), ("DETAIL", "two")),
    )
    return chance.choice(kinds)
