"""Field names: which are valid, and the ones that our code speaks of."""

import re

from journalhub.journal.limits import FIELD_NAME_MAX

NAME = re.compile(r"[A-Z_][A-Z0-9_]*", re.ASCII)

PRIORITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
"""Names of PRIORITY 0..7, in journald's spelling (syslog(3))."""

FACILITIES = (
    *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"),
    *("12", "13", "14", "15"),
    *("local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"),
)
"""Names of SYSLOG_FACILITY 0..23; 12 to 15 have none in journalctl either."""


def is_valid_name(name: str) -> bool:
    """Whether journald would store a field under this name: upper case, digits, `_`, no leading digit, 1 to 64 bytes.

    The rule of journal_field_valid in systemd, with protected (leading `_`) names allowed. Names that start with
    `__` are addresses of the entry (`__CURSOR`), not fields, and are not valid here.
    """
    return len(name) <= FIELD_NAME_MAX and NAME.fullmatch(name) is not None and not name.startswith("__")
