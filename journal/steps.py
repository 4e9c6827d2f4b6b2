"""Named steps on the way to disk, where tests end the process: whatever was acknowledged before must be there after."""

from collections.abc import Callable

STEPS = (
    "append: begun",
    "log: written, not committed",
    "log: committed",
    "append: one day of several stored",
    "append: all stored, not shown",
    "ledger: written, not committed",
    "ledger: committed, not answered",
    "index: added, not committed",
    "index: committed, not shown",
    "merge: written, not committed",
    "merge: committed",
)
"""Of storing a batch and what follows it."""

REMOVAL_STEPS = (
    "removal: written down",
    "removal: numbers kept",
    "removal: renamed",
    "removal: done",
)
"""Of removing old days."""

THINNING_STEPS = (
    "thinning: copied",
    "thinning: copy in place",
    "thinning: old one put aside",
    "thinning: exchanged",
)
"""Of removing entries from within a day."""

on_step: Callable[[str], None] | None = None
"""Called with each step; None but in tests."""


def reached(step: str) -> None:
    """Say that a step is reached. `step` is one of the names above."""
    if on_step is not None:
        on_step(step)
