"""How the shipper ends when it cannot do its work: one exit code per cause, for units and scripts."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of `journalhub shipper`. docs/shipper.md says what to do about each."""

    OK = 0
    FAILED = 1
    """Something that should not happen; the message says what."""
    USAGE = 2
    """Wrong flag, setting or value."""
    BAD_URL = 3
    """The collector's address cannot be used."""
    NO_JOURNAL = 4
    """There are no journal files where they were looked for."""
    UNREADABLE = 5
    """There are journal files, and this user may not read them."""
    REFUSED = 6
    """The collector does not take this shipper's version of the batch format."""
    UNSENT = 7
    """`--once`: the collector did not take everything in the time given."""
    STATE = 8
    """The state directory cannot be written, or another shipper uses it."""
    NO_LIBRARY = 9
    """systemd-python or libsystemd is not installed."""


class ShipperError(Exception):
    """The shipper must end: `str()` says what, where, and what to do."""

    def __init__(self, code: Exit, message: str) -> None:
        super().__init__(message)
        self.code = code
