"""`-u` and `--user-unit`: names and globs of units to queries, with journalctl's whole expansion."""

import re
from collections.abc import Callable, Iterable, Sequence

from journalhub.journal.units import UnitTerms, is_glob, mangle, unit_terms, user_unit_terms
from journalhub.query.plan.globs import glob_matches
from journalhub.query.plan.refusal import Refusal
from journalhub.store.ast import And, Eq, Glob, In, Or, Query

SYSTEM_FIELDS = ("_SYSTEMD_UNIT", "COREDUMP_UNIT", "UNIT", "OBJECT_SYSTEMD_UNIT", "_SYSTEMD_SLICE")
"""Where a glob of `-u` looks for the units there are: SYSTEM_UNITS of systemd's journalctl.c."""

USER_FIELDS = (
    *("_SYSTEMD_USER_UNIT", "USER_UNIT", "COREDUMP_USER_UNIT", "OBJECT_SYSTEMD_USER_UNIT"),
    "_SYSTEMD_USER_SLICE",
)
"""The same for `--user-unit`: USER_UNITS of systemd's journalctl.c."""

Known = Callable[[str, bytes], Iterable[bytes]]
"""Every stored value of a field that starts so."""


def unit_query(
    units: Sequence[str],
    user_units: Sequence[str],
    known: Known | None,
    uid: int | None = None,
    has: Callable[[Query], bool] = lambda query: True,
) -> Query:
    """The entries of any of these units.

    Globs are looked up among the `known` values, and Refusal is raised when nothing at all is found, as journalctl
    does: no unit, or none that an entry of the journals that are read names (`has` tells), whenever that was. Without
    `known` globs stay globs, so that a follower sees units that start later. User units are those of the user `uid`,
    or of any.
    """
    parts: list[Query] = []
    named = any(not is_glob(name) for name in (*units, *user_units))
    values: list[Query] = []
    for names, fields, expand in (
        (units, SYSTEM_FIELDS, unit_terms),
        (user_units, USER_FIELDS, lambda name: user_unit_terms(name, uid)),
    ):
        mangled = [_mangled(name) for name in names]
        plain = [name for name in mangled if not is_glob(name)]
        globs = [name for name in mangled if is_glob(name)]
        if known is None:
            parts += [_live_query(glob, expand(glob)) for glob in globs]
        else:
            found = _lookup(globs, fields, known)
            raw = frozenset(name.encode("utf-8", "surrogateescape") for name in found)
            values += [In(field, raw) for field in fields if raw]
            plain += found
        parts += _expanded(plain, expand)
    if not parts or not (named or known is None or has(Or(tuple(values)))):
        raise Refusal(
            f"no unit matches {' or '.join((*units, *user_units))}",
            where="unit" if units else "user_unit",
            do="see /api/v1/values/_SYSTEMD_UNIT for those that are stored",
            status=404,
            code="no-unit",
            journalctl="Failed to add filter for units: No data available",
        )
    return parts[0] if len(parts) == 1 else Or(tuple(parts))


def _mangled(name: str) -> str:
    try:
        return mangle(name)
    except ValueError as error:
        raise Refusal(str(error), where="unit", do="give a unit's name, such as ssh or ssh.service") from error


def _lookup(globs: Sequence[str], fields: Iterable[str], known: Known) -> list[str]:
    if not globs:
        return []
    found = {
        value for glob in globs for field in fields for value in known(field, _start(glob)) if glob_matches(glob, value)
    }
    return sorted(value.decode("utf-8", "surrogateescape") for value in found)


def _start(glob: str) -> bytes:
    """What every value that the glob matches starts with."""
    return re.split(r"[*?\[\\]", glob, maxsplit=1)[0].encode("utf-8", "surrogateescape")


def _expanded(names: Sequence[str], expand: Callable[[str], UnitTerms]) -> list[Query]:
    """The terms of all `names`, those that differ only in the name as one `In`: a glob can mean thousands."""
    shapes: dict[tuple[tuple[str, bytes | None], ...], set[bytes]] = {}
    for name in dict.fromkeys(names):
        value = name.encode("utf-8", "surrogateescape")
        for term in expand(name):
            shape = tuple((field, None if wanted == value else wanted) for field, wanted in term)
            shapes.setdefault(shape, set()).add(value)
    return [
        _all_of([In(field, frozenset(values)) if wanted is None else Eq(field, wanted) for field, wanted in shape])
        for shape, values in shapes.items()
    ]


def _live_query(glob: str, terms: UnitTerms) -> Query:
    value = glob.encode("utf-8", "surrogateescape")
    parts = [
        _all_of([Glob(field, glob) if wanted == value else Eq(field, wanted) for field, wanted in term])
        for term in terms
    ]
    if not glob.endswith(".slice"):
        # What the terms of a name that ends in .slice have more; the glob can mean such a one.
        slices = "_SYSTEMD_SLICE" if terms[0][0][0] == SYSTEM_FIELDS[0] else "_SYSTEMD_USER_SLICE"
        whose = [Eq(field, wanted) for field, wanted in terms[0][1:]]
        parts.append(And((Glob(slices, glob), Glob(slices, "*.slice"), *whose)))
    return Or(tuple(parts))


def _all_of(parts: Sequence[Query]) -> Query:
    return parts[0] if len(parts) == 1 else And(tuple(parts))
