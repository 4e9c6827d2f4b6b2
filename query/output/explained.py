"""--catalog: the explanation of an entry, as it stands behind it in the short modes and in verbose."""

from collections.abc import Mapping

from journalhub.query.output.colors import GREEN, GREY, NORMAL
from journalhub.query.output.options import OutputOptions
from journalhub.query.output.text import visible


def explanation(fields: Mapping[str, bytes], options: OutputOptions) -> bytes:
    """What stands behind an entry with these fields, each line marked; nothing where no catalog explains it."""
    text = None if options.explain is None else options.explain(fields)
    if text is None:
        return b""
    mark = "░░".encode() if options.unicode else b"--"
    if options.terminal:
        text = visible(text)
    lines = text.split(b"\n")
    if not options.colors:
        return b"".join(b"%b %b\n" % (mark, line) for line in lines)
    grey = GREY[options.colors]
    first = b"%b%b %b%b%b%b\n" % (grey, mark, NORMAL, GREEN, lines[0], NORMAL)
    return first + b"".join(b"%b%b%b %b%b%b\n" % (grey, mark, NORMAL, GREEN, line, NORMAL) for line in lines[1:])
