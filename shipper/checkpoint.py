"""The state file: up to where each source, or each part of one, is stored by the collector."""

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from journalhub.journal import cursor
from journalhub.journal.durable import write_atomically
from journalhub.shipper import frames
from journalhub.shipper.errors import Exit, ShipperError
from journalhub.shipper.frames import Position
from journalhub.shipper.limits import CHECKPOINT_SECONDS, STREAMS_MAX

VERSION = 1
FILE = "state.json"
LOCK = "lock"


@dataclass(slots=True)
class Remembered:
    """What the state file holds."""

    collector: str = ""
    """Address of the collector that has it. Another one has to be asked what it has."""
    hostname: str = ""
    """Of the entries read last."""
    positions: dict[str, Position] = field(default_factory=dict)
    quarantined: dict[str, str] = field(default_factory=dict)
    """Journal files that kill the reader, and why."""


class Checkpoint:
    """The state directory of one shipper, which nobody else uses meanwhile.

    Raises ShipperError when another shipper has it, or when it cannot be written: found out at the start, not after
    the first batch.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE
        self._changed = False
        self._written_at = float("-inf")
        self.warning = ""
        """Why the state file could not be used, for the log."""
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _unusable(directory, error) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise ShipperError(
                Exit.STATE, f"another shipper uses the state directory {directory}; give each one its own --state-dir"
            ) from error
        try:
            self.remembered = self._load()
            self._write()
        except OSError as error:
            self.close()
            raise _unusable(directory, error) from error
        except ShipperError:
            self.close()
            raise

    def close(self) -> None:
        """Let another shipper use the directory. Saves nothing."""
        os.close(self._lock)

    def move(self, positions: Mapping[str, Position]) -> None:
        """The collector has everything up to these positions."""
        frames.move(self.remembered.positions, positions)
        for moved in self.remembered.positions.values():
            if len(moved.streams) > STREAMS_MAX:
                newest = sorted(moved.streams.items(), key=lambda item: cursor.parse(item[1]).realtime)
                moved.streams = dict(newest[-STREAMS_MAX:])
        self._changed = True

    def quarantine(self, path: str, reason: str) -> None:
        """Leave this journal file out, also after a restart."""
        self.remembered.quarantined[path] = reason
        self._changed = True

    def name(self, hostname: str) -> None:
        """The host whose journal it is, as its entries say."""
        if hostname and hostname != self.remembered.hostname:
            self.remembered.hostname = hostname
            self._changed = True

    def begin(self, collector: str) -> bool:
        """Remember which collector has what. False when that is not known: it must be asked."""
        kept = {path: why for path, why in self.remembered.quarantined.items() if os.path.exists(path)}
        if kept != self.remembered.quarantined:
            self.remembered.quarantined = kept
            self._changed = True
        if self.remembered.collector != collector:
            self.remembered.collector = collector
            self.remembered.positions = {}
            self._changed = True
        return bool(self.remembered.positions)

    def save(self, now: float) -> None:
        """Write the file if something changed and the last write is long enough ago. Raises OSError; call again."""
        if self._changed and now >= self._written_at + CHECKPOINT_SECONDS:
            self._written_at = now
            self._write()
            self._changed = False

    def save_now(self) -> None:
        """Write the file if something changed. Raises OSError."""
        if self._changed:
            self._write()
            self._changed = False

    def _write(self) -> None:
        remembered = self.remembered
        document = {
            "version": VERSION,
            "collector": remembered.collector,
            "hostname": remembered.hostname,
            "sources": {
                name: {"cursor": at.cursor, "streams": sorted(at.streams.values())}
                for name, at in remembered.positions.items()
            },
            "quarantined": remembered.quarantined,
        }
        # Without an indent, with which json is written in Python: it is once a second.
        write_atomically(self._path, json.dumps(document).encode() + b"\n")

    def _load(self) -> Remembered:
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return Remembered()
        try:
            document = json.loads(raw)
            if document["version"] != VERSION:
                raise ShipperError(
                    Exit.STATE,
                    f"{self._path} has version {document['version']!r}, this shipper reads {VERSION}: use the newer "
                    "shipper, or delete the file, which costs nothing but time",
                )
            return Remembered(
                document["collector"],
                document["hostname"],
                {name: _position(item) for name, item in document["sources"].items()},
                dict(document["quarantined"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            self.warning = f"{self._path} is damaged ({error}); asking the collector what it has instead"
            return Remembered()


def _position(item: Any) -> Position:
    cursor.parse(item["cursor"])
    return Position(item["cursor"], {cursor.parse(last).seqnum_id: last for last in item["streams"]})


def _unusable(directory: Path, error: OSError) -> ShipperError:
    return ShipperError(
        Exit.STATE, f"cannot write the state directory {directory}: {error.strerror}; name another with --state-dir"
    )
