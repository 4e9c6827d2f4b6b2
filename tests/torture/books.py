"""The equation: what the nodes wrote = what the hub has + what its ledger says is missing."""

import hashlib
import json
import subprocess
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any, NamedTuple

from journalhub.journal.entry import Entry
from journalhub.journal.export import ExportParser


class Written(NamedTuple):
    """One entry: where it stands in its sequence, and a hash of everything in it."""

    seqnum_id: bytes
    seqnum: int
    digest: bytes


def written(entry: Entry) -> Written:
    """What is kept of an entry."""
    hashed = hashlib.blake2b(digest_size=16)
    for name, value in sorted(entry.fields):
        hashed.update(b"%d %b %d " % (len(name), name.encode(), len(value)) + value)
    hashed.update(str(entry.cursor).encode())
    return Written(entry.seqnum_id, entry.seqnum, hashed.digest())


def read(command: list[str]) -> Iterator[Entry]:
    """The entries that a program prints in the export format. Raises RuntimeError when it fails."""
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield from _parsed(process.stdout)
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")


def _parsed(stream: IO[bytes]) -> Iterator[Entry]:
    parser = ExportParser()
    while data := stream.read(1024 * 1024):
        yield from parser.feed(data)
    yield from parser.finish()


@dataclass
class Books:
    """The account of one run."""

    ever: dict[str, set[Written]] = field(default_factory=dict)
    """By machine id: every entry that was ever seen in the journal of that machine."""

    def look(self, machine_id: str, directory: str) -> int:
        """Enter what the journal of a machine has now; how much of it is new."""
        known = self.ever.setdefault(machine_id, set())
        before = len(known)
        known.update(map(written, read(["journalctl", "-D", directory, "--output=export", "--all", "--quiet"])))
        return len(known) - before

    @property
    def total(self) -> int:
        """Entries of all machines."""
        return sum(map(len, self.ever.values()))

    def balance(self, stored: Iterator[Entry], nodes: list[dict[str, Any]]) -> list[str]:
        """What does not add up, a sentence each; empty when everything does."""
        have: dict[str, Counter[Written]] = {}
        for entry in stored:
            machine = (entry.first("_MACHINE_ID") or b"").decode()
            have.setdefault(machine, Counter())[written(entry)] += 1
        return [wrong for machine in self.ever for wrong in self._of(machine, have.get(machine, Counter()), nodes)]

    def missing(self, stored: int) -> int:
        """How many entries the hub does not have."""
        return self.total - stored

    def _of(self, machine: str, have: Counter[Written], nodes: list[dict[str, Any]]) -> Iterator[str]:
        wanted = self.ever[machine]
        doubled = sum(count - 1 for count in have.values())
        strange = have.keys() - wanted
        lost = wanted - have.keys()
        if doubled:
            yield f"{machine}: {doubled} entries are stored twice"
        if strange:
            yield f"{machine}: {len(strange)} entries are stored that no journal had, such as {next(iter(strange))}"
        told = _told(node for node in nodes if node["machine_id"] == machine)
        untold = {(one.seqnum_id, one.seqnum) for one in lost} - told
        imagined = told & {(one.seqnum_id, one.seqnum) for one in have}
        if untold:
            yield f"{machine}: {len(untold)} of {len(lost)} lost entries are in no gap, such as {min(untold)[1]}"
        if imagined:
            yield f"{machine}: {len(imagined)} entries are told missing and are there, such as {min(imagined)[1]}"
        more = len(told) - len({(one.seqnum_id, one.seqnum) for one in lost})
        if more > 0 and not untold:
            yield f"{machine}: gaps speak of {more} entries that no journal ever had"


def _told(nodes: Iterator[dict[str, Any]]) -> set[tuple[bytes, int]]:
    """Every seqnum that the ledger says is missing."""
    found: set[tuple[bytes, int]] = set()
    for node in nodes:
        for gap in node["gaps"]:
            seqnum_id = bytes.fromhex(gap["seqnum_id"])
            found.update((seqnum_id, seqnum) for seqnum in range(gap["first"], gap["last"] + 1))
    return found


def nodes_of(url: str) -> list[dict[str, Any]]:
    """The hub's ledger."""
    with urllib.request.urlopen(f"{url}/api/v1/nodes", timeout=240) as answer:
        found: list[dict[str, Any]] = json.load(answer)["nodes"]
        return found
