"""Whether who asked may still read: a long answer outlives a session that ends, and a token that is revoked."""

import time
from collections.abc import Callable

from aiohttp import web

LOOK_SECONDS = 2.0
"""Between two looks: they cost a query of a small database each."""


class Admission:
    """Of one request; what it holds must not be the request itself, which holds this."""

    def __init__(self, is_still: Callable[[], bool]) -> None:
        self._is_still = is_still
        self._looked = time.monotonic()

    def lasts(self) -> bool:
        """False once the token, the session or the user has gone, or has another role or scope."""
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return True
        if not self._is_still():
            return False
        self._looked = time.monotonic()
        return True


ADMISSION = web.RequestKey("journalhub_admission", Admission)
"""Key of the request under which the guard leaves it."""


def admission_of(request: web.Request) -> Admission:
    """The guard's, or one for ever where there is no guard."""
    return request.get(ADMISSION) or Admission(lambda: True)
