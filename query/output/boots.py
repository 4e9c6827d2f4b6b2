"""Lines between boots."""

from collections.abc import Iterable, Mapping, Sequence

from journalhub.journal.entry import Entry
from journalhub.journal.origin import Origin
from journalhub.query.output.colors import HIGHLIGHT, NORMAL

Machine = tuple[bytes, bytes]
"""What boots belong to: a machine id, or the host name of entries that have none."""


def machine_of(entry: Entry | Origin) -> Machine:
    """The machine of an entry, or of whoever speaks in it."""
    machine = entry.first("_MACHINE_ID")
    return (machine, b"") if machine else (b"", entry.first("_HOSTNAME") or b"")


def boot_line(boot_id: bytes, colors: int) -> bytes:
    """The line that journalctl prints where the next entry is of another boot."""
    on, off = (HIGHLIGHT, NORMAL) if colors else (b"", b"")
    return b"%b-- Boot %b --%b\n" % (on, boot_id.hex().encode(), off)


class BootLines:
    """Tells where lines between boots belong. Boots are followed machine by machine: those of a fleet interleave.

    `passed` are the boots, by machine in the order of reading, that have entries which the pattern of --grep hides:
    journalctl says that it comes by them, too.
    """

    def __init__(self, colors: int, passed: Mapping[Machine, Sequence[bytes]] | None = None) -> None:
        self._colors = colors
        self._newest: dict[Machine, bytes] = {}
        self._passed = {machine: list(boots) for machine, boots in (passed or {}).items()}

    def before(self, entry: Entry) -> bytes:
        """The lines that stand before `entry`; mostly none."""
        return self.reached(machine_of(entry), entry.boot_id)

    def reached(self, machine: Machine, boot_id: bytes) -> bytes:
        """The same for an entry of a boot of some machine."""
        newest = self._newest.get(machine)
        if newest == boot_id:
            return b""
        self._newest[machine] = boot_id
        return self._lines([*self._skipped(machine, newest, boot_id), boot_id], newest)

    def stay(self, boots: Iterable[tuple[Machine, bytes]], shown: bool = False) -> bool:
        """Whether entries of these boots, in any order, need no line before any.

        `shown` says that all of these boots have entries that are shown now; else these may be some of them.
        """
        reached: dict[Machine, bytes] = {}
        for machine, boot_id in boots:
            newest = self._newest.get(machine, boot_id if shown else None)
            if newest != boot_id or reached.setdefault(machine, boot_id) != boot_id or machine in self._passed:
                return False
        self._newest.update(reached)
        return True

    def at_end(self) -> bytes:
        """The lines of the boots that are passed after the last entry."""
        rest = [(machine, self._newest.get(machine)) for machine in self._passed]
        return b"".join(
            self._lines([boot for boot in self._passed[machine] if boot != newest], newest) for machine, newest in rest
        )

    def _skipped(self, machine: Machine, newest: bytes | None, upto: bytes) -> list[bytes]:
        """The boots passed between two that are shown."""
        ahead = self._passed.get(machine, [])
        if upto not in ahead:
            return []
        number = ahead.index(upto)
        self._passed[machine] = ahead[number + 1 :]
        return [boot for boot in ahead[:number] if boot != newest]

    def _lines(self, boots: Sequence[bytes], newest: bytes | None) -> bytes:
        """A line for each boot, but for the first that is read of a machine."""
        return b"".join(boot_line(boot, self._colors) for boot in boots[newest is None :])
