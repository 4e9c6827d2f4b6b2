"""One torture run, from a seed to the account."""

import json
import shutil
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.integration.programs import BIN, wait_until
from tests.torture import events
from tests.torture.books import nodes_of, read
from tests.torture.proxy import Weather
from tests.torture.world import World, settle

HOSTS = 5
SETTLED = 75.0
"""Seconds after which a hole that nobody explained counts as a gap (collector.limits), and a little."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended."""

    seed: int
    seconds: float
    happened: dict[str, int]
    written: int
    """Entries that were ever in a journal, those of journald itself included."""
    stored: int
    told: int
    """Entries that the ledger says are missing."""
    peak_rss: int
    """MiB of the collector."""
    wrong: list[str]

    def report(self) -> str:
        """A few lines for people."""
        what = ", ".join(f"{name} {count}" for name, count in sorted(self.happened.items()))
        lines = [
            f"seed {self.seed}, {self.seconds / 60:.1f} minutes, {HOSTS} hosts: {what}",
            f"{self.written:,} entries written = {self.stored:,} stored once + {self.told:,} told missing",
            f"collector: {self.peak_rss} MiB peak RSS at its last start",
        ]
        return "\n".join([*lines, *(self.wrong or ["the account is balanced"])])


def torture(minutes: float, seed: int, directory: Path | None = None) -> Outcome:
    """Torture for so long, heal everything, and balance the account. The directory is removed when all is well."""
    home = directory or Path(tempfile.mkdtemp(prefix="journalhub-torture-"))
    random = Random(seed)
    begun = time.monotonic()
    happened: Counter[str] = Counter()
    with World(home, HOSTS) as world:
        while time.monotonic() < begun + minutes * 60:
            name = events.step(world, random)
            happened[name] += 1
            with (home / "events.log").open("a") as log:
                print(f"{time.time():.3f} {name}", file=log)
        _heal(world)
        wrong, told = _account(world)
        stored = world.collector.stored()
        rss = _peak_rss(world)
        world.collector.end()
        checked = world.verify()
        if checked.returncode != 0:
            wrong.append(f"verify: {checked.stdout}{checked.stderr}")
    if not wrong and directory is None:
        shutil.rmtree(home)
    elif wrong:
        wrong.append(f"logs, state and journals are in {home}")
    seconds = time.monotonic() - begun
    return Outcome(seed, seconds, dict(happened), world.books.total, stored, told, rss, wrong)


def _heal(world: World) -> None:
    """Everything works again, and all that can be shipped is."""
    for node in world.nodes:
        node.proxy.turn(Weather.FAIR)
        node.clock.offset = 0.0
        node.write(10)
        node.finish()
        node.look(world.books)
    # Each host says one more thing: what comes behind a hole shows it.
    for node in world.nodes:
        node.host.run(["logger", "-t", "torture", "the last word"])
        node.look(world.books)
    settle("every last word is stored", lambda: world.collector.count(q='"the last word"') == len(world.nodes))


def _account(world: World) -> tuple[list[str], int]:
    """What does not add up once everything has settled, and how many entries are told missing."""

    def is_settled() -> bool:
        nodes = nodes_of(world.collector.url)
        told = sum(node["missing"] for node in nodes)
        return told == world.books.missing(world.collector.stored()) and not any(node["pending"] for node in nodes)

    with suppress(AssertionError):  # the account says what does not
        wait_until("the ledger agrees", is_settled, 2 * SETTLED + 60)
    wait_until("everything stored is in the index", lambda: world.collector.count() == world.collector.stored(), 600.0)
    nodes = nodes_of(world.collector.url)
    (world.directory / "nodes.json").write_text(json.dumps(nodes, indent=1))
    export = [str(BIN / "jhctl"), "--collector", world.collector.url, "--no-pager", "-o", "export"]
    wrong = world.books.balance(read(export), nodes)
    return wrong, sum(node["missing"] for node in nodes)


def _peak_rss(world: World) -> int:
    assert world.collector.process is not None
    status = Path(f"/proc/{world.collector.process.pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) // 1024
