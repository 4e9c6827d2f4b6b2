"""`./dev up`: Journalhub on this machine until Ctrl-C, on its own journal or on a fleet of demo hosts."""

import argparse
import os
import shutil
import signal
import socket
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from types import FrameType

from tests.lab import journald

from deploy.demo import hub, own
from deploy.demo.children import Children, tail
from deploy.demo.fleet import Fleet

ROOT = Path(__file__).resolve().parent.parent.parent
STATE = ROOT / ".dev"
BIN = ROOT / ".venv" / "bin"
DEFAULT_PORT = 19532
FALLBACK_HOSTS = 5
"""Demo hosts where the machine has no readable journal of its own."""
START_TIMEOUT = 60.0
"""Seconds for a collector to be ready: an index that a crash left behind is caught up with first."""


class Stopped(Exception):
    """The demo cannot go on; the message says why."""


def main() -> int:
    """Run the demo; the exit code is 0 after Ctrl-C, 1 when it could not start or a part of it died."""
    options = _parse()
    stop = Event()
    try:
        fleet_size = _fleet_size(options.fleet)
        with ExitStack() as stack:
            state = options.state_dir / (f"fleet-{fleet_size}" if fleet_size else "own")
            if options.fresh:
                shutil.rmtree(state, ignore_errors=True)
            children = Children(state / "logs")
            _on_signals(stop, children)
            port = _free_port(options.port)
            fleet = stack.enter_context(Fleet(state / "hosts", fleet_size, ROOT)) if fleet_size else None
            stack.callback(children.stop)
            stack.callback(_say, "\nstopping …")
            _start(children, state, port, fleet, stop)
            if not stop.is_set():
                _introduce(port, state, fleet)
                _watch(children, f"http://127.0.0.1:{port}", stop)
    except (Stopped, RuntimeError) as error:
        print(f"dev up: {error}", file=sys.stderr)
        return 1
    _say("stopped")
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev up", description=__doc__)
    parser.add_argument("--fleet", type=int, metavar="N", help="make N demo hosts with a real journald each")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="of the page and the API; 0 takes any free one")
    parser.add_argument("--state-dir", type=Path, default=STATE, help="where journals and entries are kept (.dev)")
    parser.add_argument("--fresh", action="store_true", help="forget what an earlier run kept")
    options = parser.parse_args()
    options.state_dir = options.state_dir.resolve()
    if options.fleet is not None and not 1 <= options.fleet <= 100:
        parser.error(f"--fleet: want 1 to 100 hosts; got {options.fleet}")
    return options


def _fleet_size(asked: int | None) -> int:
    """How many demo hosts to make; 0 for this machine's own journal. Says why when it is not what one expects."""
    size = asked or 0
    if asked is None:
        reason = own.why_not()
        if reason is None:
            return 0
        _say(f"This machine's own journal cannot be shown: {reason}.\nMaking a fleet of {FALLBACK_HOSTS} instead.")
        size = FALLBACK_HOSTS
    reason = journald.why_not()
    if reason is not None:
        raise Stopped(f"cannot make a fleet: {reason}; try: sudo ./dev up --fleet {size}")
    return size


def _free_port(port: int) -> int:
    """The port to listen on. Stopped when it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Stopped(f"cannot listen on port {port}: {error.strerror}; try ./dev up --port 0") from error
        return int(probe.getsockname()[1])


def _start(children: Children, state: Path, port: int, fleet: Fleet | None, stop: Event) -> None:
    """The collector, then per host its journald, its traffic and its shipper."""
    url = f"http://127.0.0.1:{port}"
    program = BIN / "journalhub"
    _say("starting the collector …")
    data: list[str | Path] = ["--listen", f"127.0.0.1:{port}", "--data-dir", state / "collector"]
    collector = children.start("collector", [program, "collector", *data])
    deadline = time.monotonic() + START_TIMEOUT
    while not hub.ready(url):
        if collector.process.poll() is not None or time.monotonic() > deadline:
            raise Stopped(f"the collector did not start:\n{tail(collector)}")
        if stop.wait(0.05):
            return
    if fleet is None:
        children.start("shipper", [program, "shipper", "--collector", url, "--state-dir", state / "shipper"])
        return
    fleet.start(lambda what: _say(f"starting {what} …"))
    for host in fleet.hosts:
        shipper: list[str | Path] = [program, "shipper", "--collector", url, "--directory", host.log_directory]
        children.start(f"shipper-{host.hostname}", [*shipper, "--state-dir", state / "shippers" / host.hostname])


def _introduce(port: int, state: Path, fleet: Fleet | None) -> None:
    """What is up, and what to try."""
    at = "" if port == DEFAULT_PORT else f" --collector http://127.0.0.1:{port}"
    jhctl = os.path.relpath(BIN / "jhctl")
    example = "-p warning -n 20" if fleet is None else "-H 'web-*' -p warning -n 20"
    what = "this machine's journal" if fleet is None else f"{len(fleet.hosts)} demo hosts"
    print(
        f"\nJournalhub shows {what}.\n"
        f"  page   http://127.0.0.1:{port}/\n"
        f"  try    {jhctl}{at} {example}\n"
        f"  follow {jhctl}{at} -f\n"
        f"  logs   {os.path.relpath(state / 'logs')}\n"
        "Ctrl-C ends everything.\n",
        flush=True,
    )


def _watch(children: Children, url: str, stop: Event) -> None:
    """Show how many entries have arrived, until asked to stop. Stopped when a daemon died."""
    terminal = sys.stdout.isatty()
    every = 1.0 if terminal else 10.0
    before: tuple[float, int] | None = None
    while True:
        dead = children.ended()
        if dead is not None:
            raise Stopped(f"{dead.name} ended with {dead.process.returncode}:\n{tail(dead)}")
        arrived = hub.arrived(url)
        if arrived is not None:
            now, total = time.monotonic(), arrived.entries
            rate = 0.0 if before is None else (total - before[1]) / (now - before[0])
            before = (now, total)
            line = f"{total:,} entries from {arrived.hosts} hosts, {rate:,.0f}/s"
            print(f"\r\x1b[K{line}" if terminal else line, end="" if terminal else "\n", flush=True)
        if stop.wait(every):
            return


def _on_signals(stop: Event, children: Children) -> None:
    """The first SIGINT, SIGTERM or SIGHUP asks for an orderly end, the next one ends by force."""

    def handler(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            children.kill()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
