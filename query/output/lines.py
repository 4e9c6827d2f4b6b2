"""How a message of one or more lines is laid out behind its prefix."""

from collections.abc import Iterable, Iterator, Sequence
from os.path import commonprefix

from journalhub.query.output.colors import PLAIN, Colors, paint, paint_hits
from journalhub.query.output.text import PRINT_MAX, ellipsize

_LINES_MAX = 3
"""Lines of one message that --no-full shows."""


def split_lines(message: bytes) -> list[bytes]:
    """The lines to show: a newline at the very end starts no further one, an empty message is one empty line."""
    lines = message.split(b"\n")
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    return lines


Span = tuple[int, int]


def lay_out(
    message: bytes, indent: int, colors: Colors = PLAIN, match: Span | None = None, hits: Sequence[Span] = ()
) -> bytes:
    """`message`, its second and later lines indented by `indent`, with the newline at the end.

    `match` is the span of the whole message to set off, as journalctl does; `hits` are those to set off in any case.
    """
    if hits:
        return (b"\n" + b" " * indent).join(_with_hits(split_lines(message), colors, hits)) + b"\n"
    if b"\0" in message:
        message = _until_nul(message)
    if colors is PLAIN or not message:
        if b"\n" not in message:
            return message + b"\n"
        return (b"\n" + b" " * indent).join(split_lines(message)) + b"\n"
    shown, at = [], 0
    for line in split_lines(message):
        shown.append(_paint_line(line, at, colors, match))
        at += len(line) + 1
    return (b"\n" + b" " * indent).join(shown) + b"\n"


def _with_hits(lines: Iterable[bytes], colors: Colors, hits: Sequence[Span]) -> Iterator[bytes]:
    at = 0
    for line in lines:
        yield paint_hits(line.partition(b"\0")[0], colors, _within(hits, at, at + len(line.partition(b"\0")[0])))
        at += len(line) + 1


def _within(hits: Iterable[Span], start: int, end: int) -> list[Span]:
    """What of `hits` lies between, counted from `start`."""
    return [(max(one, start) - start, min(other, end) - start) for one, other in hits if one < end and other > start]


def _until_nul(message: bytes) -> bytes:
    """Each line up to its first NUL: where --all lets one through, journalctl prints it as a C string."""
    return b"\n".join(line.partition(b"\0")[0] for line in message.split(b"\n"))


def _paint_line(line: bytes, at: int, colors: Colors, match: Span | None) -> bytes:
    if match is None or not at <= match[0] < at + len(line):
        return colors.on + line + colors.off
    start, end = match[0] - at, match[1] - at
    if end < len(line):
        return paint(line, colors, (start, end))
    return b"%b%b%b%b%b" % (colors.on, line[:start], colors.match, line[start:], colors.off)


def cut(
    message: bytes,
    indent: int,
    columns: int,
    unicode: bool,
    colors: Colors = PLAIN,
    match: Span | None = None,
    hits: Sequence[Span] = (),
) -> bytes:
    """As `lay_out`, for --no-full: lines cut to `columns`, and three lines or 300 bytes at most.

    A match is set off in lines that need no cutting only, as journalctl does.
    """
    if not message:
        return b"\n"
    shown, at = [], 0
    for number, line in enumerate(split_lines(message)):
        end = at + len(line)
        last = number + 1 == _LINES_MAX or end + 1 >= PRINT_MAX
        prefix = b" " * indent if number else b""
        own = _within(hits, at, end)
        if indent + len(line) + 1 < columns and not last:
            whole = line if colors is PLAIN else _paint_line(line, at, colors, match)
            shown.append(prefix + (paint_hits(line, colors, own) if own else whole))
        else:
            shown.append(_cut_line(line, prefix, columns - indent, unicode, last, colors, own))
        if last:
            break
        at = end + 1
    return b"\n".join(shown) + b"\n"


def _cut_line(
    line: bytes, prefix: bytes, width: int, unicode: bool, last: bool, colors: Colors, hits: Sequence[Span]
) -> bytes:
    if width < 3:
        return b"..."
    if width > len(line) + 3:
        return prefix + paint_hits(line + b"...", colors, hits)
    shorter = ellipsize(line, width, 100 if last else 90, unicode)
    if shorter is None:
        return prefix + paint_hits(line, colors, hits)
    return prefix + paint_hits(shorter, colors, _within(hits, 0, len(commonprefix((line, shorter)))))
