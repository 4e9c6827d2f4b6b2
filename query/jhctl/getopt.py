"""A command line split into options and words, as GNU getopt_long(3) does: options and words in any order."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from journalhub.query.jhctl.options import OPTIONS, Option

_SHORT = {option.short: option for option in OPTIONS if option.short}
_LONG = {option.name: option for option in OPTIONS}

JOURNALCTL = frozenset(
    (
        *("after-cursor", "all", "boot", "case-sensitive", "catalog", "cursor", "cursor-file"),
        *("directory", "disk-usage", "dmesg", "dump-catalog", "exclude-identifier", "facility", "field"),
        *("fields", "file", "flush", "follow", "force", "full", "grep"),
        *("header", "help", "identifier", "image", "image-policy", "interval", "invocation"),
        *("lines", "list-boots", "list-catalog", "list-invocations", "list-namespaces", "machine", "merge"),
        *("namespace", "new-id128", "no-full", "no-hostname", "no-pager", "no-tail", "output"),
        *("output-fields", "pager-end", "priority", "quiet", "relinquish-var", "reverse", "root"),
        *("rotate", "setup-keys", "show-cursor", "since", "smart-relinquish-var", "sync", "synchronize-on-exit"),
        *("system", "this-boot", "truncate-newline", "unit", "until", "update-catalog", "user"),
        *("user-unit", "utc", "vacuum-files", "vacuum-size", "vacuum-time", "verify", "verify-key"),
        *("version"),
    )
)
"""The long options of journalctl (systemd 258): their abbreviations go before those of ours."""


class UsageError(Exception):
    """A command line that makes no sense; the message says why, without the program's name."""


class Given(NamedTuple):
    """One option of the command line."""

    option: Option
    argument: str | None
    """None where the option takes none, or where an optional one was left out."""
    letter: bool = False
    """Whether it was spelled with one letter."""


def split(arguments: Sequence[str], takes_next: Callable[[str, str], bool]) -> tuple[list[Given], list[str]]:
    """The options, and the words that are none, each in order.

    An optional argument belongs to its option when it is attached (`-n5`, `--lines=5`), or is the next
    argument and `takes_next(name, argument)` says that the option can mean it, as journalctl looks ahead.
    Raises UsageError with getopt's own text.
    """
    given: list[Given] = []
    words: list[str] = []
    ahead = list(reversed(arguments))
    while ahead:
        argument = ahead.pop()
        if argument == "--":
            words += reversed(ahead)
            break
        if argument.startswith("--"):
            given.append(_long(argument[2:], ahead, takes_next))
        elif argument.startswith("-") and argument != "-":
            given += _cluster(argument[1:], ahead, takes_next)
        else:
            words.append(argument)
    return given, words


def _long(text: str, ahead: list[str], takes_next: Callable[[str, str], bool]) -> Given:
    name, equals, value = text.partition("=")
    option = _find_long(name, text)
    if not option.argument:
        if equals:
            raise UsageError(f"option '--{option.name}' doesn't allow an argument")
        return Given(option, None)
    if equals:
        return Given(option, value)
    return _with_next(option, f"option '--{option.name}' requires an argument", ahead, takes_next)


def _find_long(name: str, text: str) -> Option:
    if name in _LONG:
        return _LONG[name]
    possible = [option for option in OPTIONS if option.name.startswith(name)]
    stock = [option for option in possible if option.name in JOURNALCTL]
    if len(possible) > 1 and len(stock) == 1:
        return stock[0]  # what journalctl abbreviates so is not ambiguous for what it does not have
    if not possible:
        raise UsageError(f"unrecognized option '--{text}'")
    if len(possible) > 1:
        names = " ".join(f"'--{option.name}'" for option in possible)
        raise UsageError(f"option '--{text}' is ambiguous; possibilities: {names}")
    return possible[0]


def _cluster(letters: str, ahead: list[str], takes_next: Callable[[str, str], bool]) -> list[Given]:
    given: list[Given] = []
    while letters:
        letter, letters = letters[0], letters[1:]
        option = _SHORT.get(letter)
        if option is None:
            raise UsageError(f"invalid option -- '{letter}'")
        if not option.argument:
            given.append(Given(option, None, letter=True))
            continue
        if letters:
            return [*given, Given(option, letters)]
        return [*given, _with_next(option, f"option requires an argument -- '{letter}'", ahead, takes_next)]
    return given


def _with_next(option: Option, missing: str, ahead: list[str], takes_next: Callable[[str, str], bool]) -> Given:
    if option.argument.startswith("["):
        wanted = bool(ahead) and takes_next(option.name, ahead[-1])
        return Given(option, ahead.pop() if wanted else None)
    if not ahead:
        raise UsageError(missing)
    return Given(option, ahead.pop())
