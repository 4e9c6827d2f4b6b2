"""The two vocabularies of the session: what it is told, and what it wants done."""

from dataclasses import dataclass
from enum import Enum

from journalhub.shipper.errors import Exit
from journalhub.shipper.frames import Position, Report


@dataclass(frozen=True, slots=True)
class Answer:
    """What the collector said to one request."""

    status: int
    acknowledged: str | None = None
    """Cursor of the last entry it has stored of this request; None for none."""
    understood: bool = True
    """Whether the body is the JSON that the format promises; anything may answer 200."""
    refused: int = 0
    """Entries that it will never take, counted by it."""
    retry_after: float | None = None
    """Seconds."""
    error: str = ""
    """What it gave as the reason."""


# Commands.


@dataclass(frozen=True, slots=True)
class Post:
    """Send this, with the status as it is now, and tell the answer under the same number."""

    number: int
    packed: bytes
    gaps: tuple[Report, ...] = ()
    dropped: tuple[Report, ...] = ()
    with_status: bool = True
    """False after 400: it may be the status that the collector does not like."""


@dataclass(frozen=True, slots=True)
class Save:
    """Everything up to these positions is stored: remember them."""

    positions: dict[str, Position]


class State(Enum):
    """How the uplink is, for log and status line."""

    STARTING = "starting"
    UP = "up"
    DOWN = "down"
    """The collector does not answer, or answers that it cannot."""
    DENIED = "denied"
    """401 or 403."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The uplink is now in this state; `why` is for the user."""

    state: State
    why: str = ""


@dataclass(frozen=True, slots=True)
class Dropped:
    """An entry that the collector never takes is left out."""

    cursor: str
    why: str


@dataclass(frozen=True, slots=True)
class Halt:
    """Nothing more can be done."""

    code: Exit
    message: str


Command = Post | Save | Changed | Dropped | Halt
