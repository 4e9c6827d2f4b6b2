"""journalctl's matches: `FIELD=value` words, ANDed between fields, ORed within a field, `+` between groups."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from journalhub.journal.entry import Entry

# match_is_valid in systemd's sd-journal.c: no more than these characters, and no address (`__CURSOR`).
_WORD = re.compile(rb"(?!__)([A-Z0-9_]+)=(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class MatchExpression:
    """OR of `groups`; a group is an AND of fields, a field an OR of values. Without groups it is every entry."""

    groups: tuple[dict[str, list[bytes]], ...]

    def matches(self, entry: Entry) -> bool:
        """Whether journald would find `entry` with these matches."""
        if not self.groups:
            return True
        return any(_group_matches(group, entry) for group in self.groups)


def _group_matches(group: dict[str, list[bytes]], entry: Entry) -> bool:
    return all(any(value in wanted for value in entry.values(name)) for name, wanted in group.items())


def parse_matches(words: Sequence[bytes]) -> MatchExpression:
    """The matches of a command line, already split into words.

    `/path` is `_EXE=/path`: journalctl looks at the file to tell a script or a device, which may not exist here.

    Raises ValueError with a message fit for the user.
    """
    groups: list[dict[str, list[bytes]]] = []
    group: dict[str, list[bytes]] = {}
    for word in words:
        if word == b"+":
            _need_group(group)
            groups.append(group)
            group = {}
            continue
        name, value = _parse_word(word)
        values = group.setdefault(name, [])
        if value not in values:
            values.append(value)
    if words:
        _need_group(group)
        groups.append(group)
    return MatchExpression(tuple(groups))


def _need_group(group: dict[str, list[bytes]]) -> None:
    if not group:
        raise ValueError('"+" can only be used between terms')


def _parse_word(word: bytes) -> tuple[str, bytes]:
    if word.startswith(b"/"):
        return "_EXE", word
    found = _WORD.fullmatch(word)
    if found is None:
        shown = word[:120].decode("utf-8", "backslashreplace")
        raise ValueError(f"not a match: '{shown}'; want FIELD=value, FIELD in capitals, digits and _, or /path, or +")
    return found[1].decode(), found[2]
