"""A realistic journal of a small fleet, the same bytes for the same seed.

Nothing but `random.Random(seed)` feeds the choices, and the wall clock is never read.
"""

import hashlib
import random
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import accumulate

from bench.vocabulary import UNITS, USERS, WORDS, Unit
from journalhub.journal.entry import Entry

NEEDLE = "quokkaflux7"
"""A word that stands in exactly one entry, at 61.8 % of the corpus."""

DAY = 86_400_000_000
START = 1_750_032_000_000_000
"""2025-06-16T00:00:00Z in microseconds: a day of the past, so that a corpus never depends on the clock."""

INVOCATIONS_PER_UNIT = 8
"""Restarts of a unit on a host over the day; each is an origin of its own."""


class Filler:
    """Fills the `{…}` of a template."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._fill: dict[str, Callable[[], str]] = {
            "ip": lambda: f"10.{self._below(4)}.{self._below(256)}.{self._below(256)}",
            "port": lambda: str(1024 + self._below(64000)),
            "n": lambda: str(self._below(10 ** (1 + self._below(5)))),
            "hex": lambda: f"{self._rng.getrandbits(48):012x}",
            "uuid": self._uuid,
            "word": lambda: WORDS[int(len(WORDS) * self._rng.random() ** 2)],
            "user": lambda: USERS[self._below(len(USERS))],
        }

    def __call__(self, template: str) -> str:
        pieces = template.replace("{{", "\0").replace("}}", "\1").split("{")
        filled = [pieces[0]]
        for piece in pieces[1:]:
            name, _, rest = piece.partition("}")
            filled += (self._fill[name](), rest)
        return "".join(filled).replace("\0", "{").replace("\1", "}")

    def _below(self, n: int) -> int:
        return int(self._rng.random() * n)

    def _uuid(self) -> str:
        digits = f"{self._rng.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


class Host:
    """One machine: its ids, its sequence, and the origin fields of each unit's invocations."""

    def __init__(self, name: str, rng: random.Random) -> None:
        self.machine_id, self.boot_id, self.seqnum_id = (rng.getrandbits(128).to_bytes(16, "big") for _ in range(3))
        self.seqnum = rng.randrange(1, 1_000_000)
        self.booted = START - rng.randrange(DAY, 90 * DAY)
        self._name = name.encode()
        self._origins = {unit: [self._origin(unit, rng) for _ in range(INVOCATIONS_PER_UNIT)] for unit in UNITS}

    def origin(self, unit: Unit, share_of_day: float) -> tuple[tuple[str, bytes], ...]:
        """The origin fields of `unit`'s invocation that runs at this part of the day."""
        return self._origins[unit][int(share_of_day * INVOCATIONS_PER_UNIT)]

    def _origin(self, unit: Unit, rng: random.Random) -> tuple[tuple[str, bytes], ...]:
        fields = {
            "_HOSTNAME": self._name,
            "_MACHINE_ID": self.machine_id.hex().encode(),
            "_RUNTIME_SCOPE": b"system",
            "_TRANSPORT": unit.transport.encode(),
            "SYSLOG_FACILITY": b"0" if unit.transport == "kernel" else b"3",
            "SYSLOG_IDENTIFIER": unit.identifier.encode(),
        }
        if unit.name:
            slice_ = "" if unit.name == "init.scope" else "/system.slice"
            fields |= {
                "_UID": str(unit.uid).encode(),
                "_GID": str(unit.uid).encode(),
                "_COMM": unit.identifier.encode(),
                "_EXE": unit.exe.encode(),
                "_CMDLINE": f"{unit.exe} --config /etc/{unit.identifier}.conf".encode(),
                "_CAP_EFFECTIVE": b"1ffffffffff" if unit.uid == 0 else b"0",
                "_SELINUX_CONTEXT": b"unconfined\n",
                "_SYSTEMD_CGROUP": f"{slice_}/{unit.name}".encode(),
                "_SYSTEMD_UNIT": unit.name.encode(),
                "_SYSTEMD_SLICE": b"system.slice",
                "_SYSTEMD_INVOCATION_ID": f"{rng.getrandbits(128):032x}".encode(),
            }
        return tuple(fields.items())


def entries(count: int, hosts: int = 20, seed: int = 1, days: int = 1) -> Iterator[Entry]:
    """`count` entries of `hosts` machines over one day or more, in time order, from `seed`."""
    rng = random.Random(seed)
    fill = Filler(rng)
    fleet = [Host(f"{kind}-{at:02d}.example", rng) for at, kind in zip(range(hosts), _kinds(), strict=False)]
    units = list(accumulate(unit.weight for unit in UNITS))
    templates = {unit: list(accumulate(weight for weight, _, _ in unit.templates)) for unit in UNITS}
    pids = {(host, unit): rng.randrange(300, 60_000) for host in fleet for unit in UNITS}
    needle_at = int(count * 0.618)
    for number in range(count):
        host = fleet[int(rng.random() ** 1.5 * hosts)]
        unit = UNITS[bisect_right(units, rng.random() * units[-1])]
        _, priority, template = unit.templates[bisect_right(templates[unit], rng.random() * templates[unit][-1])]
        message = fill(template)
        if number == needle_at:
            message += f" {NEEDLE}"
        realtime = START + (number * days * DAY + int(rng.random() * days * DAY)) // count
        yield _entry(host, unit, priority, message, realtime, pids[host, unit], rng)


def _entry(host: Host, unit: Unit, priority: int, message: str, realtime: int, pid: int, rng: random.Random) -> Entry:
    host.seqnum += 1
    own = [("PRIORITY", str(priority).encode()), ("MESSAGE", message.encode())]
    if unit.transport != "kernel":
        own.append(("_PID", str(pid).encode()))
    if unit.transport == "stdout":
        own.append(("_STREAM_ID", hashlib.md5(f"{pid}".encode(), usedforsecurity=False).hexdigest().encode()))
    else:
        own.append(("_SOURCE_REALTIME_TIMESTAMP", str(realtime - 20 - int(rng.random() * 200)).encode()))
    if unit.identifier == "systemd":
        own += [("CODE_FILE", b"src/core/job.c"), ("CODE_LINE", b"768"), ("JOB_TYPE", b"start")]
    return Entry(
        host.seqnum_id,
        host.seqnum,
        host.boot_id,
        realtime - host.booted,
        realtime,
        rng.getrandbits(64),
        (*host.origin(unit, (realtime - START) / DAY % 1), *own),
    )


def _kinds() -> Iterator[str]:
    while True:
        yield from ("web", "db", "node", "app")
