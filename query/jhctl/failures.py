"""What can go wrong, and with which status jhctl then exits."""

OK = 0
FAILURE = 1
"""Where journalctl exits with 1: a command line, time, boot or pattern that makes no sense, --grep without a hit."""
BAD_QUERY = 2
"""The collector does not understand the query: --search, --host and what else journalctl does not have."""
NO_ANSWER = 3
"""No answer from a collector: it is down, the URL is wrong, what answers is something else, it takes too long."""
PARTIAL = 4
"""What was printed is incomplete, or was cut off."""
REFUSED = 5
"""The collector is there and does not serve us: it wants credentials, is overloaded, or fails."""

EXIT_CODES = (
    (OK, "done; also when nothing was found (as journalctl)"),
    (FAILURE, "as journalctl: bad option, time, boot, unit or pattern; --grep found nothing"),
    (BAD_QUERY, "the collector does not understand the query of --search, or knows no such --host"),
    (NO_ANSWER, "no answer: the collector is down, the URL is wrong, or no collector answers there"),
    (PARTIAL, "the answer is incomplete; stderr says why"),
    (REFUSED, "the collector refuses: credentials, overload, or a fault of its own"),
)
"""For --help and the documentation."""


class FailureError(Exception):
    """The end of a run: one line for stderr, and the exit status."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        """The collector's name for a few cases that are treated specially."""
