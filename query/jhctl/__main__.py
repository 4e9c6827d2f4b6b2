"""`jhctl`: what a process is made of - arguments, signals, stdout, pager, exit status."""

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from journalhub import __version__
from journalhub.query.jhctl.address import Address
from journalhub.query.jhctl.address import parse as parse_address
from journalhub.query.jhctl.failures import FAILURE, OK, FailureError
from journalhub.query.jhctl.getopt import UsageError
from journalhub.query.jhctl.kept import CursorFile
from journalhub.query.jhctl.look import output_options
from journalhub.query.jhctl.meter import Meter
from journalhub.query.jhctl.request import DEFAULT_COLLECTOR, ENDS_AT_ONCE, Request, read
from journalhub.query.jhctl.sink import Sink
from journalhub.query.output.options import OutputOptions

if TYPE_CHECKING:
    from subprocess import Popen


def main() -> int:
    """Run jhctl with the arguments of the process; the exit status is one of `failures`."""
    # As journalctl, die by the signal: no traceback, and the shell knows. With a pager both are changed below.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    time.tzset()
    try:
        return run(sys.argv[1:])
    except UsageError as error:
        return _complain(str(error), FAILURE)
    except FailureError as failure:
        return _complain(str(failure), failure.status)
    except OSError as error:  # of writing: the client tells its own
        return _complain(f"cannot write: {error.strerror}", FAILURE)
    except MemoryError:
        return _complain("out of memory; ask for fewer entries with -n or -S", FAILURE)


def run(arguments: Sequence[str]) -> int:
    """Do what the arguments ask. Raises UsageError and FailureError."""
    if arguments and arguments[0] == "ctx":
        from journalhub.query.jhctl import contexts

        return contexts.run(arguments[1:], os.environ)
    if arguments and arguments[0] == "completion":
        from journalhub.query.jhctl import completion

        return completion.run(arguments[1:], os.environ)
    request = read(arguments, os.environ, _parse_time)
    if request.action in ENDS_AT_ONCE:
        sys.stdout.write(_text(request))
        return OK
    collector = collector_of(request.collector, os.environ)
    if request.action == "web":
        from journalhub.query.jhctl.web import page_address

        sys.stdout.write(f"{page_address(collector, request)}\n")
        return OK
    if request.cursor_file is not None:
        request.continue_after(CursorFile(request.cursor_file).read())
    if request.invocation is not None and request.action != "list-invocations":
        from journalhub.query.jhctl.tables import chosen_invocations

        request.repeated = chosen_invocations(collector, request, request.invocation)
    _say_how_read(collector, request)
    return _follow(collector, request) if request.follow and request.action == "show" else _once(collector, request)


def collector_of(named: str | None, environ: Mapping[str, str]) -> Address:
    """Where to ask, and as whom: the option, the environment, the context, the default. Raises UsageError."""
    from journalhub.query.jhctl import contexts

    context = contexts.chosen(environ)
    named = named or environ.get("JOURNALHUB_COLLECTOR") or None
    try:
        address = parse_address(named or context.url or DEFAULT_COLLECTOR)
    except ValueError as error:
        raise UsageError(str(error)) from error
    # A token is for the collector of its context, and for no other.
    is_its_own = named is None or named == context.url or "JOURNALHUB_TOKEN" in environ
    return address._replace(token=context.token if is_its_own else "", ca_file=context.ca_file)


def _complain(message: str, status: int) -> int:
    if os.isatty(2):  # what was typed was perhaps pasted; a program gets journalctl's bytes
        from journalhub.query.output.text import visible

        message = visible(message.encode(errors="surrogateescape")).decode()
    print(f"jhctl: {message}", file=sys.stderr)
    return status


def _parse_time(text: str) -> int:
    from journalhub.query.jhctl.times import parse_time

    return parse_time(text)


def _text(request: Request) -> str:
    """What the actions print that ask nobody."""
    if request.action == "version":
        return f"jhctl {__version__}\n"
    if request.action == "modes":
        from journalhub.query.output.options import MODES

        return "".join(f"{mode}\n" for mode in MODES)
    if request.action == "facilities":
        from journalhub.journal.fields import FACILITIES

        return "".join(("" if request.quiet else "Available facilities:\n", *(f"{name}\n" for name in FACILITIES)))
    if request.action == "new-id128":
        from journalhub.query.jhctl.ids import new_id_text

        return new_id_text(os.urandom(16))
    from journalhub.query.jhctl import help as texts

    return texts.short_help() if request.action == "short-help" else texts.full_help()


def _say_how_read(collector: Address, request: Request) -> None:
    search = next((value for name, value in request.repeated if name == "q"), None)
    if search is None or request.quiet:
        return
    from journalhub.query.jhctl.api import how_read

    remark = how_read(collector, search if isinstance(search, bytes) else search.encode())
    if remark is not None:
        print(f"jhctl: {remark}", file=sys.stderr)


def _follow(collector: Address, request: Request) -> int:
    from journalhub.query.jhctl.follow import Follow

    meter = Meter(request.utc)
    sink = Sink(1)
    kept = None if request.cursor_file is None else CursorFile(request.cursor_file)
    if kept is not None:
        _before_the_end(signal.SIGTERM, kept.save)
        _before_the_end(signal.SIGINT, kept.save)
    if request.stats:
        _end_by_interrupt(request, meter, kept)
    try:
        options = output_options(collector, request, os.environ, os.isatty(1))
        return Follow(collector, request, options, sink, meter, kept).run()
    finally:
        sink.flush()
        _say_stats(request, meter)


def _once(collector: Address, request: Request) -> int:
    """Show what there is, through a pager when stdout is a terminal."""
    terminal = os.isatty(1)
    meter = Meter(request.utc)
    pager = _start_pager(request) if terminal and os.isatty(2) and not request.no_pager else None
    if pager is None:
        _end_by_interrupt(request, meter)
    if os.isatty(2) and not request.quiet:
        meter.start(once=pager is not None)
    if pager is None or pager.stdin is None:
        return _print(collector, request, terminal, 1, meter)
    try:
        signal.signal(signal.SIGCHLD, _raise_pager_left)
        if pager.poll() is not None:
            return OK  # it has ended before the signal could be heard
        return _print(collector, request, True, pager.stdin.fileno(), meter)
    except (BrokenPipeError, _PagerLeftError):
        return OK  # the reader has seen enough
    finally:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        meter.stop()
        _finish_pager(pager)
        _say_stats(request, meter)


def _end_by_interrupt(request: Request, meter: Meter, kept: CursorFile | None = None) -> None:
    """Let Ctrl-C say what was shown, and end the process by the signal: the connection ends, and the query with it."""

    def say() -> None:
        if kept is not None:
            kept.save()
        meter.stop()
        if os.isatty(2) and not request.quiet:
            meter.say(meter.interrupted())
        _say_stats(request, meter)

    _before_the_end(signal.SIGINT, say)


def _before_the_end(number: signal.Signals, act: Callable[[], None]) -> None:
    """Do something when the signal comes, and then die by it."""

    def end(number: int, frame: object) -> None:
        act()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    signal.signal(number, end)


def _say_stats(request: Request, meter: Meter) -> None:
    if request.stats:
        meter.say(meter.summary())
        request.stats = False  # once


class _PagerLeftError(Exception):
    """The pager has ended: what we wait for, nobody reads."""


def _raise_pager_left(number: int, frame: object) -> None:
    raise _PagerLeftError


def _print(collector: Address, request: Request, terminal: bool, descriptor: int, meter: Meter) -> int:
    from journalhub.query.jhctl import show

    sink = Sink(descriptor, meter)
    options = output_options(collector, request, os.environ, terminal)
    try:
        if request.action == "show":
            return show.Show(collector, request, options, sink, meter).run()
        if request.action == "fields":
            return show.field_names(collector, request, options, sink)
        if request.action == "field":
            return show.field_values(collector, request, options, sink)
        if request.action in ("list-hosts", "list-gaps", "count"):
            from journalhub.query.jhctl import fleet

            shows = {"list-hosts": fleet.list_hosts, "list-gaps": fleet.list_gaps, "count": fleet.count}
            return shows[request.action](collector, request, options, sink)
        if request.action == "list-boots":
            return show.list_boots(collector, request, options, sink)
        return _listing(request.action)(collector, request, options, sink)
    finally:
        sink.flush()
        meter.stop()
        if descriptor == 1:
            _say_stats(request, meter)


def _listing(action: str) -> Callable[[Address, Request, OutputOptions, Sink], int]:
    """What lists something else than entries; each is loaded only when it is wanted."""
    if action in ("list-catalog", "dump-catalog"):
        from journalhub.query.jhctl import catalog

        return catalog.list_catalog if action == "list-catalog" else catalog.dump_catalog
    if action in ("events", "patterns"):
        from journalhub.query.jhctl import digest

        return digest.list_events if action == "events" else digest.list_patterns
    if action == "explain":
        from journalhub.query.jhctl.explain import explain

        return explain
    from journalhub.query.jhctl import tables

    return {
        "list-invocations": tables.list_invocations,
        "list-namespaces": tables.list_namespaces,
        "disk-usage": tables.disk_usage,
        "header": tables.header,
    }[action]


def _start_pager(request: Request) -> "Popen[bytes] | None":
    from journalhub.query.jhctl import pager, terminal

    running = pager.start(os.environ, request.pager_end, terminal.unicode(os.environ))
    if running is not None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is the pager's (less -K ends then, and we with it)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    return running


def _finish_pager(running: "Popen[bytes]") -> None:
    from journalhub.query.jhctl import pager

    pager.finish(running)


if __name__ == "__main__":
    sys.exit(main())
