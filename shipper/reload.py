"""Certificates and tokens that change on disk are taken while the shipper runs.

They change by renewal, by enrolling anew, and by whoever renews an organisation's own certificates.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from journalhub.shipper.errors import ShipperError
from journalhub.shipper.limits import RELOAD_SECONDS
from journalhub.shipper.log import Log


class Watched:
    """Files, as they are when this is made: make it before they are read. Those that are not there may come."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files
        self._seen = self._stamp()

    def have_changed(self) -> bool:
        """Whether one is another than at the last call."""
        before, self._seen = self._seen, self._stamp()
        return before != self._seen

    def _stamp(self) -> list[object]:
        return [_stamp(path) for path in self._files]


async def keep_current(watched: Watched, take: Callable[[], None], log: Log, seconds: float = RELOAD_SECONDS) -> None:
    """Call `take` whenever a file has changed, until cancelled. When it raises ShipperError the old stay in use."""
    while True:
        await asyncio.sleep(seconds)
        if not watched.have_changed():
            continue
        try:
            take()
        except ShipperError as error:
            log.warning("what has changed cannot be used; the certificate and token before it stay in use", why=error)
        else:
            log.notice("certificate and token were taken anew")


def _stamp(path: Path) -> object:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size
