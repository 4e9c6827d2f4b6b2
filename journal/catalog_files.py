"""The catalogs of a machine: where they lie, and what is in them."""

from collections.abc import Sequence
from pathlib import Path

from journalhub.journal.catalog import CatalogError, Texts, file_language, parse

DIRECTORIES = (Path("/etc/systemd/catalog"), Path("/usr/local/lib/systemd/catalog"), Path("/usr/lib/systemd/catalog"))
"""Where systemd and packages put them."""

FILE_MAX = 8 * 1024 * 1024
"""Bytes of one file; systemd's own are 30 KB."""

Stamp = tuple[tuple[str, int, int], ...]


def catalog_files(directories: Sequence[Path] = DIRECTORIES) -> list[Path]:
    """The files there are, by name; a name that comes again is taken from the first directory that has it."""
    found: dict[str, Path] = {}
    for directory in directories:
        try:
            paths = list(directory.iterdir())
        except OSError:
            continue
        for path in paths:
            if path.name.endswith(".catalog"):
                found.setdefault(path.name, path)
    return [found[name] for name in sorted(found)]


def stamp(files: Sequence[Path]) -> Stamp:
    """What changes when a file does."""
    stamps = []
    for path in files:
        try:
            seen = path.stat()
        except OSError:
            continue
        stamps.append((str(path), seen.st_mtime_ns, seen.st_size))
    return tuple(stamps)


def read_files(files: Sequence[Path]) -> tuple[Texts, list[str]]:
    """The texts of `files`, and what is wrong with those that cannot be read. Of equal keys the first counts."""
    texts: Texts = {}
    wrong: list[str] = []
    for path in files:
        try:
            with path.open("rb") as file:
                data = file.read(FILE_MAX + 1)
            if len(data) > FILE_MAX:
                raise CatalogError(f"it has more than {FILE_MAX} bytes")
            texts = parse(data, file_language(path.name)) | texts
        except (OSError, CatalogError) as error:
            wrong.append(f"cannot read the catalog {path}: {error}")
    return texts, wrong
