"""A small fleet on a bad evening: entries as five hosts would log them, the same for the same seed and end."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from zlib import crc32

from journalhub.journal.entry import Entry

HOSTS = ("web-1", "web-2", "db-1", "cache-1", "build-1")

Say = Callable[[random.Random], tuple[int, str]]
"""(priority, message)"""

PATHS = (
    "/",
    "/login",
    "/api/orders",
    "/api/orders/8817",
    "/api/users/me",
    "/static/app.css",
    "/healthz",
    "/api/search",
)


def _one(dice: random.Random, weights: tuple[float, ...], lines: tuple[tuple[int, str], ...]) -> tuple[int, str]:
    return dice.choices(lines, weights)[0]


def _access(dice: random.Random) -> tuple[int, str]:
    status = dice.choices((200, 304, 404, 499, 502), (80, 8, 5, 2, 5))[0]
    took = dice.expovariate(1 / 40)
    path = dice.choice(PATHS)
    return 6, f'10.0.{dice.randrange(4)}.{dice.randrange(2, 250)} "GET {path} HTTP/1.1" {status} {took:.0f}ms'


def _upstream(dice: random.Random) -> tuple[int, str]:
    return dice.choice(
        (
            (3, "connect() failed (111: Connection refused) while connecting to upstream, upstream: 10.0.1.20:8080"),
            (4, "upstream server temporarily disabled while connecting to upstream"),
            (
                4,
                f"a client request body is buffered to a temporary file /var/lib/nginx/{dice.randrange(10**6):010}",
            ),
        )
    )


def _postgres(dice: random.Random) -> tuple[int, str]:
    return _one(
        dice,
        (12, 9, 1, 1.5, 6),
        (
            (6, f"LOG:  checkpoint complete: wrote {dice.randrange(20, 900)} buffers ({dice.random() * 4:.1f}%)"),
            (
                6,
                f"LOG:  duration: {dice.randrange(250, 4000)} ms  statement: SELECT * FROM orders WHERE id = $1",
            ),
            (4, "WARNING:  there is already a transaction in progress"),
            (3, "ERROR:  deadlock detected"),
            (6, 'LOG:  automatic vacuum of table "shop.public.orders": index scans: 1'),
        ),
    )


def _redis(dice: random.Random) -> tuple[int, str]:
    return _one(
        dice,
        (9, 9, 6, 0.6),
        (
            (6, f"{dice.randrange(100, 20000)} changes in 60 seconds. Saving..."),
            (6, "Background saving terminated with success"),
            (5, "DB saved on disk"),
            (4, "WARNING Memory overcommit must be enabled! Without it, a background save may fail"),
        ),
    )


def _shop(dice: random.Random) -> tuple[int, str]:
    order = dice.randrange(80000, 99999)
    return _one(
        dice,
        (20, 18, 12, 8, 1, 0.5),
        (
            (6, f"order {order} placed, {dice.randrange(1, 9)} items, payment pending"),
            (6, f"order {order} paid"),
            (7, f"cache miss for session {dice.randrange(16**8):08x}"),
            (7, f"pool: {dice.randrange(1, 20)} of 20 connections in use"),
            (4, f"payment provider answered after {dice.randrange(1500, 9000)} ms, retrying order {order}"),
            (3, f"order {order}: payment failed: timeout after 30000 ms"),
        ),
    )


def _ssh(dice: random.Random) -> tuple[int, str]:
    address = f"203.0.113.{dice.randrange(2, 250)}"
    user, port = dice.choice(("admin", "oracle", "test")), dice.randrange(40000, 60000)
    return dice.choice(
        (
            (6, f"Failed password for invalid user {user} from {address} port {port} ssh2"),
            (6, f"Connection closed by authenticating user root {address} port {port} [preauth]"),
            (6, "Accepted publickey for deploy from 10.0.9.3 port 40222 ssh2: ED25519 SHA256:7c3Kq0"),
        )
    )


def _kernel(dice: random.Random) -> tuple[int, str]:
    return dice.choice(
        (
            (6, "eth0: renamed from veth4c1a9e2"),
            (5, 'audit: type=1400 apparmor="DENIED" operation="open" profile="/usr/sbin/cupsd"'),
            (4, "TCP: request_sock_TCP: Possible SYN flooding on port 443. Sending cookies."),
        )
    )


def _timer(dice: random.Random) -> tuple[int, str]:
    return dice.choice(
        ((6, "Started logrotate.service - Rotate log files."), (6, "apt-daily.service: Deactivated successfully."))
    )


def _runner(dice: random.Random) -> tuple[int, str]:
    return _one(
        dice,
        (18, 4, 0.5),
        (
            (6, f"\x1b[32m✓\x1b[0m test_orders_{dice.randrange(400)} \x1b[2m({dice.randrange(4, 90)} ms)\x1b[0m"),
            (6, f"job {dice.randrange(2000, 3000)}: cloning repository"),
            (3, f"\x1b[31mFAIL\x1b[0m test_checkout_{dice.randrange(40)}: expected 200, got 502"),
        ),
    )


@dataclass(frozen=True)
class Program:
    """What runs on some hosts."""

    hosts: tuple[str, ...]
    unit: str
    identifier: str
    weight: float
    say: Say
    transport: str = "syslog"


PROGRAMS = (
    Program(("web-1", "web-2"), "nginx.service", "nginx", 30, _access),
    Program(("web-1", "web-2"), "nginx.service", "nginx", 0.4, _upstream),
    Program(("web-1", "web-2"), "shop.service", "shop", 14, _shop, "stdout"),
    Program(("db-1",), "postgresql@15-main.service", "postgres", 9, _postgres),
    Program(("cache-1",), "redis-server.service", "redis-server", 4, _redis, "stdout"),
    Program(HOSTS, "ssh.service", "sshd", 3, _ssh),
    Program(HOSTS, "", "kernel", 0.5, _kernel, "kernel"),
    Program(HOSTS, "init.scope", "systemd", 1.5, _timer, "journal"),
    Program(("build-1",), "ci-runner.service", "ci-runner", 6, _runner, "stdout"),
)


def machine_id(host: str) -> bytes:
    """The machine id of a host, as text."""
    return random.Random(host).randbytes(16).hex().encode()


@dataclass
class Fleet:
    """Hands out entries of hosts, each with seqnums of its own."""

    seqnums: dict[str, int] = field(default_factory=dict)

    def entry(self, host: str, realtime: int, *fields: tuple[str, bytes]) -> Entry:
        """One entry of `host` at `realtime` µs, with these fields and those that journald adds."""
        seqnum = self.seqnums[host] = self.seqnums.get(host, 0) + 1
        ids = random.Random(f"ids of {host}")
        seqnum_id, boot_id = ids.randbytes(16), ids.randbytes(16)
        trusted = (("_HOSTNAME", host.encode()), ("_MACHINE_ID", machine_id(host)))
        return Entry(
            seqnum_id, seqnum, boot_id, realtime % 10**12, realtime, crc32(repr(fields).encode()), (*fields, *trusted)
        )

    def line(self, host: str, realtime: int, message: str, priority: int = 6, identifier: str = "app") -> Entry:
        """One plain entry of a service."""
        return self.entry(
            host,
            realtime,
            ("MESSAGE", message.encode()),
            ("PRIORITY", b"%d" % priority),
            ("SYSLOG_IDENTIFIER", identifier.encode()),
            ("_SYSTEMD_UNIT", f"{identifier}.service".encode()),
            ("_PID", b"4711"),
            ("_TRANSPORT", b"journal"),
        )

    def evening(self, end: int, *, seconds: float, number: int, seed: int = 7) -> Iterator[Entry]:
        """`number` entries over the `seconds` before `end` (µs), rising in time, with a burst of trouble in them."""
        dice = random.Random(seed)
        moments = sorted(_moment(dice, at, number) for at in range(number))
        for part in moments:
            trouble = 0.62 < part < 0.66
            weights = [program.weight * (40 if trouble and program.say is _upstream else 1) for program in PROGRAMS]
            program = dice.choices(PROGRAMS, weights)[0]
            priority, message = program.say(dice)
            unit = (("_SYSTEMD_UNIT", program.unit.encode()),) if program.unit else ()
            pid = b"%d" % (600 + PROGRAMS.index(program) * 37)
            yield self.entry(
                dice.choice(program.hosts),
                end - int((1 - part) * seconds * 1e6),
                ("PRIORITY", b"%d" % priority),
                ("SYSLOG_FACILITY", b"0" if program.transport == "kernel" else b"3"),
                ("SYSLOG_IDENTIFIER", program.identifier.encode()),
                ("MESSAGE", message.encode()),
                ("_PID", pid),
                ("_COMM", program.identifier[:15].encode()),
                ("_EXE", f"/usr/sbin/{program.identifier}".encode()),
                ("_UID", b"0"),
                ("_TRANSPORT", program.transport.encode()),
                ("_SYSTEMD_CGROUP", f"/system.slice/{program.unit}".encode()),
                *unit,
            )


def _moment(dice: random.Random, at: int, number: int) -> float:
    """0..1: even, a slow wave, and a burst in the trouble."""
    if at % 12 == 0:
        return dice.uniform(0.615, 0.665)
    part = dice.random()
    return part if dice.random() < 0.6 + 0.4 * abs(((part * 3) % 2) - 1) else dice.random()
