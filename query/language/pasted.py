"""Lines as journalctl and syslog print them, pasted into the search: where their messages begin."""

import re

_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ZONE = r"(?: ?(?:Z|[A-Z]{2,5}|[+-][0-9]{2}:?[0-9]{2}))?"

# The time of every short mode of journalctl (short, -iso, -precise, -full, -unix, -monotonic, -delta, with-unit).
_TIME = "|".join(
    (
        rf"[A-Z][a-z]{{2}} [ 0-9][0-9] {_CLOCK}",
        rf"(?:[A-Z][a-z]{{2}} )?{_DAY}[T ]{_CLOCK}{_ZONE}",
        r"[0-9]{9,11}\.[0-9]{6}",
        r"\[ *[0-9]+\.[0-9]{6}(?: <[ 0-9.]+>)?\]",
    )
)

# Then the host, which --no-hostname leaves out, the identifier, and the process in brackets.
_LINE = re.compile(rf"[ \t]*(?:{_TIME}) (?:[^\s:\[\]]+ )?[^\s:\[\]]+(?:\[[0-9]+\])?: ?", re.ASCII)


def messages(text: str) -> list[str]:
    """The messages of the printed lines in `text`, with the lines that continue them; empty when there is none."""
    found: list[str] = []
    for line in text.strip("\r\n").split("\n"):
        head = _LINE.match(line)
        if head:
            found.append(line[head.end() :])
        elif found:
            found[-1] += f"\n{line}"
        else:
            return []
    return found
