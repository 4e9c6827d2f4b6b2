"""`jhctl completion`: scripts for shells, and the values that they offer. Nobody waits for it, or hears of a fault."""

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from journalhub.query.jhctl.extras import COLORS
from journalhub.query.jhctl.failures import OK
from journalhub.query.jhctl.getopt import UsageError

USAGE = """\
usage: jhctl completion bash    the script for a shell; to use it from now on:
       jhctl completion zsh       jhctl completion bash > /etc/bash_completion.d/jhctl
       jhctl completion fish      jhctl completion zsh > /usr/local/share/zsh/site-functions/_jhctl
                                  jhctl completion fish > /etc/fish/completions/jhctl.fish
"""

PATIENCE_SECONDS = 0.2
"""After which what is known is offered: with the start of the program that is less than 300 ms."""

FETCH_SECONDS = 10.0
"""How long values are still waited for in the background, for the next time."""

FRESH_SECONDS = 60
"""Values younger than this are offered without asking."""

OFFERED_MAX = 1000
"""Values offered at once: no shell shows more."""

_FIELDS = {
    "host": ("_HOSTNAME",),
    "unit": ("_SYSTEMD_UNIT", "UNIT"),
    "user-unit": ("_SYSTEMD_USER_UNIT",),
    "identifier": ("SYSLOG_IDENTIFIER",),
    "namespace": ("_NAMESPACE",),
}
"""Kinds that are values of fields."""

_ALL = b"\0"
"""What stands behind values that are all there."""

_BOOLEANS = ("yes", "no")


def run(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Do what `jhctl completion …` asks. Raises UsageError for what makes no sense."""
    if len(arguments) >= 2 and arguments[0] == "values":
        return _offer(arguments[1], arguments[2] if len(arguments) > 2 else "", arguments[3:], environ)
    if arguments in (["-h"], ["--help"], []):
        sys.stdout.write(USAGE)
        return OK
    from journalhub.query.jhctl import shells

    scripts: dict[str, Callable[[], str]] = {"bash": shells.bash, "zsh": shells.zsh, "fish": shells.fish}
    if len(arguments) != 1 or arguments[0] not in scripts:
        raise UsageError(f"completion for {' '.join(arguments)!r} is not known; give bash, zsh or fish")
    sys.stdout.write(scripts[arguments[0]]())
    return OK


def _offer(kind: str, begun: str, line: Sequence[str], environ: Mapping[str, str]) -> int:
    """Print the values of a kind that begin with `begun`, one a line. `line` is the command line so far."""
    try:
        known = _STATIC[kind]() if kind in _STATIC else _Values(kind, line, environ).get()
        print_values(known, begun)
    except Exception:  # noqa: BLE001, S110 - whatever is wrong, somebody is typing
        pass
    return OK


def print_values(known: Sequence[str], begun: str) -> None:
    """Print those that begin so."""
    chosen = [value for value in known if value.startswith(begun)][:OFFERED_MAX]
    sys.stdout.write("".join(f"{value}\n" for value in chosen))
    sys.stdout.flush()


class _Values:
    """The values of one kind, out of a file or from the collector."""

    def __init__(self, kind: str, line: Sequence[str], environ: Mapping[str, str]) -> None:
        self._kind = kind
        self._line = line
        self._environ = environ

    def get(self) -> list[str]:
        """The values. Takes no longer than PATIENCE_SECONDS: what comes later is kept for the next time."""
        path = self._path()
        known, age = _read(path)
        if age < FRESH_SECONDS:
            return known
        # In a process of its own: looking up a name, say, cannot be interrupted.
        fetched = _within(PATIENCE_SECONDS, lambda: self._kept(path))
        return known if fetched is None else fetched

    def _kept(self, path: str) -> list[str]:
        """Values of the collector, kept for the next time."""
        fetched = self._fetch()
        _write(path, fetched)
        return fetched

    def _fetch(self) -> list[str]:
        from journalhub.query.jhctl.__main__ import collector_of
        from journalhub.query.jhctl.address import quote
        from journalhub.query.jhctl.api import ask_json

        address = collector_of(self._collector(), self._environ)
        if self._kind == "boot":
            boots = ask_json(address, "boots", [])["boots"]
            return sorted({str(boot["boot_id"]) for boot in boots} | {str(boot["index"]) for boot in boots})
        if self._kind == "field":
            return [str(field["name"]) for field in ask_json(address, "fields", [])["fields"]]
        fields = _FIELDS.get(self._kind) or (self._kind.removesuffix("="),)
        answers = [ask_json(address, f"values/{quote(field)}", [("limit", "10000")]) for field in fields]
        values = {value for answer in answers for value in answer["values"] if isinstance(value, str)}
        return sorted(value for value in values if value.isprintable() and len(value) <= 200)

    def _collector(self) -> str | None:
        """--collector of the command line, where it has one."""
        for word, following in zip(self._line, [*self._line[1:], ""], strict=False):
            if word == "--collector" or word.startswith("--collector="):
                return word.partition("=")[2] or following.removeprefix("=")
        return None

    def _path(self) -> str:
        """The file of these values: of one collector, as seen by one identity."""
        from hashlib import sha256

        environ = self._environ
        base = environ.get("XDG_CACHE_HOME") or os.path.join(environ.get("HOME") or "/", ".cache")
        whose = [
            *(self._collector() or "", self._kind),
            *(environ.get(f"JOURNALHUB_{name}", "") for name in ("COLLECTOR", "CONTEXT", "TOKEN")),
            _in_use(environ),
        ]
        name = sha256("\0".join(whose).encode("utf-8", "surrogateescape")).hexdigest()
        return os.path.join(base, "journalhub", "completion", name[:32])


def _in_use(environ: Mapping[str, str]) -> str:
    """What changes when another context is in use."""
    from journalhub.query.jhctl.contexts import file_of

    try:
        return str(os.stat(file_of(environ)).st_mtime_ns)
    except OSError:
        return ""


def _read(path: str) -> tuple[list[str], float]:
    """The values in a file, and how many seconds old they are."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().splitlines(), time.time() - os.fstat(file.fileno()).st_mtime
    except (OSError, ValueError):
        return [], float("inf")


def _write(path: str, values: Sequence[str]) -> None:
    """Keep values, for nobody else's eyes."""
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    draft = f"{path}.{os.getpid()}"
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write("\n".join(values))
    os.replace(draft, path)


def _within(seconds: float, fetch: Callable[[], list[str]]) -> list[str] | None:
    """What `fetch` gives, or None where it takes longer or fails; then a child goes on, silently and not for long."""
    deadline = time.monotonic() + seconds
    reader, writer = os.pipe()
    if not os.fork():
        os.close(reader)
        _fetch_in_background(writer, fetch)
    os.close(writer)
    told = b""
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    while poll.poll(max(0, deadline - time.monotonic()) * 1000):
        piece = os.read(reader, 1 << 16)
        if not piece:
            return told[:-1].decode("utf-8", "surrogateescape").splitlines() if told.endswith(_ALL) else None
        told += piece
    return None


def _fetch_in_background(writer: int, fetch: Callable[[], list[str]]) -> NoReturn:
    """Tell what is fetched, and that it is all; and end in any case."""
    try:
        os.setsid()
        silent = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(silent, descriptor)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_REAL, FETCH_SECONDS)
        told = "".join(f"{value}\n" for value in fetch()).encode("utf-8", "surrogateescape")
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(told + _ALL)
    finally:
        os._exit(OK)


def _modes() -> Sequence[str]:
    from journalhub.query.output.options import MODES

    return (*MODES, "help")


def _facilities() -> Sequence[str]:
    from journalhub.journal.fields import FACILITIES

    return (*FACILITIES, "help")


def _priorities() -> Sequence[str]:
    from journalhub.journal.fields import PRIORITIES

    return PRIORITIES


def _contexts() -> Sequence[str]:
    from journalhub.query.jhctl.contexts import load

    return sorted(load(os.environ)["contexts"])


_STATIC: Mapping[str, Callable[[], Sequence[str]]] = {
    "mode": _modes,
    "facility": _facilities,
    "priority": _priorities,
    "context": _contexts,
    "boolean": lambda: _BOOLEANS,
    "color": lambda: COLORS,
}
"""Kinds that need no collector."""

KINDS = frozenset((*_STATIC, *_FIELDS, "boot", "field"))
"""What `values` knows beside `FIELD=`, the values of any field."""
