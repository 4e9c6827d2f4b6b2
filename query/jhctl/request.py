"""What the options of a command line mean together; the rules are those of parse_argv in systemd's journalctl.c."""

import re
from collections.abc import Callable, Mapping, Sequence

from journalhub.query.jhctl import extras, stock
from journalhub.query.jhctl.getopt import Given, UsageError, split
from journalhub.query.output.options import MODES, QUIET_MODES

DEFAULT_COLLECTOR = "http://127.0.0.1:19532"
FOLLOW_LINES = 10
"""Entries that -f shows first."""

PAGER_END_LINES = 1000
"""Entries that -e shows."""

ENDS_AT_ONCE = frozenset({"help", "short-help", "version", "modes", "facilities", "new-id128"})
"""Actions that look at nothing behind the option that asks for them."""

_BOOT = re.compile(r"([0-9a-fA-F]{32})([+-][0-9]{1,9})?|[+-]?[0-9]{1,9}", re.ASCII)
_LINES = re.compile(r"[+]?[0-9]{1,9}|all", re.ASCII)
_FIELD = re.compile(r"[A-Z0-9_]{1,64}", re.ASCII)
_TRUE = frozenset({"1", "yes", "y", "true", "t", "on"})
_FALSE = frozenset({"0", "no", "n", "false", "f", "off"})

Parameter = tuple[str, str | bytes]


class Request:
    """A command line, understood. Attributes are named as the options."""

    def __init__(self) -> None:
        self.action = "show"
        """`show`, or what else to do: most are named as their options; of those that end at once `short-help`, `modes`
        and `facilities` are not."""
        self.collector: str | None = None
        """As the option or the environment has it; None for what the context says."""
        self.output = "short"
        self.output_fields: list[str] = []
        self.lines: int | None = None
        """At most so many entries; None for all."""
        self.lines_given = False
        self.oldest = False
        """Whether `lines` counts from the oldest entry (`-n +N`)."""
        self.field = ""
        self.count_by = ""
        """The field of --count=FIELD."""
        self.boot: str | None = None
        """As the API takes it, or None for all boots."""
        self.boot_given = False
        self.since: int | None = None
        self.until: int | None = None
        """Microseconds."""
        self.cursor: str | None = None
        self.after_cursor: str | None = None
        self.cursor_file: str | None = None
        self.grep: str | None = None
        self.case_sensitive: bool | None = None
        self.follow = self.reverse = self.merge = self.dmesg = self.quiet = self.no_tail = False
        self.show_all = self.utc = self.no_hostname = self.show_cursor = self.no_pager = self.pager_end = False
        self.full = True
        self.repeated: list[Parameter] = []
        """Parameters of the selection that need no thought: host, unit, identifier and their like, in order."""
        self.words: list[str] = []
        self.invocation: str | None = None
        """A number, or an id with an offset: what it means is looked up."""
        self.journal: str | None = None
        """`user` or `system`, or None for both."""
        self.truncate_newline = self.catalog = False
        self.ids: list[str] = []
        """Message ids of --list-catalog and --dump-catalog."""
        self.context = 0
        """Entries to show on each side of a hit."""
        self.until_match: int | None = None
        self.timeout: float | None = None
        self.deadline: float | None = None
        """When --timeout is over, on the monotonic clock."""
        self.buffer_window = extras.BUFFER_WINDOW
        """Seconds."""
        self.stats = self.explain = False
        self.color = "auto"
        """One of `extras.COLORS`."""
        self.silent = False
        """Whether --quiet was given. `quiet` is true in modes for programs, too, where only stdout is theirs."""

    def continue_after(self, cursor: str | None) -> None:
        """Begin behind the cursor that --cursor-file has; None where it has none."""
        self.after_cursor = cursor
        if cursor is not None and self.follow:
            self.lines = None  # as with any cursor: who continues must not miss any

    def selection(self, grep: bool = True) -> list[Parameter]:
        """The parameters of the API that select the same entries; `grep=False` leaves the pattern out."""
        chosen = list(self.repeated)
        if self.since is not None:
            chosen.append(("since", f"@{self.since // 1_000_000}.{self.since % 1_000_000:06d}"))
        if self.until is not None:
            chosen.append(("until", f"@{self.until // 1_000_000}.{self.until % 1_000_000:06d}"))
        if self.boot is not None:
            chosen.append(("boot", self.boot))
        if self.dmesg:
            chosen.append(("dmesg", "1"))
        if grep and self.grep is not None:
            chosen.append(("grep", _raw(self.grep)))
            if self.case_sensitive is not None:
                chosen.append(("case_sensitive", "1" if self.case_sensitive else "0"))
        return chosen + [("match", _raw(word)) for word in self.words]


def read(arguments: Sequence[str], environ: Mapping[str, str], parse_time: Callable[[str], int]) -> Request:
    """The request that a command line makes. `parse_time` gives microseconds, or raises ValueError.

    Raises UsageError.
    """
    request = Request()
    request.collector = environ.get("JOURNALHUB_COLLECTOR") or None
    given, words = split(arguments, _takes_next)
    for one in given:
        if one.option.refused:
            raise UsageError(f"--{one.option.name} is refused: {one.option.refused}")
        _apply(request, one, parse_time)
        if request.action in ENDS_AT_ONCE:
            return request
    _conclude(request, words)
    return request


def _takes_next(name: str, argument: str) -> bool:
    """Whether the argument behind an option whose argument is optional can be that."""
    if name == "lines":
        return _LINES.fullmatch(argument) is not None
    return name == "boot" and (argument == "all" or _BOOT.fullmatch(argument) is not None)


_FLAGS = {
    "merge": "merge",
    "reverse": "reverse",
    "follow": "follow",
    "no-tail": "no_tail",
    "show-cursor": "show_cursor",
    "utc": "utc",
    "no-hostname": "no_hostname",
    "full": "full",
    "all": "show_all",
    "no-pager": "no_pager",
}
_TEXTS = {
    "collector": "collector",
    "cursor": "cursor",
    "after-cursor": "after_cursor",
    "cursor-file": "cursor_file",
    "grep": "grep",
}
_PARAMETERS = {
    "host": "host",
    "machine": "host",
    "namespace": "namespace",
    "search": "q",
    "unit": "unit",
    "exclude-unit": "exclude_unit",
    "user-unit": "user_unit",
    "identifier": "identifier",
    "exclude-identifier": "exclude_identifier",
    "priority": "priority",
}
_ONCE = frozenset({"namespace", "priority"})
"""Parameters of which the last one given counts, as with journalctl."""


def _apply(request: Request, given: Given, parse_time: Callable[[str], int]) -> None:
    name, argument = given.option.name, given.argument
    if name == "help":
        request.action = "short-help" if given.letter else "help"
    elif name in _FLAGS:
        setattr(request, _FLAGS[name], True)
    elif name in _TEXTS:
        setattr(request, _TEXTS[name], argument)
    elif name in _PARAMETERS:
        _add(request, _PARAMETERS[name], argument or "")
    elif name in ("since", "until"):
        setattr(request, name, _time(argument or "", parse_time))
    else:
        _SPECIAL[name](request, argument)


def _add(request: Request, parameter: str, argument: str) -> None:
    if parameter in _ONCE:
        request.repeated = [pair for pair in request.repeated if pair[0] != parameter]
    if parameter == "q" and any(pair[0] == "q" for pair in request.repeated):
        raise UsageError("--search is given twice; write one query, its parts joined by AND or OR")
    request.repeated.append((parameter, _raw(argument)))


def _time(text: str, parse_time: Callable[[str], int]) -> int:
    try:
        return parse_time(text)
    except ValueError as error:
        raise UsageError(f"Failed to parse timestamp: {text} ({error})") from error


def _lines(request: Request, argument: str | None) -> None:
    request.lines_given = True
    if argument is not None and _LINES.fullmatch(argument) is None:
        raise UsageError(f"Failed to parse lines '{argument}'")
    request.oldest = argument is not None and argument.startswith("+")
    request.lines = FOLLOW_LINES if argument is None else None if argument == "all" else int(argument)


def _boot(request: Request, argument: str | None) -> None:
    if argument is not None and argument != "all" and _BOOT.fullmatch(argument) is None:
        raise UsageError(f"Failed to parse boot descriptor '{argument}'")
    request.boot = None if argument == "all" else argument or "0"
    request.boot_given = True


def _dmesg(request: Request, argument: str | None) -> None:
    request.dmesg = True
    request.boot = request.boot or "0"


def _pager_end(request: Request, argument: str | None) -> None:
    request.pager_end = True
    request.boot = request.boot or "0"
    if not request.lines_given:
        request.lines, request.lines_given = PAGER_END_LINES, True


def _output(request: Request, argument: str | None) -> None:
    if argument == "help":
        request.action = "modes"
    elif argument not in MODES:
        raise UsageError(f"Unknown output format '{argument}'.")
    else:
        request.output = argument
        request.quiet = request.quiet or argument in QUIET_MODES


def _output_fields(request: Request, argument: str | None) -> None:
    for name in (argument or "").split(","):
        if name and name not in request.output_fields:
            request.output_fields.append(name)


def _facility(request: Request, argument: str | None) -> None:
    if "help" in (argument or "").split(","):
        request.action = "facilities"
    else:
        request.repeated.append(("facility", argument or ""))


def _case_sensitive(request: Request, argument: str | None) -> None:
    if argument is not None and argument.lower() not in _TRUE | _FALSE:
        raise UsageError(f'Bad --case-sensitive= argument "{argument}": Invalid argument')
    request.case_sensitive = argument is None or argument.lower() in _TRUE


def _field(request: Request, argument: str | None) -> None:
    if _FIELD.fullmatch(argument or "") is None:
        raise UsageError(f"'{argument}' is no field name; give capitals, digits and _")
    request.action, request.field = "field", argument or ""


def _count(request: Request, argument: str | None) -> None:
    if argument is not None and _FIELD.fullmatch(argument) is None:
        raise UsageError(f"'{argument}' is no field name; give capitals, digits and _")
    request.action, request.count_by = "count", argument or ""


def _quiet(request: Request, argument: str | None) -> None:
    request.quiet = request.silent = True


def _no_full(request: Request, argument: str | None) -> None:
    request.full = False


def _action(action: str) -> Callable[[Request, str | None], None]:
    def set_action(request: Request, argument: str | None) -> None:
        request.action = action

    return set_action


_SPECIAL: dict[str, Callable[[Request, str | None], None]] = {
    "lines": _lines,
    "boot": _boot,
    "this-boot": lambda request, argument: _boot(request, None),
    "dmesg": _dmesg,
    "pager-end": _pager_end,
    "output": _output,
    "output-fields": _output_fields,
    "facility": _facility,
    "case-sensitive": _case_sensitive,
    "field": _field,
    "no-full": _no_full,
    "quiet": _quiet,
    "fields": _action("fields"),
    "list-boots": _action("list-boots"),
    "list-hosts": _action("list-hosts"),
    "list-gaps": _action("list-gaps"),
    "events": _action("events"),
    "patterns": _action("patterns"),
    "count": _count,
    "web": _action("web"),
    "version": _action("version"),
    **stock.STOCK,
    **extras.EXTRAS,
}


def _conclude(request: Request, words: list[str]) -> None:
    """What options mean together, and what makes no sense together."""
    extras.before(request)
    if request.no_tail or (request.follow and (request.cursor or request.after_cursor)):
        request.lines = None
    elif request.follow and request.since is None and not request.lines_given:
        request.lines = FOLLOW_LINES
    if request.since is not None and request.until is not None and request.since > request.until:
        raise UsageError("--since= must be before --until=.")
    if sum(value is not None for value in (request.since, request.cursor, request.after_cursor)) > 1:
        raise UsageError("Please specify only one of --since=, --cursor=, and --after-cursor=.")
    if request.cursor_file is not None and (request.cursor or request.after_cursor or request.since is not None):
        raise UsageError("Please specify only one of --since=, --cursor=, --cursor-file=, and --after-cursor=.")
    if request.follow and request.reverse:
        raise UsageError("Please specify either --reverse= or --follow=, not both.")
    if "" in (request.cursor, request.after_cursor):
        raise UsageError("Failed to seek to cursor: Invalid argument")
    if request.oldest and (request.follow or request.reverse) and request.action == "show":
        raise UsageError("--lines=+N is not supported in conjunction with --reverse or --follow.")
    if request.action in ("list-boots", "list-hosts", "list-gaps") and words:
        raise UsageError(f"Extraneous arguments starting with '{words[0]}'")
    if request.grep is not None and request.lines is not None and not request.follow and not request.oldest:
        request.reverse = True
    request.words = [_word(word) for word in stock.conclude(request, words)]
    extras.conclude(request)


def _word(word: str) -> str:
    """A match as the API takes it. A path means the program there, as on the host where it ran."""
    if word.startswith("/dev/"):
        raise UsageError(f"'{word}' is a device of this machine; use a match on _KERNEL_DEVICE=")
    return f"_EXE={word}" if word.startswith("/") else word


def _raw(text: str) -> bytes:
    """The bytes that were typed: arguments of a process are decoded with surrogateescape."""
    return text.encode("utf-8", "surrogateescape")
