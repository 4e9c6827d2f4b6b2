"""Everything that takes entries, each on an empty directory: ours, and those that stand beside it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import ingest, kept, peers, victorialogs
from bench.process import collector

NATIVE = "native batches, 2 connections"
TEXT = "export text, {} connections"
UPLOAD = "systemd-journal-upload"
PEER, PEER_METADATA = "VictoriaLogs: text, 2 connections", "VictoriaLogs, entry metadata: the same"

Loads = dict[str, Callable[[], ingest.Load]]


def contenders(native: kept.Bodies, text: kept.Bodies, files: Path, binary: Path | None) -> Loads:
    """By name. `binary` is VictoriaLogs'; without it it is left out."""
    found = {
        NATIVE: _loaded(collector, native, 2),
        TEXT.format(1): _loaded(collector, text, 1),
        TEXT.format(2): _loaded(collector, text, 2),
        TEXT.format(4): _loaded(collector, text, 4),
        UPLOAD: _uploaded(collector, files, text),
        "journal-remote: text, 2 connections": _loaded(peers.journal_remote, text, 2),
        "journal-remote: systemd-journal-upload": _uploaded(peers.journal_remote, files, text),
    }
    if binary is not None:
        requests = victorialogs.requests(text)
        found[PEER] = _loaded(lambda: victorialogs.started(binary), requests, 2)
        found[PEER_METADATA] = _loaded(lambda: victorialogs.started(binary, victorialogs.METADATA), requests, 2)
    return found


def _loaded(receiver: Callable[[], Any], bodies: kept.Bodies, connections: int) -> Callable[[], ingest.Load]:
    def load() -> ingest.Load:
        with receiver() as opened:
            return ingest.load(opened, bodies, connections)

    return load


def _uploaded(receiver: Callable[[], Any], files: Path, text: kept.Bodies) -> Callable[[], ingest.Load]:
    def load() -> ingest.Load:
        with receiver() as opened:
            return peers.upload(opened, files, text)

    return load
