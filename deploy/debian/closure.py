"""What Journalhub needs of an environment: its distributions and their files, as pip has recorded them."""

from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

EXTRAS = frozenset({"shipper"})
"""Of Journalhub's own: one package serves nodes and hub."""


def needed(name: str = "journalhub", extras: frozenset[str] = EXTRAS) -> dict[str, Distribution]:
    """Every distribution that `name` needs here, itself left out, by its canonical name."""
    found: dict[str, Distribution] = {}
    waiting = [(name, extras)]
    while waiting:
        of, wanted = waiting.pop()
        for text in distribution(of).requires or ():
            requirement = Requirement(text)
            if requirement.marker is not None and not any(
                requirement.marker.evaluate({"extra": extra}) for extra in wanted | {""}
            ):
                continue
            key = canonicalize_name(requirement.name)
            if key not in found:
                found[key] = distribution(requirement.name)
                waiting.append((requirement.name, frozenset(requirement.extras)))
    return found


def files(of: Distribution) -> Iterator[tuple[Path, Path]]:
    """Its modules and metadata: where each lies, and its path within site-packages. No scripts, no compiled caches."""
    recorded = of.files
    if recorded is None:
        raise ValueError(f"cannot pack {of.name}: it has no record of its files; install it with pip")
    for path in recorded:
        if ".." not in path.parts and "__pycache__" not in path.parts:
            yield Path(str(path.locate())), Path(*path.parts)
