"""What the parent asks of a reader, on its standard input: one msgpack map; the end of the input ends the reader."""

from dataclasses import astuple, dataclass, field
from typing import Any

import msgpack

from journalhub.shipper.frames import Position, position
from journalhub.shipper.rules import Wanted
from journalhub.shipper.sources import Selection


@dataclass(slots=True)
class Order:
    """Where to read, from where, and what to leave out."""

    selection: Selection
    once: bool = False
    positions: dict[str, Position] = field(default_factory=dict)
    known: dict[bytes, tuple[int, int, str]] = field(default_factory=dict)
    """By seqnum id: first and last seqnum that the collector has without a hole between, and the last one's cursor."""
    excluded: tuple[str, ...] = ()
    """Journal files that kill the reader."""
    rules: Wanted = field(default_factory=Wanted)
    probe: str = ""
    """Read only this file, through to its end, and send nothing: does it kill the reader?"""


def encode(order: Order) -> bytes:
    """The bytes that `decode` takes."""
    selection = order.selection
    document: dict[str, Any] = {
        "selection": [selection.directories, selection.files, selection.machine_id, selection.roots],
        "once": order.once,
        "positions": {name: [at.cursor, at.streams] for name, at in order.positions.items()},
        "known": order.known,
        "excluded": order.excluded,
        "rules": astuple(order.rules),
        "probe": order.probe,
    }
    packed = msgpack.packb(document)
    assert isinstance(packed, bytes)
    return len(packed).to_bytes(4, "little") + packed


def decode(body: bytes) -> Order:
    """The order in `body`, its length taken off."""
    document = msgpack.unpackb(body, use_list=False, strict_map_key=False)
    directories, files, machine_id, roots = document["selection"]
    return Order(
        selection=Selection(directories, files, machine_id, roots),
        once=document["once"],
        positions={name: position(item) for name, item in document["positions"].items()},
        known=document["known"],
        excluded=document["excluded"],
        rules=Wanted(*document["rules"]),
        probe=document["probe"],
    )
