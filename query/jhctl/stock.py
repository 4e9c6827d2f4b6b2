"""Options of journalctl that mean something of their own here: users, invocations, catalogs, tables."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from journalhub.query.jhctl.getopt import UsageError

if TYPE_CHECKING:
    from journalhub.query.jhctl.request import Request

_INVOCATION = re.compile(r"([0-9a-fA-F]{32})([+-][0-9]{1,9})?|[+-]?[0-9]{1,9}", re.ASCII)
_ID128 = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_BOOLEANS = frozenset(["1", "yes", "y", "true", "t", "on", "0", "no", "n", "false", "f", "off"])
_UID_MAX = 2**32 - 2
_NULL = "0" * 32

TABLES = frozenset({"list-invocations", "list-namespaces", "disk-usage", "header"})
"""Actions that journalctl allows no words for."""


_WHOLE = "it speaks of everything that the collector stores"
_NODES = "it speaks of nodes, which is what --host and --namespace choose among"
_BOOTS = "a boot is one with all its entries; --host, --namespace, --system and --user choose among boots"
_OURS = {"q": "--search", "exclude_unit": "--exclude-unit"}
_JOURNALS = {"host": "--host", "namespace": "--namespace", "journal": "--system or --user", "uid": "--uid"}

REFUSED_WITH: "dict[str, tuple[str, dict[str, str]]]" = {
    "list-boots": (_BOOTS, _OURS),
    "disk-usage": (_WHOLE, _OURS | _JOURNALS),
    "header": (_NODES, _OURS | {name: _JOURNALS[name] for name in ("journal", "uid")}),
}
"""Actions that a selection cannot narrow: why, and the options refused with them, by parameter. What journalctl takes
and passes over (-u with --list-boots, say) is passed over here, too."""


def is_invocation(argument: str) -> bool:
    """Whether the argument behind `--invocation` can be its own."""
    return argument == "all" or _INVOCATION.fullmatch(argument) is not None


def _invocation(request: "Request", argument: str | None) -> None:
    if argument is None or not is_invocation(argument):
        raise UsageError(f"Failed to parse invocation descriptor: {argument}")
    request.invocation = None if argument == "all" else argument


def _latest(request: "Request", argument: str | None) -> None:
    request.invocation = "0"


def _uid(request: "Request", argument: str | None) -> None:
    text = argument or ""
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= _UID_MAX):
        raise UsageError(f"Failed to parse user ID '{text}'; give its number: names differ from host to host")
    request.repeated = [*(pair for pair in request.repeated if pair[0] != "uid"), ("uid", text)]


def _journal(kind: str) -> "Callable[[Request, str | None], None]":
    def set_kind(request: "Request", argument: str | None) -> None:
        request.journal = kind

    return set_kind


def _synchronize(request: "Request", argument: str | None) -> None:
    if (argument or "").lower() not in _BOOLEANS:
        raise UsageError(f"Failed to parse --synchronize-on-exit= argument: {argument}")


def _truncate(request: "Request", argument: str | None) -> None:
    request.truncate_newline = True


def _catalog(request: "Request", argument: str | None) -> None:
    request.catalog = True


def _action(action: str) -> "Callable[[Request, str | None], None]":
    def set_action(request: "Request", argument: str | None) -> None:
        request.action = action

    return set_action


STOCK: "dict[str, Callable[[Request, str | None], None]]" = {
    "invocation": _invocation,
    "latest-invocation": _latest,
    "uid": _uid,
    "system": _journal("system"),
    "user": _journal("user"),
    "synchronize-on-exit": _synchronize,
    "truncate-newline": _truncate,
    "catalog": _catalog,
    "list-invocations": _action("list-invocations"),
    "list-namespaces": _action("list-namespaces"),
    "list-catalog": _action("list-catalog"),
    "dump-catalog": _action("dump-catalog"),
    "disk-usage": _action("disk-usage"),
    "header": _action("header"),
    "new-id128": _action("new-id128"),
}
"""What each does to a request."""


def conclude(request: "Request", words: list[str]) -> list[str]:
    """What these options mean together with others; the words that are left to be matches."""
    if request.action in TABLES and words:
        raise UsageError(f"Extraneous arguments starting with '{words[0]}'")
    _conclude_journal(request)
    _refuse_narrowing(request)
    _conclude_invocations(request)
    if request.action in ("list-catalog", "dump-catalog"):
        for word in words:
            if _ID128.fullmatch(word) is None:
                raise UsageError(f"Failed to parse id128 '{word}': Invalid argument")
        request.ids = [word.replace("-", "").lower() for word in words]
        return []
    return words


def _refuse_narrowing(request: "Request") -> None:
    """Refuse what the action would have to pass over, though it seems to narrow it."""
    why, refused = REFUSED_WITH.get(request.action, ("", {}))
    for name, value in request.repeated:
        is_narrower = name != "namespace" or value not in (b"*", "*")
        if name in refused and is_narrower:
            raise UsageError(f"{refused[name]} is refused with --{request.action}: {why}")


def _conclude_journal(request: "Request") -> None:
    """`--user` makes units those of users; without units it selects, as `--system` always does, a kind of journal."""
    if request.journal is None:
        return
    if request.journal == "user":
        request.repeated = [("user_unit" if name == "unit" else name, value) for name, value in request.repeated]
    if request.journal == "system" or not any(name == "user_unit" for name, _ in request.repeated):
        request.repeated.append(("journal", request.journal))


def _conclude_invocations(request: "Request") -> None:
    """A number, or an offset from an id, counts the invocations of one unit."""
    listed = request.action == "list-invocations"
    if request.invocation is not None and _is_plain(request.invocation) and not listed:
        request.repeated = [pair for pair in request.repeated if pair[0] not in ("unit", "user_unit")]
        request.repeated.append(("invocation", request.invocation))
        request.invocation = None
    if not listed and (request.invocation is None or request.action not in ("show", "field")):
        return
    units = sum(name in ("unit", "user_unit") for name, _ in request.repeated)
    option = "--list-invocations" if listed else "-I/--invocation= with an offset"
    if not units:
        raise UsageError(f"Using {option} requires a unit. Please specify a unit name with -u/--unit=/--user-unit=.")
    if units > 1:
        raise UsageError(f"Using {option} with multiple units is not supported.")


def _is_plain(invocation: str) -> bool:
    return len(invocation) == len(_NULL) and invocation != _NULL
