"""What many shapes have in common is a template: as text, and as a search. `joining.py` finds them."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from journalhub.query.patterns.lines import HOLE, Shape

WILD = "<*>"
"""A hole as people see it."""


@dataclass(slots=True)
class Template:
    """Lines that are alike."""

    words: list[str | None]
    """Words between single spaces, with HOLE for each value; None for any word."""
    values: list[list[str | None]]
    """Of each word: the values of its holes where they never differ, else None."""
    times: list[int]
    odd: bool
    """Whether there is other white space than single spaces in it."""
    several_lines: bool
    cut: bool

    def text(self, *, any_values: bool = False) -> str:
        """As people read it; with `any_values` each value left open, also one that never differs."""
        return " ".join(self._written(lambda word: word, WILD, WILD, self._values(any_values=any_values)))

    def search(self, *, any_values: bool = False) -> str:
        """A query of the search language that finds its lines. Others that fit, too, where templates overlap.

        With `any_values` also lines with other values where those of this template never differ.
        """
        some = "[^ ]" if self.odd else r"\S"
        pattern = " ".join(self._written(_escaped, f"{some}+", f"{some}*", self._values(any_values=any_values)))
        end = "" if self.cut else r"(?![^\n])" if self.several_lines else "$"
        return f"/^{pattern}{end}/"

    def _values(self, *, any_values: bool) -> list[list[str | None]]:
        return [[None] * len(own) for own in self.values] if any_values else self.values

    def _written(self, shown: Callable[[str], str], value: str, word: str, values: list[list[str | None]]) -> list[str]:
        return [
            word if text is None else _filled(text, own, shown, value)
            for text, own in zip(self.words, values, strict=True)
        ]

    def take(self, other: "Template") -> None:
        """Make `other` part of it."""
        self.times += other.times
        self.several_lines |= other.several_lines
        self.cut |= other.cut
        for at, (mine, its) in enumerate(zip(self.words, other.words, strict=True)):
            if mine != its:
                self.words[at] = None
            else:
                pairs = zip(self.values[at], other.values[at], strict=True)
                self.values[at] = [one if one == two else None for one, two in pairs]


def template_of(shape: Shape) -> Template:
    """The template of one shape."""
    words: list[str | None] = list(shape.text.split(" "))
    rest = iter(shape.values)
    values = [[next(rest) for _ in range((word or "").count(HOLE))] for word in words]
    odd = any(character.isspace() and character != " " for character in shape.text)
    return Template(words, values, shape.times, odd, shape.several_lines, shape.cut)


def _filled(text: str, values: list[str | None], shown: Callable[[str], str], hole: str) -> str:
    """A word with its constant values put in, and `hole` for the others."""
    if not values:
        return shown(text)
    pieces = text.split(HOLE)
    parts = [shown(pieces[0])]
    for value, piece in zip(values, pieces[1:], strict=True):
        parts += [hole if value is None else shown(value), shown(piece)]
    return "".join(parts)


_SPECIAL = re.compile(r"[\\.^$|()\[\]{}*+?/]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _escaped(text: str) -> str:
    """`text` as a pattern of PCRE2 between slashes."""
    quoted = _SPECIAL.sub(lambda found: f"\\{found[0]}", text)
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", quoted)
