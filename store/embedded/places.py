"""Where the values of a block's entries are in its columns."""

from collections.abc import Sequence
from functools import cached_property

from journalhub.journal.batch import Names
from journalhub.store.embedded.encoding import column_keys
from journalhub.store.embedded.points import Key


class Places:
    """Worked out of the number of entries of each shape."""

    def __init__(self, counts: dict[int, int], shapes: Sequence[Names]) -> None:
        self.counts = counts
        """Entries of each shape, in the order in which the shapes first appear."""
        self.sizes: dict[Key, int] = {}
        """Values in each column, in the order of the columns."""
        self.places: dict[int, list[tuple[Key, int]]] = {}
        """For each shape its columns, and where its values start in them."""
        sizes = self.sizes
        for shape, count in counts.items():
            its = self.places[shape] = [(key, sizes.get(key, 0)) for key in column_keys(shapes[shape])]
            for key, start in its:  # a shape has no column twice
                sizes[key] = start + count
        self.keys = list(self.sizes)
        self.numbers = {key: number for number, key in enumerate(self.sizes)}
        """Of the columns, in their order."""

    @cached_property
    def of_name(self) -> dict[str, list[Key]]:
        """The columns of each field."""
        named: dict[str, list[Key]] = {}
        for key in self.keys:
            named.setdefault(key[0], []).append(key)
        return named

    @cached_property
    def by_name(self) -> dict[int, dict[str, list[tuple[Key, int]]]]:
        """`places` by field name."""
        named: dict[int, dict[str, list[tuple[Key, int]]]] = {shape: {} for shape in self.counts}
        for shape, places in self.places.items():
            for key, start in places:
                named[shape].setdefault(key[0], []).append((key, start))
        return named
