"""The texts of -h and --help, and the Markdown of docs/jhctl.md, from the table of options."""

from collections.abc import Iterator

from journalhub.query.jhctl.failures import EXIT_CODES
from journalhub.query.jhctl.options import EXAMPLES, LOCAL, OPTIONS, Option

_USAGE = "jhctl [OPTIONS...] [MATCHES...]\n\nQuery the journals of all hosts of a Journalhub collector.\n"
_COLUMN = 30
"""Where the description of an option begins."""


def short_help() -> str:
    """One screen: examples, and the options that are used most."""
    return "".join((_USAGE, "\nExamples:\n", *_examples(), *_groups(common=True), "\nAll options: jhctl --help\n"))


def full_help() -> str:
    """Every option that works, the options of journalctl that do not, and the exit codes."""
    refused = ", ".join(f"--{option.name}" for option in OPTIONS if option.refused)
    parts = [_USAGE, "\nExamples:\n", *_examples(), *_groups(common=False)]
    parts += ["\nExit Codes:\n", *(f"  {code}  {meaning}\n" for code, meaning in EXIT_CODES)]
    parts += [f"\n{LOCAL}:\n", *_wrapped(refused), "\nSee docs/jhctl.md for what is different from journalctl.\n"]
    return "".join(parts)


def _examples() -> Iterator[str]:
    for command, meaning in EXAMPLES:
        yield f"  {command:<52} {meaning}\n"


def _groups(common: bool) -> Iterator[str]:
    shown = [option for option in OPTIONS if not option.refused and (option.common or not common)]
    for group in dict.fromkeys(option.group for option in shown):
        yield f"\n{group}:\n"
        yield from (_row(option) for option in shown if option.group == group)


def _row(option: Option) -> str:
    spelled = f"  {f'-{option.short}' if option.short else '  '} --{option.name}{_argument(option)}"
    if len(spelled) >= _COLUMN:
        return f"{spelled}\n{' ' * _COLUMN}{option.help}\n"
    return f"{spelled:<{_COLUMN}}{option.help}\n"


def _argument(option: Option) -> str:
    if option.argument.startswith("["):
        return f"[={option.argument[1:-1]}]"
    return f"={option.argument}" if option.argument else ""


def _wrapped(text: str, width: int = 100) -> Iterator[str]:
    line = " "
    for word in text.split():
        if len(line) + 1 + len(word) > width:
            yield f"{line}\n"
            line = " "
        line += f" {word}"
    yield f"{line}\n"


def markdown() -> str:
    """The tables of docs/jhctl.md: options by group, those that are refused and why, exit codes."""
    parts = []
    for group in dict.fromkeys(option.group for option in OPTIONS if not option.refused):
        parts.append(f"### {group}\n\n| option | |\n|---|---|\n")
        parts += [_markdown_row(option) for option in OPTIONS if option.group == group]
        parts.append("\n")
    parts.append(f"### {LOCAL}\n\n| option | why, and what to do |\n|---|---|\n")
    parts += [_markdown_row(option) for option in OPTIONS if option.refused]
    parts.append("\n### Exit codes\n\n| code | meaning |\n|---|---|\n")
    parts += [f"| {code} | {meaning} |\n" for code, meaning in EXIT_CODES]
    return "".join(parts)


def _markdown_row(option: Option) -> str:
    short = f"`-{option.short}` " if option.short else ""
    text = (option.refused or option.help).replace("|", "\\|").replace("*", "\\*")
    return f"| {short}`--{option.name}{_argument(option)}` | {text} |\n"


if __name__ == "__main__":
    print(markdown(), end="")
