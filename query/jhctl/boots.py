"""Which boots are passed, and the table of boots."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from journalhub.query.output.boots import Machine
from journalhub.query.output.clock import timestamp
from journalhub.query.output.colors import BLUE_NUMBER, GREEN, NORMAL, UNDERLINE


def passed_boots(
    boots: Sequence[Mapping[str, Any]], with_entries: Sequence[str], reverse: bool
) -> dict[Machine, list[bytes]]:
    """For each machine its boots out of `with_entries`, in the order in which they are read."""
    wanted = frozenset(with_entries)
    found: dict[Machine, list[bytes]] = {}
    for boot in sorted(boots, key=lambda boot: int(boot["index"]), reverse=reverse):
        if boot["boot_id"] in wanted:
            machine = str(boot["machine_id"]).encode()
            key = (machine, b"") if machine else (b"", str(boot["hostname"]).encode())
            found.setdefault(key, []).append(bytes.fromhex(boot["boot_id"]))
    return found


def boot_table(boots: Sequence[Mapping[str, Any]], utc: bool, head: bool, colors: int) -> Iterator[bytes]:
    """The lines of --list-boots; with the host in front where there are boots of several machines."""
    return id_table(boots, "boot_id", utc, head, colors)


def id_table(boots: Sequence[Mapping[str, Any]], key: str, utc: bool, head: bool, colors: int) -> Iterator[bytes]:
    """The lines of a table of boots or invocations, whose id is called `key`."""
    several = len({boot["machine_id"] for boot in boots}) > 1
    rows = [
        [
            *([str(boot["hostname"])] if several else []),
            str(boot["index"]),
            str(boot[key]),
            timestamp(int(boot["first"]), utc),
            timestamp(int(boot["last"]), utc),
        ]
        for boot in boots
    ]
    names = [*(["HOST"] if several else []), "IDX", key.upper().replace("_", " "), "FIRST ENTRY", "LAST ENTRY"]
    right = names.index("IDX")
    widths = [max(map(len, column)) for column in zip(*([names] if head else []), *rows, strict=True)]
    if head:
        yield _head(names, widths, right, colors)
    for row in rows:
        yield _line(_padded(row, widths, right))


def _padded(cells: Sequence[str], widths: Sequence[int], right: int) -> list[str]:
    return [
        cell.rjust(width) if number == right else cell.ljust(width)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]


def _line(cells: Sequence[str]) -> bytes:
    return " ".join(cells).rstrip(" ").encode() + b"\n"


def _head(names: Sequence[str], widths: Sequence[int], right: int, colors: int) -> bytes:
    cells = _padded(names, widths, right)
    if not colors:
        return _line(cells)
    shown = [(cell if number == 0 else f" {cell}").encode() for number, cell in enumerate(cells)]
    return b"".join(NORMAL + UNDERLINE + cell + NORMAL for cell in shown) + b"\n"


def boot_json(boots: Sequence[Mapping[str, Any]], mode: str, colors: int) -> bytes:
    """The boots as the JSON array that journalctl prints; with host and machine where there are several machines."""
    return id_json(boots, "boot_id", mode, colors)


def id_json(boots: Sequence[Mapping[str, Any]], key: str, mode: str, colors: int) -> bytes:
    """Boots or invocations, whose id is called `key`, as such an array in one of the JSON modes."""
    several = len({boot["machine_id"] for boot in boots}) > 1
    rows = []
    for boot in boots:
        row = {"index": boot["index"], key: boot[key]}
        row |= {"first_entry": boot["first"], "last_entry": boot["last"]}
        rows.append(row | ({"hostname": boot["hostname"], "machine_id": boot["machine_id"]} if several else {}))
    if mode == "json-pretty":
        return b"[\n" + b",\n".join(_pretty(row, colors) for row in rows) + b"\n]\n" if rows else b"[]\n"
    before, after = {"json-sse": (b"data: ", b"\n\n"), "json-seq": (b"\x1e", b"\n")}.get(mode, (b"", b"\n"))
    members = (b"{" + b",".join(b"%b:%b" % pair for pair in _members(row, colors)) + b"}" for row in rows)
    return before + b"[" + b",".join(members) + b"]" + after


def _pretty(row: Mapping[str, Any], colors: int) -> bytes:
    return b"\t{\n" + b",\n".join(b"\t\t%b : %b" % pair for pair in _members(row, colors)) + b"\n\t}"


def _members(row: Mapping[str, Any], colors: int) -> Iterator[tuple[bytes, bytes]]:
    import json

    for name, value in row.items():
        text = json.dumps(value).encode()
        if not colors:
            yield b'"%b"' % name.encode(), text
            continue
        shown = b'"%b%b%b"' % (GREEN, text[1:-1], NORMAL) if isinstance(value, str) else BLUE_NUMBER + text + NORMAL
        yield b'"%b%b%b"' % (GREEN, name.encode(), NORMAL), shown
