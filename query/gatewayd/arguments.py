"""The query string of a request to the gatewayd API. Pure."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from journalhub.journal.match import MatchExpression
from journalhub.query.plan.parameters import PARAMETERS_MAX

MACHINE_FIELDS = ("_HOSTNAME", "_MACHINE_ID")
"""The matches that say which machine: all that `/machine` and `/boots` take."""

# field_is_valid in systemd's sd-journal.c: no more than these characters, and no address (`__CURSOR`).
_FIELD = re.compile(r"(?!__)[A-Z0-9_]+", re.ASCII)

_TRUE = frozenset((b"", b"1", b"yes", b"y", b"true", b"t", b"on"))
_FALSE = frozenset((b"0", b"no", b"n", b"false", b"f", b"off"))


@dataclass(slots=True)
class Arguments:
    """What a query string asks for."""

    matches: dict[str, list[bytes]] = field(default_factory=dict)
    """journalctl's rule: values of one field are ORed, fields are ANDed."""
    flags: dict[str, bool] = field(default_factory=dict)
    """Those given; the last of several counts."""

    def has(self, flag: str) -> bool:
        """Whether a flag is given, and not as `no`."""
        return self.flags.get(flag, False)

    def expression(self, *, without: Collection[str] = ()) -> MatchExpression | None:
        """The matches, but for those of some fields; None for none."""
        group = {name: values for name, values in self.matches.items() if name not in without}
        return MatchExpression((group,)) if group else None

    def mean(self, hostname: bytes, machine_id: bytes) -> bool:
        """Whether a machine is one that the matches ask for."""
        wanted = self.matches.get
        return hostname in wanted("_HOSTNAME", (hostname,)) and machine_id in wanted("_MACHINE_ID", (machine_id,))


def parse_arguments(raw_query: str, flags: Collection[str] = (), fields: Collection[str] | None = None) -> Arguments:
    """The arguments of a query string, as it came; `fields` are the ones that may be matched, None for all.

    Raises ValueError for what is neither one of `flags` nor a match: a misspelt word must not widen an answer.
    """
    arguments = Arguments()
    for name, value in _pairs(raw_query):
        if name in flags:
            arguments.flags[name] = _boolean(value)
        elif _FIELD.fullmatch(name) and (fields is None or name in fields):
            values = arguments.matches.setdefault(name, [])
            if value not in values:
                values.append(value)
        else:
            raise ValueError(f"unknown argument {name[:100]!r}")
    return arguments


def _pairs(raw_query: str) -> Iterator[tuple[str, bytes]]:
    parts = raw_query.removesuffix("&").split("&") if raw_query else []
    if len(parts) > PARAMETERS_MAX:
        raise ValueError(f"more than {PARAMETERS_MAX} arguments")
    for part in parts:
        name, _, value = (unquote_to_bytes(text.replace("+", " ")) for text in part.partition("="))
        yield name.decode(errors="replace"), value


def _boolean(value: bytes) -> bool:
    if value.lower() in _TRUE:
        return True
    if value.lower() in _FALSE:
        return False
    raise ValueError(f"neither yes nor no: {value[:40]!r}")


def is_field(name: str) -> bool:
    """Whether a field may be asked for by this name."""
    return _FIELD.fullmatch(name) is not None
