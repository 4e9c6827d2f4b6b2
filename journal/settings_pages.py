"""A table of settings for people: the help page, a sample TOML file, rows of the documentation."""

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from journalhub.journal.settings_values import shown

if TYPE_CHECKING:
    from journalhub.journal.settings import Setting

_WIDTH = 100
_COLUMN = 32
_METAVAR = {"str": "TEXT", "int": "N", "float": "N", "seconds": "TIME", "bytes": "SIZE", "path": "PATH"}


def help_page(prog: str, table: "Sequence[Setting]", about: str) -> str:
    """What `--help` prints."""
    lines = [f"usage: {prog} [OPTION]…"]
    if about:
        lines += ["", *textwrap.wrap(about, _WIDTH)]
    for group, settings in _groups(table):
        lines += ["", f"{group or 'Options'}:"]
        for setting in settings:
            lines += _row(_flag(setting), _sentence(setting))
    lines += ["", "Settings and this help:"]
    lines += _row("--config FILE", "Read settings from this TOML file; its keys are the long options without dashes.")
    lines += _row("--sample-config", "Print such a file with every setting and its default.")
    lines += _row("-h, --help", "Print this.")
    lines += ["", "A flag wins over the environment (JOURNALHUB_DATA_DIR for --data-dir), that over the file."]
    return "\n".join(lines)


def _groups(table: "Sequence[Setting]") -> "Iterator[tuple[str, Iterator[Setting]]]":
    return groupby(table, key=lambda setting: setting.group)


def _flag(setting: "Setting") -> str:
    short = f"{setting.short}, " if setting.short else ""
    return f"{short}--{setting.name} {_metavar(setting)}".rstrip() + ("…" if setting.repeat else "")


def _metavar(setting: "Setting") -> str:
    if setting.kind == "flag":
        return ""
    return setting.metavar or "|".join(setting.choices) or _METAVAR[setting.kind]


def _sentence(setting: "Setting") -> str:
    if setting.kind == "flag" and not setting.default:
        return setting.help
    if setting.default is None or setting.default == ():
        unit = f" In {setting.unit}." if setting.unit else ""
        return setting.help + unit
    return f"{setting.help} Default: {shown(setting, setting.default)}."


def _row(left: str, right: str) -> list[str]:
    wrapped = textwrap.wrap(right, _WIDTH - _COLUMN)
    if len(left) + 4 > _COLUMN:
        return [f"  {left}", *(" " * _COLUMN + line for line in wrapped)]
    return [f"  {left:<{_COLUMN - 2}}{wrapped[0]}", *(" " * _COLUMN + line for line in wrapped[1:])]


def sample(prog: str, table: "Sequence[Setting]") -> str:
    """A TOML file with every setting, commented out, at its default."""
    lines = [f"# Settings of {prog}. Remove the # in front of what you change; every line shows its default."]
    for group, settings in _groups([setting for setting in table if not setting.flag_only]):
        lines += ["", f"# === {group} ==="] if group else []
        for setting in settings:
            lines += ["", *textwrap.wrap(_sentence(setting), _WIDTH, initial_indent="# ", subsequent_indent="# ")]
            lines.append(f"# {setting.name} = {_toml(setting)}")
    return "\n".join(lines)


def _toml(setting: "Setting") -> str:
    value = setting.default
    if setting.repeat:
        return "[" + ", ".join(_toml_scalar(setting, item) for item in value) + "]"
    if value is None:
        return {"int": "0", "float": "0", "seconds": '"1h"', "bytes": '"1G"'}.get(setting.kind, '"…"')
    return _toml_scalar(setting, value)


def _toml_scalar(setting: "Setting", value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if setting.kind in ("int", "float"):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if setting.kind == "seconds":
        return f'"{shown(setting, value).replace(" ", "")}"'
    if setting.kind == "bytes":
        text = shown(setting, value)
        return str(value) if text.endswith("bytes") else f'"{text.replace(" ", "").removesuffix("iB")}"'
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def markdown(table: "Sequence[Setting]") -> str:
    """The table as Markdown."""
    parts = []
    for group, settings in _groups(table):
        rows = "\n".join(_markdown_row(setting) for setting in settings)
        head = f"### {group}\n\n" if group else ""
        parts.append(f"{head}| setting | default | |\n|---|---|---|\n{rows}\n")
    return "\n".join(parts)


def _markdown_row(setting: "Setting") -> str:
    note = " May be repeated." if setting.repeat else ""
    if setting.flag_only:
        note += " Flag only."
    default = shown(setting, setting.default)
    cells = f"`--{setting.name} {_metavar(setting)}".rstrip() + "`", default, setting.help + note
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
