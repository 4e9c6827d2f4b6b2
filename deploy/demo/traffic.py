"""What the services of the demo fleet say: invented, seeded, and shaped like the real thing."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Fields = dict[str, bytes]

_PATHS = ("/", "/cart", "/checkout", "/api/orders", "/api/search?q=lamp", "/static/app.js", "/login", "/healthz")
_AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64)",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5)",
    "curl/8.5.0",
    "kube-probe/1.29",
)
_USERS = ("alice", "bob", "carol", "deploy")
_INTRUDERS = (b"admin", b"oracle", b"test", b"\x1b[31mroot\x1b[0m", b"ub\xfcntu")
_TABLES = ("orders", "customers", "stock", "sessions")


@dataclass(frozen=True, slots=True)
class Message:
    """One thing said: its text, its syslog priority, and more fields."""

    text: bytes
    priority: int = 6
    fields: Fields = field(default_factory=dict)


def nginx(rng: random.Random) -> Message:
    """An access log line; now and then an error."""
    client = f"203.0.113.{rng.randrange(1, 255)}"
    if rng.random() < 0.02:
        upstream = f"http://10.0.3.{rng.randrange(2, 6)}:8080{rng.choice(_PATHS)}"
        return Message(f"upstream timed out (110) while reading response, client: {client}, {upstream}".encode(), 3)
    status = rng.choices((200, 304, 404, 499, 500, 502), (80, 8, 6, 2, 1, 1))[0]
    line = f'{client} "GET {rng.choice(_PATHS)} HTTP/2.0" {status} {rng.randrange(40_000)} "{rng.choice(_AGENTS)}"'
    return Message(line.encode(), 4 if status >= 500 else 6)


def shop_api(rng: random.Random) -> Message:
    """A Python service with structured fields; now and then a traceback over many lines."""
    request = f"{rng.getrandbits(64):016x}"
    extra = {"REQUEST_ID": request.encode(), "CODE_FILE": b"shop/orders.py", "CODE_FUNC": b"place_order"}
    roll = rng.random()
    if roll < 0.015:
        order = rng.randrange(10_000, 99_999)
        trace = (
            f"order {order} failed\nTraceback (most recent call last):\n"
            '  File "/srv/shop/orders.py", line 88, in place_order\n    payment.charge(order.total)\n'
            '  File "/srv/shop/payment.py", line 41, in charge\n    raise GatewayTimeout(self.gateway, 30)\n'
            "shop.payment.GatewayTimeout: no answer from pay.example.net within 30 s"
        )
        return Message(trace.encode(), 3, {**extra, "CODE_LINE": b"88", "ORDER_ID": str(order).encode()})
    if roll < 0.08:
        return Message(f"retrying payment, attempt {rng.randrange(2, 5)} of 5, request {request}".encode(), 4, extra)
    took = int(rng.lognormvariate(3.4, 0.8))
    extra["DURATION_MS"] = str(took).encode()
    return Message(f"POST /api/orders 201 in {took} ms, request {request}, Käufer zufrieden ✓".encode(), 6, extra)


def java_orders(rng: random.Random) -> Message:
    """A Java service that writes to stdout, a stack trace line by line included."""
    roll = rng.random()
    if roll < 0.05:
        return Message(b"java.lang.IllegalStateException: queue orders.incoming is full", 3)
    if roll < 0.15:
        return Message(f"\tat net.example.orders.Queue.offer(Queue.java:{rng.randrange(40, 400)})".encode(), 3)
    return Message(f"INFO  [worker-{rng.randrange(8)}] n.e.orders.Worker - order {rng.randrange(10**6)} done".encode())


def postgres(rng: random.Random) -> Message:
    """A database server."""
    roll = rng.random()
    table = rng.choice(_TABLES)
    if roll < 0.01:
        return Message(
            f"ERROR:  deadlock detected\nDETAIL:  Process {rng.randrange(9999)} waits on {table}".encode(), 3
        )
    if roll < 0.05:
        wal = rng.randrange(1000)
        return Message(f"LOG:  checkpoint complete: wrote {wal} buffers ({wal / 163.84:.1f}%)".encode(), 6)
    took = rng.lognormvariate(4, 1.2)
    query = f"SELECT * FROM {table} WHERE id = {rng.randrange(10**6)}"
    return Message(f"LOG:  duration: {took:.3f} ms  statement: {query}".encode(), 5 if took > 500 else 7)


def redis(rng: random.Random) -> Message:
    """A cache that saves in the background."""
    if rng.random() < 0.03:
        return Message(b"# Can't save in background: fork: Cannot allocate memory", 2)
    return Message(f"* {rng.randrange(1, 10_000)} changes in 60 seconds. Saving...".encode(), 5)


def postfix(rng: random.Random) -> Message:
    """A mail server, by syslog."""
    queue, to = f"{rng.getrandbits(40):010X}", f"{rng.choice(_USERS)}@example.org"
    status = rng.choices(("sent (250 2.0.0 Ok)", "deferred (connect: Connection timed out)"), (9, 1))[0]
    return Message(f"{queue}: to=<{to}>, delay={rng.random() * 5:.1f}, status={status}".encode(), 6)


def sshd(rng: random.Random) -> Message:
    """Logins; most fail, with names that nobody should trust."""
    client = f"198.51.100.{rng.randrange(1, 255)} port {rng.randrange(1024, 65535)}"
    if rng.random() < 0.25:
        return Message(f"Accepted publickey for {rng.choice(_USERS)} from {client} ssh2: ED25519".encode(), 6)
    return Message(b"Invalid user " + rng.choice(_INTRUDERS) + f" from {client}".encode(), 6)


def cron(rng: random.Random) -> Message:
    """Jobs that start."""
    job = rng.choice(("run-parts /etc/cron.hourly", "/usr/local/bin/sync-stock", "certbot -q renew"))
    return Message(f"({rng.choice(('root', 'www-data'))}) CMD ({job})".encode(), 6)


def systemd(rng: random.Random) -> Message:
    """The service manager, with the fields by which `-u` finds what it says about a unit."""
    unit = rng.choice(("logrotate.service", "apt-daily.service", "nginx.service", "backup.service"))
    if rng.random() < 0.15:
        failed = {"UNIT": unit.encode(), "MESSAGE_ID": b"d9b373ed55a64feb8242e02dbe79a49c", "UNIT_RESULT": b"exit-code"}
        return Message(f"{unit}: Failed with result 'exit-code'.".encode(), 4, failed)
    started = {"UNIT": unit.encode(), "MESSAGE_ID": b"39f53479d3a045ac8e11786248231fbf", "JOB_TYPE": b"start"}
    return Message(f"Started {unit}.".encode(), 6, started)


def backup(rng: random.Random) -> Message:
    """Binary fields: a checksum as raw bytes, and file names that are not UTF-8."""
    name = rng.choice((b"r\xe9sum\xe9.pdf", b"photos.tar", b"line one\nline two.txt", "счёт.ods".encode()))
    extra = {"BACKUP_SHA256": rng.randbytes(32), "BACKUP_FILE": name, "BACKUP_BYTES": str(rng.getrandbits(30)).encode()}
    return Message(b"stored " + name, 6, extra)


def coredump(rng: random.Random) -> Message:
    """A crash, with its long stack trace as a field."""
    frames = "\n".join(f"#{n}  0x{rng.getrandbits(47):016x} worker_loop (thumbs + 0x{n * 64:x})" for n in range(12))
    fields = {
        "MESSAGE_ID": b"fc2e22bc6ee647b6b90729ab34a250b1",
        "COREDUMP_EXE": b"/usr/bin/thumbs",
        "COREDUMP_SIGNAL": b"11",
        "COREDUMP_UNIT": b"thumbs.service",
    }
    pid = rng.randrange(300, 30_000)
    return Message(f"Process {pid} (thumbs) of user 33 dumped core.\n\n{frames}".encode(), 2, fields)


def syncthing(rng: random.Random) -> Message:
    """A service of a user's own manager."""
    return Message(f'Folder "Documents" is up to date, {rng.randrange(10**5)} items'.encode(), 6)


@dataclass(frozen=True, slots=True)
class Service:
    """Who says it: its unit, its process, how it reaches journald, and how often it speaks."""

    unit: str
    """A unit of system.slice, or a whole cgroup path."""
    identifier: str
    speak: Callable[[random.Random], Message]
    per_second: float
    uid: int = 0
    transport: str = "journal"
    """`journal` (the native protocol), `syslog` or `stdout`."""
    burst: int = 0
    """Messages at once, about every 40 s; 0 for an even speaker."""


_EVERYWHERE = (
    Service("/init.scope", "systemd", systemd, 0.3),
    Service("ssh.service", "sshd", sshd, 0.8, transport="syslog"),
    Service("cron.service", "CRON", cron, 0.2, transport="syslog"),
)
_ROLES: dict[str, tuple[Service, ...]] = {
    "web": (
        Service("nginx.service", "nginx", nginx, 12, uid=33, burst=400),
        Service("thumbs.service", "systemd-coredump", coredump, 0.03),
    ),
    "app": (
        Service("shop-api.service", "shop-api", shop_api, 8, uid=1001, burst=150),
        Service("orders.service", "java", java_orders, 4, uid=1002, transport="stdout"),
    ),
    "db": (
        Service("postgresql@15-main.service", "postgres", postgres, 10, uid=105, transport="stdout", burst=200),
        Service("backup.service", "backup", backup, 0.5),
    ),
    "cache": (Service("redis-server.service", "redis-server", redis, 2, uid=106, transport="stdout"),),
    "mail": (
        Service("postfix@-.service", "postfix/smtp", postfix, 3, uid=107, transport="syslog"),
        Service(
            "/user.slice/user-1000.slice/user@1000.service/app.slice/syncthing.service",
            "syncthing",
            syncthing,
            0.3,
            1000,
        ),
    ),
}


def hosts(count: int) -> Iterator[tuple[str, tuple[Service, ...]]]:
    """Host names of a fleet of `count`, and what runs on each: `web-1.example.net`, `app-1…`, then the twos."""
    roles = list(_ROLES)
    for n in range(count):
        role = roles[n % len(roles)]
        yield f"{role}-{n // len(roles) + 1}.example.net", (*_ROLES[role], *_EVERYWHERE)
