"""Entries of a small made-up fleet: bursts of equal times, boots that two machines share, odd values."""

import random
from collections.abc import Sequence

from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry
from journalhub.store.contract import Store

START = 1_760_000_000_000_000
"""Microseconds: the first entry, 2025-10-09 08:53:20 UTC."""

HOSTS = ("web-1", "web-2", "db-1")
UNITS = ("nginx.service", "sshd.service", "session-1.scope", "session-2.scope", "system.slice", "café.service")
WORDS = ("connection", "refused", "Failed", "password", "for", "disk", "full", "ok", "naïve", "x86", "42", "404")

Fields = list[tuple[str, bytes]]


def machine_id(host: str) -> bytes:
    """The machine id of one of HOSTS."""
    return b"%032x" % (0xAA00 + HOSTS.index(host))


def seqnum_id(host: str) -> bytes:
    """The id of the sequence that a host numbers its entries in."""
    return b"seq" + host.encode().ljust(13, b".")


def make_entries(count: int, seed: int = 1) -> list[Entry]:
    """`count` entries of all hosts mixed, rising in time with many ties, over three boots of each host."""
    rng = random.Random(seed)
    seqnums = dict.fromkeys(HOSTS, 0)
    now = START
    entries = []
    for number in range(count):
        if rng.random() < 0.3:
            now += rng.choice((1, 1000, 60_000_000, 3_600_000_000))
        host = rng.choice(HOSTS)
        seqnums[host] += 1
        entries.append(_entry(rng, host, seqnums[host], now, number * 3 // count))
    return entries


def _entry(rng: random.Random, host: str, seqnum: int, now: int, boot: int) -> Entry:
    # web-1 and web-2 are containers of one machine: they share their boots, but web-1 began with the second.
    kernel = "web" if host.startswith("web") else host
    number = max(boot, 1) if host == "web-1" else boot
    boot_id = (b"boot%d" % number + kernel.encode()).ljust(16, b".")
    return Entry(seqnum_id(host), seqnum, boot_id, now - START, now, rng.getrandbits(64), tuple(_fields(rng, host)))


def _fields(rng: random.Random, host: str) -> Fields:
    message = " ".join(rng.choices(WORDS, k=rng.randint(1, 5)))
    fields: Fields = [("_HOSTNAME", host.encode()), ("_MACHINE_ID", machine_id(host)), ("MESSAGE", message.encode())]
    if rng.random() < 0.9:
        fields.append(("PRIORITY", b"%d" % rng.randrange(8)))
    kind = rng.random()
    if kind < 0.1:
        fields += [("_TRANSPORT", b"kernel"), ("SYSLOG_FACILITY", b"0"), ("SYSLOG_IDENTIFIER", b"kernel")]
        return fields
    unit = rng.choice(UNITS).encode()
    fields.append(("SYSLOG_FACILITY", rng.choice((b"3", b"4", b"10"))))
    fields.append(("SYSLOG_IDENTIFIER", rng.choice((b"nginx", b"sshd", b"systemd", b"odd\xff"))))
    if kind < 0.2:
        fields += [("_PID", b"1"), ("UNIT", unit), ("_SYSTEMD_UNIT", b"init.scope")]
    elif kind < 0.25:
        fields += [("_SYSTEMD_USER_UNIT", b"app.service"), ("_UID", b"1000"), ("_SYSTEMD_UNIT", b"user@1000.service")]
    else:
        fields.append(("_SYSTEMD_UNIT", unit))
    if rng.random() < 0.2:
        fields += [("TAG", b"one"), ("TAG", rng.choice((b"two", b"one", b"\x00\x01")))]
    if rng.random() < 0.1:
        fields.append(("_NAMESPACE", b"lab"))
    if rng.random() < 0.05:
        fields = [(name, b"bin\x00\xff" if name == "MESSAGE" else value) for name, value in fields]
    return fields


def fill(store: Store, entries: Sequence[Entry], size: int = 37) -> None:
    """Append `entries` in batches, and make them searchable."""
    for at in range(0, len(entries), size):
        store.append([from_entries(entries[at : at + size])])
    store.refresh()
