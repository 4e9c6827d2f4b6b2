"""What the time zone of this process is called."""

import os
import re
from collections.abc import Mapping

_LOCAL = "/etc/localtime"
_ZONES = "zoneinfo/"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}", re.ASCII)


def zone_name(environ: Mapping[str, str], local: str = _LOCAL) -> str | None:
    """The name of the zone in the database of zones: of TZ, or where `local` links to; None where it has no name.

    tzset(3) and localtime(5): without either the zone is UTC.
    """
    name = environ.get("TZ")
    if name is None:
        try:
            target = os.readlink(local)
        except FileNotFoundError:
            return "UTC"
        except OSError:
            return None  # a file of its own: whichever zone it holds, it does not say
        name = target.rpartition(_ZONES)[2]
    name = name.removeprefix(":")
    if name in ("", "UTC", "Etc/UTC"):
        return "UTC"
    # Others without a place, as CET or GMT+1, the C library reads in a way of its own where it has no such file.
    return name if "/" in name and _NAME.fullmatch(name) else None
