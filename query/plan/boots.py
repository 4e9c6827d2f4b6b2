"""Boots counted per machine, as `-b` and `--list-boots` count them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from journalhub.query.plan.refusal import Refusal
from journalhub.query.plan.selection import BootSpec
from journalhub.store.ast import And, Eq, Exists, In, Not, Or, Query
from journalhub.store.contract import Boot, Budget, Order, Scope, Store


@dataclass(frozen=True, slots=True)
class CountedBoot:
    """A boot, and its number: 0 is the newest of its machine, -1 the one before."""

    boot: Boot
    index: int


def machine_of(boot: Boot) -> tuple[bytes, bytes]:
    """What boots are counted by: the machine id, or the host name of entries that have none."""
    return (boot.machine_id, b"") if boot.machine_id else (b"", boot.hostname)


def count_boots(boots: Iterable[Boot]) -> list[CountedBoot]:
    """Number the boots of each machine by their first entry; machines and boots in that order, oldest boot first."""
    machines: dict[tuple[bytes, bytes], list[Boot]] = {}
    for boot in boots:
        machines.setdefault(machine_of(boot), []).append(boot)
    counted = []
    for own in machines.values():
        own.sort(key=lambda boot: boot.first)
        counted += [CountedBoot(boot, number - len(own) + 1) for number, boot in enumerate(own)]
    return counted


def boots_within(boots: Sequence[Boot], within: Query, store: Store, budget: Budget) -> list[Boot]:
    """The boots of which entries are in `within`, each from the first to the last of those.

    Two searches for one entry each; raises Refusal where the budget does not last.
    """
    found = []
    for boot in boots:
        scope = Scope(And((boot_query([boot], boots), within)), boot.first.realtime, boot.last.realtime)
        ends = []
        for order in (Order.OLDEST_FIRST, Order.NEWEST_FIRST):
            page = store.search(scope, order, 1, None, budget)
            if page.reason is not None:
                raise Refusal(
                    f"the boots cannot be counted: {page.reason}", do="select fewer hosts", status=503, retry_after=1
                )
            ends += [hit.position for hit in page.hits]
        if ends:
            found.append(boot._replace(first=ends[0], last=ends[-1]))
    return found


def pick_boots(boots: Iterable[Boot], spec: BootSpec) -> list[Boot]:
    """The boots that `spec` means, of every machine that has such a one.

    Raises Refusal when no machine has, as journalctl fails on a boot that is not in the journal.
    """
    machines: dict[tuple[bytes, bytes], list[Boot]] = {}
    for counted in count_boots(boots):
        machines.setdefault(machine_of(counted.boot), []).append(counted.boot)
    picked = []
    for own in machines.values():
        for number in _numbers(own, spec):
            if 0 <= number < len(own):
                picked.append(own[number])
    if not picked:
        raise _no_such_boot(spec)
    return picked


def _numbers(own: list[Boot], spec: BootSpec) -> list[int]:
    """Where in `own`, oldest first, the boot would be that `spec` means."""
    if spec.boot_id is not None:
        return [number + spec.offset for number, boot in enumerate(own) if boot.boot_id == spec.boot_id]
    # journalctl(1): 0 is the last boot and -1 the one before, while 1 is the first boot in the journal.
    return [spec.offset - 1 if spec.offset > 0 else len(own) - 1 + spec.offset]


def boot_query(picked: list[Boot], candidates: Iterable[Boot]) -> Query:
    """The entries of the boots in `picked`, out of those of `candidates`.

    Containers and cloned machines share boot ids: an id alone says which boot only where every machine that has
    the id is meant.
    """
    meant = {(machine_of(boot), boot.boot_id) for boot in picked}
    shared = {boot.boot_id for boot in candidates if (machine_of(boot), boot.boot_id) not in meant}
    alone = frozenset(boot.boot_id.hex().encode() for boot in picked if boot.boot_id not in shared)
    parts: list[Query] = [In("_BOOT_ID", alone)] if alone else []
    parts += [
        And((_machine_query(boot), Eq("_BOOT_ID", boot.boot_id.hex().encode())))
        for boot in picked
        if boot.boot_id in shared
    ]
    return parts[0] if len(parts) == 1 else Or(tuple(parts))


def _machine_query(boot: Boot) -> Query:
    if boot.machine_id:
        return Eq("_MACHINE_ID", boot.machine_id)
    nameless = Not(Exists("_MACHINE_ID"))
    if boot.hostname:
        return And((nameless, Eq("_HOSTNAME", boot.hostname)))
    return And((nameless, Not(Exists("_HOSTNAME"))))


def _no_such_boot(spec: BootSpec) -> Refusal:
    name = spec.boot_id.hex() if spec.boot_id is not None else f"{spec.offset:+d}"
    reason = "No such boot ID in journal"
    return Refusal(
        f"no selected machine has the boot {name}",
        where="boot",
        do="see /api/v1/boots for those that are stored",
        status=404,
        code="no-boot",
        journalctl=f"Data from the specified boot ({name}) is not available: {reason}",
    )
