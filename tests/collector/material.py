"""Entries, batches and stores for the tests of the collector."""

import threading
from collections.abc import Callable, Sequence

from journalhub.journal.batch import Batch, from_entries
from journalhub.journal.entry import Entry
from journalhub.store.contract import Appended
from journalhub.store.memory import MemoryStore

SEQNUM_ID = bytes(range(16))
BOOT_ID = bytes(range(16, 32))
MACHINE_ID = "0123456789abcdef0123456789abcdef"
START = 1_790_000_000_000_000
"""Microseconds: a day in September 2026."""


def entry(
    seqnum: int,
    message: bytes = b"hello",
    *,
    hostname: bytes = b"web-1",
    machine_id: str = MACHINE_ID,
    seqnum_id: bytes = SEQNUM_ID,
    realtime: int | None = None,
    namespace: bytes = b"",
) -> Entry:
    """An entry of a small machine; its time rises with its seqnum."""
    fields = [("_HOSTNAME", hostname), ("_MACHINE_ID", machine_id.encode()), ("PRIORITY", b"6"), ("MESSAGE", message)]
    if namespace:
        fields.append(("_NAMESPACE", namespace))
    at = START + seqnum * 1000 if realtime is None else realtime
    return Entry(seqnum_id, seqnum, BOOT_ID, seqnum * 1000, at, seqnum * 7, tuple(fields))


def batch(*seqnums: int, **options: object) -> Batch:
    """A batch of such entries."""
    return from_entries(entry(seqnum, **options) for seqnum in seqnums)  # type: ignore[arg-type]


class ScriptedStore(MemoryStore):
    """A store whose disk does what a test says: `trouble` is raised, `gate` must be open."""

    def __init__(self) -> None:
        super().__init__()
        self.trouble: Callable[[Sequence[Batch]], Exception | None] = lambda batches: None
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.calls: list[int] = []
        """How many batches each call of `append` had."""

    def append(self, batches: Sequence[Batch]) -> list[Appended]:
        """As the contract says, unless told otherwise."""
        self.calls.append(len(batches))
        self.entered.set()
        assert self.gate.wait(240)
        error = self.trouble(batches)
        if error:
            raise error
        return super().append(batches)
