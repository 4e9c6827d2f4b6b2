"""Settings of a program: one table feeds its flags, environment, TOML file, `--help`, sample file and documentation.

A value is taken from the flag, else the environment (`JOURNALHUB_<NAME>`), else the file, else the default.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeVar

from journalhub.journal import settings_values
from journalhub.journal.settings_values import SettingsError, near

__all__ = ["EXIT_SETTINGS", "HelpAsked", "Setting", "SettingsError", "Values", "load", "load_or_exit"]

EXIT_SETTINGS = 2
"""Exit code for settings that are wrong: what a shell and argparse use for a wrong command line."""

ENVIRONMENT_PREFIX = "JOURNALHUB_"

Kind = Literal["str", "int", "float", "seconds", "bytes", "flag", "path"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of a table of settings."""

    name: str
    """As the flag and the key in the file spell it, without dashes in front: `data-dir`."""
    kind: Kind
    """`seconds` is a float, written as 90, 500ms or 2h; `bytes` an int, as 4096, 64M or 10G (powers of 1024)."""
    default: Any
    """A value of the kind; None where there is none; a tuple when `repeat`. Never parsed."""
    help: str
    """One sentence, without the default and the unit."""
    unit: str = ""
    """Of a number, for people: `days`. Kinds `seconds` and `bytes` need none."""
    metavar: str = ""
    """What stands for the value in help; derived from the kind when empty."""
    repeat: bool = False
    """May be given more than once: the value is a tuple. In the environment: separated by commas."""
    choices: tuple[str, ...] = ()
    low: float | None = None
    """Smallest value allowed, inclusive, of a number."""
    high: float | None = None
    short: str = ""
    """A short flag, such as `-q`."""
    group: str = ""
    """Heading under which help, sample and documentation show it."""
    flag_only: bool = False
    """Of this one run, such as `--once`: neither in the file nor in the environment."""

    @property
    def environment(self) -> str:
        """Name of its environment variable."""
        return ENVIRONMENT_PREFIX + self.name.upper().replace("-", "_")


Table = Sequence[Setting]
Check = Callable[["Values"], str | None]
"""Says what contradicts what and what to do about it, or None."""


class HelpAsked(Exception):
    """`--help` or `--sample-config` was given: `text` is what to print."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Values(Mapping[str, Any]):
    """The values in force, by name of the setting, and where each came from."""

    def __init__(self, values: Mapping[str, Any], sources: Mapping[str, str], warnings: Sequence[str] = ()) -> None:
        self._values = dict(values)
        self.sources = dict(sources)
        """By name: `--data-dir`, `JOURNALHUB_DATA_DIR`, `/etc/x.toml: data-dir`, or `default`."""
        self.warnings = list(warnings)
        """Sentences for the log: environment variables that look like a misspelled setting."""

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def is_given(self, name: str) -> bool:
        """Whether somebody set it, as opposed to the default."""
        return self.sources[name] != "default"

    def into(self, kind: type[T]) -> T:
        """The values as a dataclass whose fields are the names of the settings with `_` for `-`."""
        return kind(**{name.replace("-", "_"): value for name, value in self._values.items()})


def load(
    prog: str,
    table: Table,
    argv: Sequence[str],
    environ: Mapping[str, str],
    *,
    about: str = "",
    default_file: Path | None = None,
    checks: Sequence[Check] = (),
) -> Values:
    """The values of `table` that file, environment and `argv` (without the program's name) give.

    `default_file` is read when `--config` is not given and it exists. Raises HelpAsked, or SettingsError with a
    message for the user.
    """
    flags = _read_flags(prog, table, argv, about)
    given, sources = _read_file(table, flags.pop("config", None) or environ.get("JOURNALHUB_CONFIG"), default_file)
    warnings: list[str] = []
    for setting in table:
        raw = None if setting.flag_only else environ.get(setting.environment)
        if raw is not None:
            given[setting.name] = settings_values.from_environment(setting, raw)
            sources[setting.name] = setting.environment
        if setting.name in flags:
            given[setting.name] = flags[setting.name]
            sources[setting.name] = f"--{setting.name}"
    known = {setting.environment for setting in table} | {"JOURNALHUB_CONFIG"}
    for name in sorted(environ.keys() - known):
        # Other programs share the prefix, so an unknown name is no error; a misspelled one deserves a word.
        meant = near(name, known, 0.92) if name.startswith(ENVIRONMENT_PREFIX) else None
        if meant:
            warnings.append(f"environment variable {name} is not a setting of {prog}; did you mean {meant}?")
    complete = {s.name: given.get(s.name, s.default) for s in table}
    values = Values(complete, {s.name: sources.get(s.name, "default") for s in table}, warnings)
    for check in checks:
        if wrong := check(values):
            raise SettingsError(wrong)
    return values


def load_or_exit(prog: str, table: Table, argv: Sequence[str], environ: Mapping[str, str], **options: Any) -> Values:
    """`load`, as a program wants it: help goes to stdout and ends it with 0, an error to stderr with EXIT_SETTINGS."""
    try:
        return load(prog, table, argv, environ, **options)
    except HelpAsked as asked:
        print(asked.text)
        raise SystemExit(0) from None
    except SettingsError as error:
        exit_with(prog, error)


def exit_with(prog: str, error: SettingsError) -> NoReturn:
    """End the program as one does whose settings are wrong."""
    print(f"{prog}: {error}", file=sys.stderr)
    raise SystemExit(EXIT_SETTINGS)


def _read_flags(prog: str, table: Table, argv: Sequence[str], about: str) -> dict[str, Any]:
    spelled = {f"--{setting.name}": setting for setting in table}
    spelled |= {setting.short: setting for setting in table if setting.short}
    negative = {f"--no-{setting.name}": setting for setting in table if setting.kind == "flag"}
    given: dict[str, Any] = {}
    words = iter(argv)
    for word in words:
        flag, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if flag in ("-h", "--help", "--sample-config"):
            from journalhub.journal import settings_pages

            wants_help = flag != "--sample-config"
            raise HelpAsked(
                settings_pages.help_page(prog, table, about) if wants_help else settings_pages.sample(prog, table)
            )
        if flag == "--config":
            given["config"] = _value_of(flag, equals, value, words)
        elif flag in negative and not equals:
            given[negative[flag].name] = False
        elif flag not in spelled:
            raise SettingsError(_unknown_flag(word, flag, [*spelled, *negative, "--config", "--help"]))
        else:
            _take_flag(spelled[flag], flag, equals, value, words, given)
    return given


def _take_flag(
    setting: Setting, flag: str, equals: str, value: str, words: Iterator[str], given: dict[str, Any]
) -> None:
    if setting.kind == "flag":
        if equals:
            raise SettingsError(f"{flag} takes no value; got {value!r}; give {flag} or --no-{setting.name}")
        given[setting.name] = True
        return
    parsed = settings_values.from_text(setting, _value_of(flag, equals, value, words), flag)
    given[setting.name] = (*given.get(setting.name, ()), parsed) if setting.repeat else parsed


def _value_of(flag: str, equals: str, value: str, words: Iterator[str]) -> str:
    if equals:
        return value
    try:
        return next(words)
    except StopIteration:
        raise SettingsError(f"{flag} wants a value") from None


def _unknown_flag(word: str, flag: str, known: Sequence[str]) -> str:
    if not word.startswith("-"):
        return f"unexpected argument {word!r}; every setting is a flag, see --help"
    meant = near(flag, known)
    return f"unknown option {flag}" + (f"; did you mean {meant}?" if meant else "; see --help")


def _read_file(table: Table, named: str | None, default_file: Path | None) -> tuple[dict[str, Any], dict[str, str]]:
    if named is not None:
        path = Path(named)
    elif default_file is not None and default_file.exists():
        path = default_file
    else:
        return {}, {}
    by_name = {setting.name: setting for setting in table if not setting.flag_only}
    given: dict[str, Any] = {}
    for key, value in settings_values.read_toml(path).items():
        setting = by_name.get(key)
        if setting is None:
            meant = near(key, by_name)
            hint = f"did you mean {meant}?" if meant else f"settings are: {', '.join(by_name)}"
            raise SettingsError(f"{path}: unknown setting {key!r}; {hint}")
        given[key] = settings_values.from_toml(setting, value, f"{path}: {key}")
    return given, {key: f"{path}: {key}" for key in given}
