"""What is kept of each version: a data directory, what a shipper of it sent and was answered, its state file."""

import hashlib
import json
import lzma
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.archives import unpack

from journalhub.access import database
from journalhub.alerts import book
from journalhub.collector import ledger_file
from journalhub.journal import wire
from journalhub.shipper import checkpoint
from journalhub.store.embedded import encoding, layout

KEPT = Path(__file__).resolve().parent / "kept"

VERSIONS = {
    "access": database.VERSION,
    "alerts": book.VERSION,
    "batch": wire.VERSION,
    "block": encoding.VERSION_PIECES,
    "data": layout.FORMAT_VERSION,
    "index": layout.INDEX_VERSION,
    "ledger": ledger_file.VERSION,
    "log": layout.DICTIONARY_VERSION,
    "state": checkpoint.VERSION,
}
"""Of every format that is on a disk or on the wire, by name."""

PASSWORD = "correct horse battery"
RULE = {"kind": "matches", "query": "disk full", "above": 2, "notify": ["mail:ops@example.net"]}


@dataclass(frozen=True, slots=True)
class Kept:
    """One version's."""

    directory: Path

    @property
    def about(self) -> dict[str, Any]:
        """Versions, numbers and the token that opens the directory."""
        found = json.loads((self.directory / "about.json").read_text())
        assert isinstance(found, dict)
        return found

    @property
    def talk(self) -> list[dict[str, Any]]:
        """Requests of a shipper, oldest first: method, path, headers, body (hexadecimal), status, answer."""
        found = json.loads(lzma.decompress((self.directory / "talk.json.xz").read_bytes()))
        assert isinstance(found, list)
        return found

    @property
    def state(self) -> Path:
        """Its state file."""
        return self.directory / "state.json"

    def unpack(self, into: Path) -> Path:
        """The data directory, below `into`."""
        return unpack(self.directory / "data.tar.xz", into) / "collector"


def all_kept() -> list[Kept]:
    """Of every version, the oldest first."""
    numbers = {path: [int(part) for part in re.findall(r"\d+", path.name)] for path in KEPT.iterdir()}
    return [Kept(path) for path in sorted(numbers, key=lambda path: numbers[path])]


def fingerprint(lines: list[bytes]) -> str:
    """Of an export's entries, whatever their order and that of their fields."""
    digest = hashlib.sha256()
    for line in sorted(lines):
        digest.update(len(line).to_bytes(8, "little") + line)
    return digest.hexdigest()
