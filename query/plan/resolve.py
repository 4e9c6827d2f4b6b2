"""A selection and a store to what the store is asked."""

from collections.abc import Sequence
from difflib import get_close_matches
from functools import partial

from journalhub.journal.units import is_glob
from journalhub.query.plan.boots import boot_query, boots_within, pick_boots
from journalhub.query.plan.globs import glob_matches
from journalhub.query.plan.parameters import shown
from journalhub.query.plan.refusal import Refusal
from journalhub.query.plan.selection import BootSpec, Selection
from journalhub.query.plan.units import unit_query
from journalhub.store.ast import All, And, Eq, Exists, Glob, In, Not, Or, Query, Range
from journalhub.store.contract import Boot, Budget, Order, Scope, Store

_USERS = Or(tuple(Range("_UID", low, high) for low, high in ((1000, 61183), (65520, 65533), (65536, 524287))))
"""What journald puts into journals of users: not system users, dynamic users (61184 to 65519), nobody, containers."""

HOSTS_NAMED = 10
"""Host names that an error lists: a screen's width, not a fleet."""


CURRENT = BootSpec(None, 0)
"""`-b 0`: the boot that each host is in, whatever it wrote into the journals that are read."""

NAMES_SECONDS = 1.0
"""For whether a glob names a unit of the hosts and journals that are selected; beyond it the search itself tells."""

BOOTS_SECONDS = 10.0
"""For counting the boots of some journals only, some milliseconds each: a third of what a query may take."""


def resolve(selection: Selection, store: Store, *, live: bool = False) -> Scope:
    """The scope of `selection`: its groups ANDed, as journalctl ANDs its options (add_boot … add_matches).

    `live` is for followers: globs stay globs, and a host or unit that is unknown now may come. Otherwise one that
    matches nothing is refused. Reads the store (names and boots, no entries).
    """
    parts: list[Query] = []
    if selection.hosts:
        parts.append(host_query(selection.hosts))
        if not live:
            refuse_unknown_hosts(selection.hosts, store)
    if selection.boot is not None:
        candidates = [boot for boot in store.boots() if boot_is_of(boot, selection.hosts)]
        counted = candidates
        if selection.boot != CURRENT and (within := journal_query(selection)) is not None:
            counted = boots_within(candidates, within, store, Budget(BOOTS_SECONDS))
        parts.append(boot_query(pick_boots(counted, selection.boot), candidates))
    if selection.dmesg:
        parts.append(Eq("_TRANSPORT", b"kernel"))
    if selection.units or selection.user_units:
        known = None if live else store.values
        has = partial(_has, store, selection)
        parts.append(unit_query(selection.units, selection.user_units, known, selection.uid, has))
    if selection.exclude_units:
        parts.append(Not(unit_query(selection.exclude_units, (), None)))
    parts += _value_groups(selection)
    if selection.search is not None:
        parts.append(selection.search.query)
    if selection.grep is not None:
        parts.append(selection.grep)
    return Scope(_conjunction(parts), selection.since, selection.until)


def _has(store: Store, selection: Selection, query: Query) -> bool:
    """Whether any entry of the selected hosts and journals is in `query`; also where that takes too long to say."""
    within = [host_query(selection.hosts)] if selection.hosts else []
    within += [journals] if (journals := journal_query(selection)) is not None else []
    if not within:
        return True  # what is stored at all is told by the names alone
    page = store.search(Scope(And((*within, query))), Order.NEWEST_FIRST, 1, None, Budget(NAMES_SECONDS))
    return bool(page.hits) or page.reason is not None


def _value_groups(selection: Selection) -> list[Query]:
    """The groups that need no look into the store."""
    parts: list[Query] = []
    if selection.identifiers:
        parts.append(In("SYSLOG_IDENTIFIER", selection.identifiers))
    if selection.exclude_identifiers:
        parts.append(Not(In("SYSLOG_IDENTIFIER", selection.exclude_identifiers)))
    if selection.priorities:
        parts.append(In("PRIORITY", selection.priorities))
    if selection.facilities:
        parts.append(In("SYSLOG_FACILITY", selection.facilities))
    if selection.matches is not None:
        parts.append(Or(tuple(_match_group(group) for group in selection.matches.groups)))
    if (journals := journal_query(selection)) is not None:
        parts.append(journals)
    if selection.invocations:
        parts.append(invocation_query(selection.invocations))
    return parts


def journal_query(selection: Selection) -> Query | None:
    """The entries of the journals that are read, as journald keeps them apart; None for all."""
    parts: list[Query] = []
    if selection.namespace is not None:
        parts.append(_namespace_query(selection.namespace))
    if selection.journal is not None:
        parts.append(_USERS if selection.journal == "user" else Not(_USERS))
    if selection.uid is not None and not selection.user_units:
        parts.append(Eq("_UID", b"%d" % selection.uid))
    return _conjunction(parts) if parts else None


def _match_group(group: dict[str, list[bytes]]) -> Query:
    return And(tuple(In(name, frozenset(values)) for name, values in group.items()))


def _namespace_query(namespace: bytes) -> Query:
    default = Not(Exists("_NAMESPACE"))
    if not namespace:
        return default
    if namespace.startswith(b"+"):
        return Or((Eq("_NAMESPACE", namespace[1:]), default))
    return Eq("_NAMESPACE", namespace)


INVOCATION_FIELDS = (
    *("_SYSTEMD_INVOCATION_ID", "OBJECT_SYSTEMD_INVOCATION_ID"),
    *("INVOCATION_ID", "USER_INVOCATION_ID"),
)
"""Where the id of an invocation stands: in its own entries, and in those of others about it."""


def invocation_query(invocations: frozenset[bytes]) -> Query:
    """The entries of and about these invocations."""
    return Or(tuple(In(field, invocations) for field in INVOCATION_FIELDS))


def _conjunction(parts: Sequence[Query]) -> Query:
    """`parts` ANDed, without a wrapper where one is not needed."""
    if not parts:
        return All()
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def host_query(hosts: Sequence[str]) -> Query:
    """Entries of any host that a pattern names: a glob on the host name, or a machine id."""
    parts: list[Query] = []
    for pattern in hosts:
        if is_glob(pattern):
            parts.append(Glob("_HOSTNAME", pattern))
            continue
        parts.append(Eq("_HOSTNAME", pattern.encode()))
        if (machine := machine_id(pattern)) is not None:
            parts.append(Eq("_MACHINE_ID", machine))
    return parts[0] if len(parts) == 1 else Or(tuple(parts))


_HEX = frozenset("0123456789abcdefABCDEF")


def machine_id(text: str) -> bytes | None:
    """The value of `_MACHINE_ID` that `text` is, or None."""
    return text.lower().encode() if len(text) == 32 and _HEX.issuperset(text) else None


def host_matches(patterns: Sequence[str], hostname: bytes, machine: bytes) -> bool:
    """Whether any pattern names this host; no patterns name every host."""
    return not patterns or any(
        glob_matches(pattern, hostname) or machine_id(pattern) == machine for pattern in patterns
    )


def boot_is_of(boot: Boot, hosts: Sequence[str]) -> bool:
    """Whether `boot` is one of a selected host."""
    return host_matches(hosts, boot.hostname, boot.machine_id)


def _known_hosts(patterns: Sequence[str], names: Sequence[str]) -> str:
    """What to do about a host that is not known: the names that look like it, or some of all."""
    if not names:
        return "no host has sent anything yet"
    meant = [near for pattern in patterns for near in get_close_matches(pattern[:100].strip("*"), names)]
    if meant:
        return f"did you mean {' or '.join(dict.fromkeys(meant))}?"
    more = f" and {len(names) - HOSTS_NAMED} more" if len(names) > HOSTS_NAMED else ""
    return f"known hosts: {', '.join(names[:HOSTS_NAMED])}{more}"


def refuse_unknown_hosts(patterns: Sequence[str], store: Store) -> None:
    """Refuse when no pattern names a stored host; a name mistyped must not look like a silent host."""
    names = store.values("_HOSTNAME")
    machines = set(store.values("_MACHINE_ID")) if any(map(machine_id, patterns)) else set()
    for pattern in patterns:
        if machine_id(pattern) in machines or any(glob_matches(pattern, name) for name in names):
            return
    raise Refusal(
        f"no host matches {' or '.join(map(shown, patterns))}",
        where="host",
        do=_known_hosts(patterns, [name.decode(errors="backslashreplace") for name in names]),
        status=404,
        code="no-host",
    )
