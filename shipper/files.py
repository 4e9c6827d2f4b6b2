"""Which files of a source can be read. libsystemd passes over bad ones in a directory, and fails on one in a list."""

import os
from collections.abc import Callable, Iterable

from journalhub.shipper.sources import Source

LOOKS = 2
"""Looks at a file that cannot be opened before it is given up: journald may be just making it."""


class Files:
    """Keeps account of journal files. `try_open(path)` raises OSError for one that cannot be opened."""

    def __init__(self, excluded: Iterable[str], try_open: Callable[[str], None], patient: bool) -> None:
        self._try_open = try_open
        self._looks = LOOKS if patient else 1
        self.excluded = set(excluded)
        """Files that kill or fail the reader."""
        self._good: set[str] = set()
        self._bad: dict[str, int] = {}

    def readable(self, source: Source) -> list[str]:
        """Files of the source that may be opened together."""
        unwanted = self.excluded | self._bad.keys()
        return [path for path in source.files() if path not in unwanted and os.access(path, os.R_OK)]

    def must_be_listed(self, source: Source) -> bool:
        """Whether the source is opened as a list of files: libsystemd then does not watch it for us."""
        return bool(source.globs) or not self.excluded.isdisjoint(source.files())

    def examine(self, source: Source) -> list[tuple[str, str]]:
        """Try files that are new, and those that could not be opened the last time; (path, why) of those given up."""
        files = source.files()
        self._good.intersection_update(files)
        given_up = []
        for path in files:
            if path in self._good or path in self.excluded or not os.access(path, os.R_OK):
                continue
            try:
                self._try_open(path)
            except FileNotFoundError:
                continue  # rotated or vacuumed meanwhile
            except OSError as error:
                self._bad[path] = self._bad.get(path, 0) + 1
                if self._bad[path] == self._looks:
                    given_up.append((path, f"cannot be opened: {error.strerror or error}"))
            else:
                self._bad.pop(path, None)
                self._good.add(path)
        return given_up
