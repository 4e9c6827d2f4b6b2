"""Command lines on which jhctl once printed something else than journalctl, each with what it was.

All are tried on the journal `scenes.everything`, in an environment of their own. `@EARLY` and `@LATE` stand for the
cursors of entries of its first and its last boot.
"""

from typing import NamedTuple


class Found(NamedTuple):
    """A difference that was found."""

    why: str
    words: str
    environ: dict[str, str]


FOUND = (
    Found("all priorities are no condition: entries without one are selected", "-p debug", {}),
    Found("so with the range the other way round", "-p 7..0 -n 20 -o short-precise", {}),
    Found("-n counts entries that have no priority", "-n -p debug --output-fields=_UID -o short-precise", {}),
    Found("lines between boots of entries without a priority", "_COMM=odd -p 7 -o short-unix --utc", {}),
    Found(
        "an empty match is set off with --no-full, too", "--no-full -u ssh", {"SYSTEMD_COLORS": "256", "COLUMNS": "90"}
    ),
    Found("and in few colours", "--no-full -o with-unit", {"SYSTEMD_COLORS": "16", "COLUMNS": "200"}),
    Found("boots that --grep passes behind a cursor", "--cursor=@LATE -r -g ^file -u nginx", {}),
    Found("boots that --grep passes from a cursor on", "--cursor=@EARLY -g ^accepted -u ssh", {}),
    Found("binary values with line ends in verbose", "-al -o verbose -r", {}),
    Found("the offset of UTC, where the collector prints", "-o short-iso --utc", {}),
    Found("and behind the fraction", "-o short-iso-precise --utc -r -n 20", {}),
    Found("fields of the address alone, where the collector prints", "-o json --output-fields=__CURSOR", {}),
    Found("and beside another", "-o verbose --output-fields=__CURSOR,MESSAGE", {}),
    Found("entries without a message are entries, where the collector prints", "-m -t no-message -o short -l", {}),
    Found("also the other way round", "-m -t no-message -n 2 -r -o with-unit", {}),
    Found("and from a cursor on, at which none has one", "-t no-message --cursor=@EARLY --lines=1", {}),
)
