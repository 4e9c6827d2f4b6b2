"""Boots that end in the middle: another boot of the machine follows, and nothing tells of a shutdown."""

from collections.abc import Sequence
from itertools import islice

from journalhub.query.events.kinds import JOURNAL_STOP, SHUTDOWN, UNIT_STARTED
from journalhub.query.plan.boots import boot_query, count_boots
from journalhub.store.ast import And, Eq, In, Or, Query
from journalhub.store.contract import Boot, Budget, Hit, Order, Scope, Store

BOOTS_MAX = 500
"""Boots that are looked at, the newest first: each costs some small searches."""

_STOP_SPAN = 10_000_000
"""Microseconds: how near to its end "Journal stopped" means the end of a boot. In an initrd, or at an update of
systemd, it means nothing."""

_TARGETS = ("shutdown", "reboot", "poweroff", "halt", "kexec", "final", "umount")

_ENDS = Or(
    (
        Eq("MESSAGE_ID", SHUTDOWN),
        And((Eq("MESSAGE_ID", UNIT_STARTED), In("UNIT", frozenset(f"{name}.target".encode() for name in _TARGETS)))),
    )
)

_WITNESS = Eq("_TRANSPORT", b"driver")
"""Entries of journald itself. Who sees none of a boot has no word to say about how it ended."""


def unclean_ends(store: Store, scope: Scope, budget: Budget) -> tuple[list[Hit], str | None]:
    """The last entries in `scope` of boots that ended so, the newest first; and why these are not all, or None."""
    boots = store.boots()
    counted = [one.boot for one in count_boots(boots) if one.index < 0]
    ended = [boot for boot in counted if scope.since <= boot.last.realtime <= scope.until]
    ended.sort(key=lambda boot: boot.last, reverse=True)
    found: list[Hit] = []
    for boot in islice(ended, BOOTS_MAX):
        if (reason := budget.reason) is not None:
            return found, reason
        own = boot_query([boot], boots)
        last = _last_entry(store, scope.query, own, boot, budget)
        if last is not None and not _told_its_end(store, own, boot, budget):
            found.append(last)
    reason = f"of {len(ended)} boots the newest {BOOTS_MAX} were looked at" if len(ended) > BOOTS_MAX else None
    return found, reason


def _last_entry(store: Store, query: Query, own: Query, boot: Boot, budget: Budget) -> Hit | None:
    """The boot's last entry, if it is seen and asked for."""
    at = boot.last.realtime
    hits = store.search(Scope(And((query, own)), at, at), Order.NEWEST_FIRST, 1, None, budget).hits
    return hits[0] if hits else None


def _told_its_end(store: Store, own: Query, boot: Boot, budget: Budget) -> bool:
    """Whether a shutdown stands in the boot, or nobody can tell."""
    first, last = boot.first.realtime, boot.last.realtime

    def has(query: Query, since: int) -> bool:
        return bool(store.search(Scope(And((own, query)), since, last), Order.NEWEST_FIRST, 1, None, budget).hits)

    near = max(first, last - _STOP_SPAN)
    return has(_ENDS, first) or has(Eq("MESSAGE_ID", JOURNAL_STOP), near) or not has(_WITNESS, first)


def counts_over_time(hits: Sequence[Hit], start: int, interval: int, buckets: int) -> list[int]:
    """How many of `hits` lie in each bucket."""
    counts = [0] * buckets
    for hit in hits:
        counts[(hit.position.realtime - start) // interval] += 1
    return counts
