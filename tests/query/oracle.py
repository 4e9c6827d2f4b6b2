"""What a selection means, said a second time: predicates on single entries, straight from journalctl(1)."""

import random
import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

from tests.query.fleet import UNITS, machine_id
from tests.query.serving import Pair

from journalhub.journal.entry import Entry

Predicate = Callable[[Entry], bool]

PRIORITIES = {"err": range(4), "3..6": range(3, 7), "debug": range(8), "0": range(1)}


def has(entry: Entry, name: str, *values: bytes) -> bool:
    """Whether the entry has the field with one of the values."""
    return any(value in values for value in entry.values(name))


def of_unit(pattern: str) -> Predicate:
    """`-u`, by the table of journald's fields that speak of a unit (PID 1's, other daemons', slices)."""

    def matches(entry: Entry) -> bool:
        def named(field: str) -> bool:
            return any(fnmatchcase(value.decode(), pattern) for value in entry.values(field))

        return (
            named("_SYSTEMD_UNIT")
            or (has(entry, "_PID", b"1") and named("UNIT"))
            or (has(entry, "_UID", b"0") and (named("OBJECT_SYSTEMD_UNIT")))
        )

    return matches


def of_boot(text: str, entries: Sequence[Entry]) -> Predicate:
    """`-b`: per machine, 0 the last boot and 1 the first."""
    wanted = set()
    for machine in {entry.first("_MACHINE_ID") for entry in entries}:
        boots = list(dict.fromkeys(entry.boot_id for entry in entries if entry.first("_MACHINE_ID") == machine))
        number = int(text) - 1 if int(text) > 0 else len(boots) - 1 + int(text)
        if 0 <= number < len(boots):
            wanted.add((machine, boots[number]))
    return lambda entry: (entry.first("_MACHINE_ID"), entry.boot_id) in wanted


def random_selection(rng: random.Random, entries: Sequence[Entry]) -> tuple[list[Pair], Predicate]:
    """Some parameters, and what they mean. `entries` are in time order."""
    groups = rng.sample(GROUPS, rng.choice((0, 1, 1, 2, 3)))
    parameters: list[Pair] = []
    predicates: list[Predicate] = []
    for group in groups:
        own, predicate = group(rng, entries)
        parameters += own
        predicates.append(predicate)
    return parameters, lambda entry: all(predicate(entry) for predicate in predicates)


Selected = tuple[list[Pair], Predicate]


def _hosts(rng: random.Random, entries: Sequence[Entry]) -> Selected:
    patterns = rng.sample(["web-*", "db-1", "*-1", "[!w]*", machine_id("web-2").decode()], rng.choice((1, 2)))

    def matches(entry: Entry) -> bool:
        host, machine = (entry.first(name) or b"" for name in ("_HOSTNAME", "_MACHINE_ID"))
        return any(fnmatchcase(host.decode(), p) or machine.decode() == p for p in patterns)

    return [("host", pattern) for pattern in patterns], matches


def _units(rng: random.Random, entries: Sequence[Entry]) -> Selected:
    names = rng.sample([*UNITS[:4], "session-*", "ngin?.service", "init.scope", "nginx"], rng.choice((1, 2)))
    predicates = [of_unit("nginx.service" if name == "nginx" else name) for name in names]
    return [("unit", name) for name in names], lambda entry: any(matches(entry) for matches in predicates)


def _without_units(rng: random.Random, entries: Sequence[Entry]) -> Selected:
    name = rng.choice(["sshd", "session-*", "nothing.service"])
    matches = of_unit("sshd.service" if name == "sshd" else name)
    return [("exclude_unit", name)], lambda entry: not matches(entry)


def _user_units(rng: random.Random, entries: Sequence[Entry]) -> Selected:
    return [("user_unit", "app*")], lambda entry: has(entry, "_SYSTEMD_USER_UNIT", b"app.service")


def _priority(rng: random.Random, entries: Sequence[Entry]) -> Selected:
    text = rng.choice(list(PRIORITIES))
    values = [b"%d" % number for number in PRIORITIES[text]]
    return [("priority", text)], lambda entry: len(values) == 8 or has(entry, "PRIORITY", *values)


def _facility(rng: random.Random, entries: Sequence[Entry]) -> Selected:
    return [("facility", "kern,4")], lambda entry: has(entry, "SYSLOG_FACILITY", b"0", b"4")


def _identifiers(rng: random.Random, entries: Sequence[Entry]) -> Selected:
    names = rng.sample([b"nginx", b"sshd", b"odd\xff"], 2)
    if rng.random() < 0.5:
        return [("identifier", name) for name in names], lambda entry: has(entry, "SYSLOG_IDENTIFIER", *names)
    pairs: list[Pair] = [("exclude_identifier", name) for name in names]
    return pairs, lambda entry: not has(entry, "SYSLOG_IDENTIFIER", *names)


def _boot(rng: random.Random, entries: Sequence[Entry]) -> Selected:
    text = rng.choice(["0", "-1", "1", "2", "-2"])
    return [("boot", text)], of_boot(text, entries)


def _dmesg(rng: random.Random, entries: Sequence[Entry]) -> Selected:
    return [("dmesg", "1")], lambda entry: has(entry, "_TRANSPORT", b"kernel")


def _time(rng: random.Random, entries: Sequence[Entry]) -> Selected:
    low, high = sorted(rng.choice(entries).realtime for _ in range(2))
    parameters: list[Pair] = [("since", _at(low)), ("until", _at(high))]
    return parameters, lambda entry: low <= entry.realtime <= high


def _at(realtime: int) -> str:
    return f"@{realtime // 1_000_000}.{realtime % 1_000_000:06}"


def _matches(rng: random.Random, entries: Sequence[Entry]) -> Selected:
    words = [b"PRIORITY=3", b"PRIORITY=4", b"TAG=one", b"+", b"TAG=\x00\x01", b"+", b"_HOSTNAME=db-1", b"PRIORITY=7"]

    def matches(entry: Entry) -> bool:
        return (
            (has(entry, "PRIORITY", b"3", b"4") and has(entry, "TAG", b"one"))
            or has(entry, "TAG", b"\x00\x01")
            or (has(entry, "_HOSTNAME", b"db-1") and has(entry, "PRIORITY", b"7"))
        )

    return [("match", word) for word in words], matches


def _grep(rng: random.Random, entries: Sequence[Entry]) -> Selected:
    pattern, flag = rng.choice([("failed", ""), ("Failed", ""), ("failed", "1"), ("refused|42$", ""), ("FAILED", "0")])
    caseless = flag == "0" or (not flag and pattern.islower())
    compiled = re.compile(pattern.encode(), re.IGNORECASE if caseless else 0)
    parameters: list[Pair] = [("grep", pattern)]
    if flag:
        parameters.append(("case_sensitive", flag))
    return parameters, lambda entry: any(map(compiled.search, entry.values("MESSAGE")))


def _namespace(rng: random.Random, entries: Sequence[Entry]) -> Selected:
    name = rng.choice(["lab", "+lab", ""])
    inside, outside = name != "", name in ("+lab", "")
    return [("namespace", name)], lambda e: inside if has(e, "_NAMESPACE", b"lab") else outside


def _words(rng: random.Random, entries: Sequence[Entry]) -> Selected:
    word = rng.choice(["refused", "failed", "naïve", "404"])

    def matches(entry: Entry) -> bool:
        return any(word in value.decode(errors="replace").lower().split() for value in entry.values("MESSAGE"))

    return [("q", word)], matches


GROUPS = [
    *(_hosts, _units, _without_units, _user_units, _priority, _facility, _identifiers),
    *(_boot, _dmesg, _time, _matches, _grep, _namespace, _words),
]
