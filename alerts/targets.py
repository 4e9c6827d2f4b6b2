"""Who is told: `webhook:URL`, `alertmanager:URL`, `mail:ADDRESS`."""

import re
from typing import Any
from urllib.parse import urlsplit

from journalhub.alerts.limits import TEXT_MAX

FORMS = "webhook:URL, alertmanager:URL or mail:ADDRESS"

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?", re.ASCII)


def check_target(target: Any) -> str | None:
    """Why this is no receiver, or None when it is one."""
    if not isinstance(target, str) or len(target) > TEXT_MAX or not (target.isascii() and target.isprintable()):
        return f"{target!r:.80} is no receiver; want {FORMS}"
    kind, _, address = target.partition(":")
    if kind == "mail":
        return None if _ADDRESS.fullmatch(address) else f"{address[:80]!r} is no mail address"
    if kind not in ("webhook", "alertmanager"):
        return f"{target[:80]!r} is no receiver; want {FORMS}"
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and " " not in address
    except ValueError:
        good = False
    if not good:
        return f"{address[:80]!r} is no address of a {kind}; want http://HOST… or https://HOST…"
    if parts.username is not None or parts.password is not None:
        return f"the address of a {kind} has a password in it, which everybody sees who sees the rule"
    return None
