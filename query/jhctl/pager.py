"""The pager, by the rules of systemd's programs, and the bytes that go to it or to stdout."""

from collections.abc import Mapping, Sequence
from subprocess import PIPE, Popen

_OPTIONS = "FRSXMK"
"""Of less: quit if it fits one screen, colours, cut lines, leave the screen, long prompt, quit on Ctrl-C."""


def commands(environ: Mapping[str, str]) -> list[list[str]]:
    """The pagers to try, in order; none when the environment says so."""
    chosen = environ.get("SYSTEMD_PAGER", environ.get("PAGER"))
    if chosen is None:
        return [["pager"], ["less"], ["more"]]
    words = chosen.split()
    return [] if not words or words == ["cat"] else [words]


def start(environ: Mapping[str, str], to_end: bool, unicode: bool) -> Popen[bytes] | None:
    """A running pager that reads from its stdin, or None where there is none to run.

    What goes there is text of strangers: less never runs commands or opens files for them.
    """
    less = environ.get("SYSTEMD_LESS", _OPTIONS) + (" +G" if to_end else "")
    charset = environ.get("SYSTEMD_LESSCHARSET") or ("utf-8" if unicode else None)
    own = {**environ, "LESS": less, "LESSSECURE": "1", **({"LESSCHARSET": charset} if charset else {})}
    for command in commands(environ):
        pager = _run(command, own)
        if pager is not None:
            return pager
    return None


def _run(command: Sequence[str], environ: Mapping[str, str]) -> Popen[bytes] | None:
    try:
        return Popen(command, stdin=PIPE, env=dict(environ))
    except OSError:
        return None


def finish(pager: Popen[bytes]) -> None:
    """Wait until the reader leaves the pager."""
    pager.communicate()
