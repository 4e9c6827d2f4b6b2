"""The collector's own log: one line each on stderr, and no complaint more than once a minute.

Nothing that a sender chose goes into a line as it is: what is quoted is a repr or bytes.
"""

import logging
import os
import sys
import time
from collections.abc import Callable, Mapping

from journalhub.collector.limits import LOG_SECONDS

_PRIORITY = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}
_WORD = {logging.WARNING: "warning: ", logging.ERROR: "error: ", logging.CRITICAL: "error: "}
_KEYS_MAX = 1000
"""Distinct complaints that are remembered."""


class OneLine(logging.Formatter):
    """A record on one line; a traceback becomes its last frame. For journald the priority stands in front."""

    def __init__(self, for_journal: bool) -> None:
        super().__init__()
        self._for_journal = for_journal

    def format(self, record: logging.LogRecord) -> str:
        text = " ".join(record.getMessage().split("\n"))
        if record.exc_info and record.exc_info[1]:
            text += f": {_where(record.exc_info[1])}"
        if self._for_journal:
            return f"<{_PRIORITY.get(record.levelno, 6)}>{text}"
        return f"journalhub: {_WORD.get(record.levelno, '')}{text}"


class Seldom(logging.Filter):
    """Lets the same complaint through once in LOG_SECONDS, then with the number that was left out."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._last: dict[tuple[str, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to show it. Records are the same when their place in the code is."""
        if record.levelno < logging.WARNING:
            return True
        key, now = (record.pathname, record.lineno), self._monotonic()
        since, left_out = self._last.get(key, (0.0, 0))
        if since and now - since < LOG_SECONDS:
            self._last[key] = (since, left_out + 1)
            return False
        if len(self._last) >= _KEYS_MAX:
            self._last.clear()
        self._last[key] = (now, 0)
        if left_out:
            record.msg, record.args = f"{record.getMessage()} ({left_out} more like this)", ()
        return True


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    place = ""
    while trace is not None:
        code = trace.tb_frame.f_code
        place = f" at {os.path.basename(code.co_filename)}:{trace.tb_lineno} in {code.co_name}"
        trace = trace.tb_next
    return f"{type(error).__name__}: {str(error)[:500]!r}{place}"


def set_up(environ: Mapping[str, str]) -> None:
    """Send our log and aiohttp's complaints to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine(for_journal="JOURNAL_STREAM" in environ))
    handler.addFilter(Seldom())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # What it says of each bad request is said in the answer, and would let anybody fill our journal.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
