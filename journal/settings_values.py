"""Values of settings as they are written: on the command line, in the environment, in TOML; and back."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from journalhub.journal import timespan

if TYPE_CHECKING:
    from journalhub.journal.settings import Setting

_SIZE = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?P<unit>[KMGTP]?)(?:i?B)?", re.IGNORECASE)
_POWER = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5}
_SAID = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "seconds": "a time span, such as 90, 500ms or 2h",
    "bytes": "a size, such as 4096, 64M or 10G",
    "flag": "true or false",
    "path": "a path",
}
_TRUE = frozenset({"1", "yes", "true", "on", "y"})
_FALSE = frozenset({"0", "no", "false", "off", "n", ""})
_DAY = 86_400


class SettingsError(ValueError):
    """Settings that are wrong or contradict each other; the message names the setting and what to do."""


def near(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The one of `known` that `word` most probably means, or None."""
    import difflib

    by_plain = {name.lower().replace("_", "-"): name for name in known}
    found = difflib.get_close_matches(word.lower().replace("_", "-"), by_plain, n=1, cutoff=cutoff)
    return by_plain[found[0]] if found else None


def from_text(setting: "Setting", raw: str, where: str) -> Any:
    """One value of a setting that is written as `raw`. Raises SettingsError that names `where`."""
    try:
        value = _parse(setting.kind, raw)
    except ValueError as error:
        raise _wrong(setting, raw, where) from error
    return _within(setting, value, where)


def from_environment(setting: "Setting", raw: str) -> Any:
    """What the setting's environment variable says."""
    if setting.repeat:
        parts = [part.strip() for part in raw.split(",")]
        return tuple(from_text(setting, part, setting.environment) for part in parts if part)
    return from_text(setting, raw, setting.environment)


def from_toml(setting: "Setting", value: Any, where: str) -> Any:
    """What a TOML value says; `where` is file and key."""
    if setting.repeat:
        items = value if isinstance(value, list) else [value]
        return tuple(_scalar(setting, item, where) for item in items)
    return _scalar(setting, value, where)


def _scalar(setting: "Setting", value: Any, where: str) -> Any:
    kind = setting.kind
    if isinstance(value, bool) or kind == "flag":
        if isinstance(value, bool) and kind == "flag":
            return value
    elif isinstance(value, str) and kind in ("str", "path", "seconds", "bytes"):
        return from_text(setting, value, where)
    elif isinstance(value, int) and kind in ("int", "float", "seconds", "bytes"):
        return _within(setting, value if kind in ("int", "bytes") else float(value), where)
    elif isinstance(value, float) and kind in ("float", "seconds"):
        return _within(setting, value, where)
    raise _wrong(setting, value, where)


def read_toml(path: Path) -> dict[str, Any]:
    """The keys of a TOML file. Raises SettingsError for a file that is absent, unreadable or no TOML."""
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read settings from {path}: {error.strerror}") from error
    except ValueError as error:
        raise SettingsError(f"cannot read settings from {path}: {error}") from error


def _parse(kind: str, raw: str) -> Any:
    if kind == "str":
        return raw
    if kind == "path":
        if not raw:
            raise ValueError("empty")
        return Path(raw)
    if kind == "int":
        return int(raw)
    if kind == "float":
        return float(raw)
    if kind == "seconds":
        return timespan.parse(raw) / timespan.SECOND
    if kind == "bytes":
        return parse_size(raw)
    if raw.lower() not in _TRUE | _FALSE:
        raise ValueError("neither")
    return raw.lower() in _TRUE


def parse_size(raw: str) -> int:
    """Bytes that `raw` names: 4096, 64M, 1.5 GiB; powers of 1024. Raises ValueError."""
    found = _SIZE.fullmatch(raw.strip())
    if found is None:
        raise ValueError(f"not a size: {raw!r}")
    return int(float(found["number"]) * 1024 ** _POWER[found["unit"].upper()])


def _within(setting: "Setting", value: Any, where: str) -> Any:
    low, high = setting.low, setting.high
    too_low = low is not None and not value >= low  # a NaN is not in any range
    too_high = high is not None and not value <= high
    if setting.choices and value not in setting.choices:
        raise SettingsError(f"{where}: got {value!r}; want one of: {', '.join(setting.choices)}")
    if too_low or too_high:
        limits = " and ".join(
            f"{word} {shown(setting, limit)}"
            for word, limit in (("at least", low), ("at most", high))
            if limit is not None
        )
        raise SettingsError(f"{where}: got {shown(setting, value)}; want {limits}")
    return value


def _wrong(setting: "Setting", got: object, where: str) -> SettingsError:
    unit = f" ({setting.unit})" if setting.unit else ""
    return SettingsError(f"{where}: got {got!r}; want {_SAID[setting.kind]}{unit}")


def shown(setting: "Setting", value: Any) -> str:
    """A value as a person writes it in text: `1 h`, `64 MiB`, `30 days`, `none`."""
    if value is None or value == ():
        return "none"
    if setting.kind == "flag":
        return "yes" if value else "no"
    if setting.kind == "seconds":
        return _shown_seconds(value)
    if setting.kind == "bytes":
        return _shown_bytes(value)
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    plain = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{plain} {setting.unit}".rstrip()


def _shown_seconds(value: float) -> str:
    for size, name in ((_DAY, "d"), (3600, "h"), (60, "min")):
        if value >= size and value % size == 0:
            return f"{value / size:g} {name}"
    return f"{value:g} s" if value >= 1 or value == 0 else f"{value * 1000:g} ms"


def _shown_bytes(value: int) -> str:
    for power, name in ((4, "TiB"), (3, "GiB"), (2, "MiB"), (1, "KiB")):
        if value >= 1024**power and value % 1024**power == 0:
            return f"{value // 1024**power} {name}"
    return f"{value} bytes"
