"""What is set off of a message because it was searched for: places in the message become places in what is shown."""

from collections.abc import Callable

from journalhub.query.output.options import OutputOptions

Span = tuple[int, int]


def hits_of(message: bytes, shown: Callable[[bytes], bytes], options: OutputOptions, length: int = -1) -> list[Span]:
    """The spans to set off in `shown` of the first `length` bytes of the message; of all of it where that is -1.

    Spans begin and end outside of escape sequences, so that `shown` of the pieces is what it is of the whole.
    """
    if not options.colors or options.hits is None:
        return []
    end = len(message) if length < 0 else length
    found, place, at = [], 0, 0
    for start, behind in options.hits(message):
        if start >= end:
            break
        behind = min(behind, end)
        place += len(shown(message[at:start]))
        width = len(shown(message[start:behind]))
        found.append((place, place + width))
        place, at = place + width, behind
    return found
