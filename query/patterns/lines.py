"""Lines taken apart: their constant text, and the runs that look like values (numbers, addresses, ids).

Lines that differ in such runs only have one shape. That is most of what grouping is about, and it costs a few
microseconds a line.
"""

import re
from dataclasses import dataclass, field

HOLE = "\0"
"""Stands for a value in the text of a shape. Lines that hold it themselves are not taken apart."""

_VALUES = re.compile(
    r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # a UUID
    r"|[A-Za-z]*[0-9]\w*(?:[.:,+-]+\w*[0-9]\w*)*"  # whatever has a digit: numbers, times, addresses, eth0
    r"|\b[0-9a-f]{12,}\b)"  # a hash that happens to have letters only
)
"""In a text split by it, every second piece is a value."""


@dataclass(slots=True)
class Shape:
    """Lines with the same constant text."""

    text: str
    """With HOLE for each value."""
    values: list[str | None]
    """Of each hole: its value where it is the same in all lines, else None."""
    times: list[int] = field(default_factory=list)
    """Microseconds: when its lines were written, in any order."""
    several_lines: bool = False
    """Whether the message of any goes on behind its first line."""
    cut: bool = False
    """Whether any was too long to be read to its end."""

    def add(self, values: list[str], times: list[int]) -> None:
        """One more line, written at these times."""
        self.times += times
        own = self.values
        if own != values:
            self.values = [old if old == new else None for old, new in zip(own, values, strict=True)]


def take_apart(line: str) -> tuple[str, list[str]]:
    """The text of the shape of a line, and its values."""
    pieces = _VALUES.split(line)
    return HOLE.join(pieces[::2]), pieces[1::2]
