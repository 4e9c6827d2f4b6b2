"""Lines in the stream for what is not there: `-- Gap web-1: 1204 entries lost (rotated away) --`."""

from typing import NamedTuple

from journalhub.journal.entry import Entry
from journalhub.query.jhctl.api import printable
from journalhub.query.output.colors import NORMAL, RED


class Gap(NamedTuple):
    """Entries that a host wrote and the collector never got."""

    since: int
    until: int
    """Microseconds: when they were written, as far as known."""
    host: str
    entries: int
    cause: str


def parse_gaps(header: str) -> tuple[list[Gap], int]:
    """The gaps of the header Journalhub-Gaps, and how many more there are. What cannot be read is left out."""
    gaps: list[Gap] = []
    more = 0
    for item in header.split(","):
        words = item.split()
        if len(words) == 5 and all(word.isascii() and word.isdigit() for word in words[1:4]):
            entries, since, until = map(int, words[1:4])
            gaps.append(Gap(since, until, _unquoted(words[0]), entries, _unquoted(words[4])))
        elif item.strip().startswith("+") and item.strip()[1:].isdigit():
            more = int(item.strip()[1:])
    return gaps, more


def _unquoted(text: str) -> str:
    from urllib.parse import unquote

    return printable(unquote(text))


def gap_line(host: str, entries: int, cause: str, colors: int) -> bytes:
    """The line of one gap."""
    on, off = (RED, NORMAL) if colors else (b"", b"")
    noun = "entry" if entries == 1 else "entries"
    return b"%b-- Gap %b: %d %b lost (%b) --%b\n" % (on, host.encode(), entries, noun.encode(), cause.encode(), off)


def late_line(host: bytes, microseconds: int, colors: int) -> bytes:
    """The line in front of entries that come after younger ones were shown."""
    on, off = (RED, NORMAL) if colors else (b"", b"")
    name = printable(host.decode(errors="replace")).encode()
    return b"%b-- Late %b: %.1f s behind what is shown --%b\n" % (on, name, microseconds / 1_000_000, off)


class GapLines:
    """Tells where the lines of gaps belong: between the entries that stand before and behind a gap in time.

    `open_start` says whether the output is whole where it begins, so that gaps in front of the first entry belong to
    it; those from before `floor`, in microseconds, never do.
    """

    def __init__(self, header: str, colors: int, *, reverse: bool, open_start: bool, floor: int = 0) -> None:
        gaps, self._more = parse_gaps(header)
        self._gaps = [gap for gap in gaps if gap.until > floor]
        if reverse:
            self._gaps.sort(reverse=True)
        else:
            self._gaps.sort(key=lambda gap: (gap.until, gap.since))
        self._reverse = reverse
        self._colors = colors
        self._begun = open_start
        self._told: dict[str, int] = {}

    def before(self, entry: Entry) -> bytes:
        """The lines that stand before `entry`; mostly none."""
        if not self._gaps:
            return b""
        number = 0
        while number < len(self._gaps) and self._is_past(self._gaps[number], entry.realtime):
            number += 1
        passed, self._gaps = self._gaps[:number], self._gaps[number:]
        shown, self._begun = (passed if self._begun else []), True
        return self._lines(shown)

    def at_end(self) -> bytes:
        """The lines that stand behind the last entry, where the output is whole there."""
        more = [b"-- Gap: %d more; jhctl --list-gaps --\n" % self._more] if self._more else []
        return b"".join((self._lines(self._gaps), *more))

    def summary(self) -> str:
        """One sentence instead of the lines that were given; empty for none."""
        if not self._told:
            return ""
        lost = ", ".join(f"{entries} of {host}" for host, entries in self._told.items())
        return f"entries are lost within what is shown: {lost}; jhctl --list-gaps says when and why"

    def _is_past(self, gap: Gap, realtime: int) -> bool:
        return gap.since >= realtime if self._reverse else gap.until <= realtime

    def _lines(self, gaps: list[Gap]) -> bytes:
        for gap in gaps:
            self._told[gap.host] = self._told.get(gap.host, 0) + gap.entries
        return b"".join(gap_line(gap.host, gap.entries, gap.cause, self._colors) for gap in gaps)
