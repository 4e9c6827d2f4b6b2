"""The manual page jhctl(1), from the table of options: `python -m journalhub.query.jhctl.manual` prints it."""

from collections.abc import Iterator

from journalhub import __version__
from journalhub.query.jhctl.failures import EXIT_CODES
from journalhub.query.jhctl.options import EXAMPLES, OPTIONS, Option

_DESCRIPTION = (
    "jhctl shows the journals of all hosts that a Journalhub collector keeps. It takes the options of journalctl(1), "
    "which mean and print the same, and adds what one machine does not need: hosts, a search language, gaps. What it "
    "prints into a pipe is, byte for byte, what journalctl prints on the node.",
    "Words are matches of fields, FIELD=VALUE: those of one field are alternatives, those of different fields must "
    "hold together, and + between two groups makes these alternatives. A path is a match on _EXE=.",
    "All hosts are shown, merged by time, unless -H names some. Boots are counted host by host.",
)

_COMMANDS = (
    ("ctx", "Names for collectors, with the credentials to use there; see jhctl ctx --help."),
    ("completion bash|zsh|fish", "Print the completion script of a shell; see jhctl completion --help."),
)

_ENVIRONMENT = (
    ("JOURNALHUB_COLLECTOR", "Address of the collector, where --collector is not given."),
    ("JOURNALHUB_CONTEXT", "Name of the context to use."),
    ("JOURNALHUB_TOKEN", "The token that says who asks; goes before that of the context."),
    ("SSL_CERT_FILE", "Authorities to believe, beside the system's."),
    ("SYSTEMD_PAGER, PAGER, SYSTEMD_LESS", "The pager, and the options of less; as with journalctl."),
    ("SYSTEMD_COLORS, NO_COLOR, TERM", "Whether there are colours, and how many; as with journalctl."),
    ("TZ", "The time zone of times that are shown and given."),
)

_FILES = (
    ("~/.config/journalhub/contexts.json", "Contexts; readable by their owner only."),
    ("~/.cache/journalhub/completion/", "What completion offers without asking again, for a minute."),
)


def manual() -> str:
    """The page in man(7)."""
    lines = [
        '.\\" Made by `python -m journalhub.query.jhctl.manual` from query/jhctl/options.py.',
        f'.TH JHCTL 1 "" "Journalhub {__version__}" "User Commands"',
        ".SH NAME",
        "jhctl \\- query the journals of all hosts of a Journalhub collector",
        ".SH SYNOPSIS",
        ".B jhctl",
        "[\\fIOPTIONS\\fR...] [\\fIMATCHES\\fR...]",
        ".SH DESCRIPTION",
    ]
    for number, paragraph in enumerate(_DESCRIPTION):
        lines += [*([".PP"] if number else []), _escaped(paragraph)]
    lines += [".SH OPTIONS", *_options(), ".SH COMMANDS", *_list(_COMMANDS)]
    lines += [".SH EXAMPLES", *_list(EXAMPLES), ".SH EXIT STATUS"]
    lines += [*_list((str(code), f"{meaning[0].upper()}{meaning[1:]}.") for code, meaning in EXIT_CODES)]
    lines += [".SH ENVIRONMENT", *_list(_ENVIRONMENT), ".SH FILES", *_list(_FILES)]
    lines += [".SH OPTIONS OF JOURNALCTL THAT ARE REFUSED", *_refused()]
    lines += [".SH SEE ALSO", ".BR journalctl (1),", ".BR systemd.time (7),", ".BR systemd.journal\\-fields (7)"]
    return "\n".join(lines) + "\n"


def _options() -> Iterator[str]:
    shown = [option for option in OPTIONS if not option.refused]
    for group in dict.fromkeys(option.group for option in shown):
        yield f".SS {_escaped(group)}"
        for option in shown:
            if option.group == group:
                yield from (".TP", _spelled(option), _escaped(f"{option.help}."))


def _spelled(option: Option) -> str:
    """How an option is written, its argument in italics."""
    is_optional = option.argument.startswith("[")
    argument = _escaped(option.argument[1:-1] if is_optional else option.argument)
    long = f"\\fB{_escaped('--' + option.name)}\\fR"
    if is_optional:
        long += f"[=\\fI{argument}\\fR]"
    elif option.argument:
        long += f"=\\fI{argument}\\fR"
    return f"\\fB\\-{option.short}\\fR, {long}" if option.short else long


def _refused() -> Iterator[str]:
    """The options that are refused, those with the same reason together."""
    reasons: dict[str, list[str]] = {}
    for option in OPTIONS:
        if option.refused:
            reasons.setdefault(option.refused, []).append(f"--{option.name}")
    for reason, names in reasons.items():
        yield from (".TP", f"\\fB{_escaped(', '.join(names))}\\fR", _escaped(f"{reason[0].upper()}{reason[1:]}."))


def _list(rows: "Iterator[tuple[str, str]] | tuple[tuple[str, str], ...]") -> Iterator[str]:
    for term, meaning in rows:
        yield from (".TP", f"\\fB{_escaped(term)}\\fR", _escaped(meaning))


def _escaped(text: str) -> str:
    """Text in which nothing is a request, and a hyphen is the one that can be copied."""
    shown = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    shown = shown.replace("~", "\\(ti").replace("^", "\\(ha")
    return f"\\&{shown}" if shown.startswith(".") else shown


if __name__ == "__main__":
    print(manual(), end="")
