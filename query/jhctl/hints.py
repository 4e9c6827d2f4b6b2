"""What was perhaps meant where nothing was found: names of units, identifiers and fields that look like those given."""

from collections.abc import Iterator

from journalhub.query.jhctl.address import Address, quote
from journalhub.query.jhctl.api import ask_json, printable
from journalhub.query.jhctl.failures import FailureError
from journalhub.query.jhctl.request import Request

NAMES_MAX = 10_000
"""Values of a field that are compared: the API's own limit."""

MEANT_MAX = 3
"""Names that a hint tells."""

_UNIT_FIELDS = {"unit": ("_SYSTEMD_UNIT", "UNIT"), "user_unit": ("_SYSTEMD_USER_UNIT", "USER_UNIT")}


def hints(address: Address, request: Request) -> Iterator[str]:
    """Sentences about names of the request that no entry has at all. A hint that cannot be had is none."""
    try:
        yield from _of_units(address, request)
        yield from _of_identifiers(address, request)
        yield from _of_fields(address, request)
    except FailureError:
        return


def _of_units(address: Address, request: Request) -> Iterator[str]:
    from journalhub.journal.units import is_glob, mangle

    for parameter, fields in _UNIT_FIELDS.items():
        given = [_text(value) for name, value in request.repeated if name == parameter]
        names = [mangle(name) for name in given if not is_glob(name)]
        if names:
            known = {value for field in fields for value in _values(address, field)}
            yield from (_hint("unit", name, known) for name in names if name not in known)


def _of_identifiers(address: Address, request: Request) -> Iterator[str]:
    names = [_text(value) for name, value in request.repeated if name == "identifier"]
    if names:
        known = _values(address, "SYSLOG_IDENTIFIER")
        yield from (_hint("identifier", name, known) for name in names if name not in known)


def _of_fields(address: Address, request: Request) -> Iterator[str]:
    names = [word.partition("=")[0] for word in request.words if "=" in word]
    if request.action == "field":
        names.append(request.field)
    elif request.action == "count" and request.count_by:
        names.append(request.count_by)
    if names:
        known = {str(field["name"]) for field in ask_json(address, "fields", [])["fields"]}
        yield from (_hint("field", name, known) for name in dict.fromkeys(names) if name not in known)


def _hint(kind: str, name: str, known: set[str]) -> str:
    from difflib import get_close_matches

    said = f"no entry has the {kind} {printable(name)!r:.100}"
    # What all units of a type have in common makes none of them alike.
    suffix = "." + name.rpartition(".")[2] if kind == "unit" else ""
    likely = sorted(one.removesuffix(suffix) for one in known if one.endswith(suffix))
    near = get_close_matches(name.removesuffix(suffix)[:100], likely, MEANT_MAX)
    meant = [printable(one + suffix) for one in near]
    return f"{said}; did you mean {' or '.join(meant)}?" if meant else said


def _values(address: Address, field: str) -> set[str]:
    answer = ask_json(address, f"values/{quote(field)}", [("limit", str(NAMES_MAX))])
    return {value for value in answer["values"] if isinstance(value, str)}


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")
