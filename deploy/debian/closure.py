"""What Journalhub needs of an environment: its distributions and their files, as pip has recorded them."""

from collections.abc import Iterator
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

EXTRAS = frozenset({"shipper"})
"""Of Journalhub's own: one package serves nodes and hub."""


def needed(packages: Path) -> dict[str, Distribution]:
    """Every distribution of this environment that the Journalhub unpacked in `packages` needs, by canonical name.

    What it needs is read from its own metadata: the environment's may be of an earlier checkout.
    """
    (own,) = distributions(name="journalhub", path=[str(packages)])
    found: dict[str, Distribution] = {}
    waiting: list[tuple[Distribution, frozenset[str]]] = [(own, EXTRAS)]
    while waiting:
        of, wanted = waiting.pop()
        for text in of.requires or ():
            requirement = Requirement(text)
            if requirement.marker is not None and not any(
                requirement.marker.evaluate({"extra": extra}) for extra in wanted | {""}
            ):
                continue
            key = canonicalize_name(requirement.name)
            if key not in found:
                found[key] = distribution(requirement.name)
                waiting.append((found[key], frozenset(requirement.extras)))
    return found


def files(of: Distribution) -> Iterator[tuple[Path, Path]]:
    """Its modules and metadata: where each lies, and its path within site-packages. No scripts, no compiled caches."""
    recorded = of.files
    if recorded is None:
        raise ValueError(f"cannot pack {of.name}: it has no record of its files; install it with pip")
    for path in recorded:
        if ".." not in path.parts and "__pycache__" not in path.parts:
            yield Path(str(path.locate())), Path(*path.parts)
