"""What stdout is, and what may be written to it."""

import os
from collections.abc import Mapping

_TRUE = frozenset({"1", "yes", "y", "true", "t", "on"})
_FALSE = frozenset({"0", "no", "n", "false", "f", "off"})


def colors(environ: Mapping[str, str], terminal: bool) -> int:
    """How many colours to use: 0, 16 or 256; by SYSTEMD_COLORS, NO_COLOR and TERM, as systemd's programs."""
    setting = environ.get("SYSTEMD_COLORS", "").lower()
    if setting in _FALSE:
        return 0
    if setting in ("16", "256"):
        return int(setting)
    if setting in _TRUE:
        return 256
    if not terminal or "NO_COLOR" in environ or environ.get("TERM", "dumb") == "dumb":
        return 0
    if setting == "auto-16":
        return 16
    return 256


def chosen_colors(when: str, environ: Mapping[str, str], terminal: bool) -> int:
    """How many colours to use as --color says; `auto` leaves it to the environment and the terminal."""
    if when == "never":
        return 0
    found = colors(environ, terminal)
    return found if when == "auto" else found or colors({"SYSTEMD_COLORS": "1"}, terminal)


def columns(environ: Mapping[str, str]) -> int:
    """Width of a line: COLUMNS, or the terminal's, or 80."""
    setting = environ.get("COLUMNS", "")
    if setting.isascii() and setting.isdigit() and 0 < int(setting) < 65536:
        return int(setting)
    try:
        return os.get_terminal_size(1).columns or 80
    except OSError:
        return 80


def unicode(environ: Mapping[str, str]) -> bool:
    """Whether the locale is one of UTF-8; true where none is set at all, as systemd has it."""
    setting = environ.get("SYSTEMD_UTF8", "").lower()
    if setting in _TRUE | _FALSE:
        return setting in _TRUE
    locale = next((value for name in ("LC_ALL", "LC_CTYPE", "LANG") if (value := environ.get(name))), None)
    return locale is None or locale.lower().replace("-", "").endswith("utf8")
