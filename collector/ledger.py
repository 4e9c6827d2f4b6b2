"""The ledger of nodes: who ships, how much has come, what is missing. docs/api.md has its form for others."""

import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from journalhub.collector.gaps import Gap, Run, printable
from journalhub.collector.ledger_file import LedgerFile
from journalhub.collector.limits import STREAMS_MAX, TEXT_MAX
from journalhub.collector.node import Key, Node
from journalhub.collector.node_status import NodeStatus
from journalhub.collector.settings import CollectorSettings
from journalhub.collector.suppressed import suppressed
from journalhub.journal.batch import Batch
from journalhub.journal.cursor import is_synthetic
from journalhub.journal.origin import Origin
from journalhub.store.contract import Appended, StoreFull, Stream

OTHERS = Key("", "(others)", "")
"""The account of entries whose nodes are beyond the number that is kept."""


def wall_clock() -> int:
    """Microseconds since the epoch."""
    return time.time_ns() // 1000


class Ledger:
    """Accounts of nodes. Any thread may call anything.

    What tells of a loss is on disk before `record` returns; the rest when `flush` is called.
    """

    def __init__(
        self,
        settings: CollectorSettings,
        file: LedgerFile | None = None,
        *,
        wall: Callable[[], int] = wall_clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._file = file
        self._wall = wall
        self._monotonic = monotonic
        self._lock = threading.RLock()
        self._nodes: dict[Key, Node] = {}
        self._streams: dict[bytes, Key] = {}
        """Whose each seqnum id is, the newest last."""
        self._connections: WeakKeyDictionary[Any, set[Key]] = WeakKeyDictionary()
        self.damaged = file.damaged if file else ""
        for document in file.nodes() if file else []:
            node = Node.from_document(document)
            self._nodes[node.key] = node
        for key, chunk in file.seqnums() if file else []:
            if (owner := self._nodes.get(Key(*key))) is not None:
                owner.seqnums.load(chunk)

    def seed(self, streams: Iterable[Stream]) -> None:
        """Bring the accounts up to what the store has: a crash loses the newest counts, never entries."""
        totals: Counter[Key] = Counter()
        with self._lock:
            for stream in streams:
                key = _key(_text(stream.machine_id), _text(stream.hostname), _text(stream.namespace))
                node = self._node(key)
                node.hostname = node.hostname or _text(stream.hostname)
                node.last_entry = max(node.last_entry, stream.last_realtime)
                totals[node.key] += stream.entries
                self._own(stream.seqnum_id, node.key)
            for key, entries in totals.items():
                self._nodes[key].entries = max(self._nodes[key].entries, entries)

    def record(
        self,
        batch: Batch,
        appended: Appended,
        status: NodeStatus | None = None,
        version: str = "",
        peer: Any = None,
        *,
        beside: bool = False,
    ) -> None:
        """Account for a batch that the store has answered.

        `version` is the sender's where there is no status; `peer` its connection: the nodes count as seen while it
        is open. What comes `beside` a node's shipper counts, but is no sign of its life. Raises StoreFull when a loss
        cannot be written down.
        """
        with self._lock:
            now = self._wall()
            keys = self._count(batch, appended, now)
            for key in keys:
                self._nodes[key].changed = True
            if beside:
                keys = {key for key in keys if self._nodes[key].version in ("", version)}
            for key in keys:
                node = self._nodes[key]
                node.last_seen = now
                node.shipper = status.machine_id if status else ""
                node.version = version or node.version
                if not status:
                    node.behind = None
            if status:
                self._hear(status, keys, now)
            if peer is not None:
                self._connections.setdefault(peer, set()).update(keys)
            if appended.refused or (status and status.must_last):
                self._must_flush()

    def refuse(self, reasons: Counter[str], peer: Any, hostname: str) -> None:
        """Account for parts of an upload that were no entries: to the nodes of its connection, else to its host."""
        if not reasons:
            return
        with self._lock:
            keys = (self._connections.get(peer) if peer is not None else None) or {_key("", hostname, "")}
            node = self._node(min(keys))
            node.hostname = node.hostname or hostname
            node.last_seen, node.changed = self._wall(), True
            for reason, count in reasons.items():
                node.refuse(reason, count)
            self._must_flush()

    def nodes(self) -> list[dict[str, Any]]:
        """All accounts, by host name, as docs/api.md has them."""
        with self._lock:
            now, at = self._wall(), self._monotonic()
            self._touch(now)
            ordered = sorted(self._nodes.values(), key=lambda node: (node.hostname, node.key))
            limits = self._settings.silent_after, self._settings.behind_after
            return [node.document(now, at, *limits) for node in ordered]

    def summary(self) -> tuple[Counter[str], float]:
        """How many nodes are in each state, and entries per second of all."""
        with self._lock:
            now, at = self._wall(), self._monotonic()
            self._touch(now)
            nodes = self._nodes.values()
            limits = self._settings.silent_after, self._settings.behind_after
            return Counter(node.state(now, *limits) for node in nodes), sum(node.rate.per_second(at) for node in nodes)

    def totals(self) -> dict[str, int]:
        """Sums over all nodes, for metrics; of `behind`, microseconds, the most."""
        with self._lock:
            nodes = self._nodes.values()
            return {
                "nodes": len(nodes),
                "entries": sum(node.entries for node in nodes),
                "duplicates": sum(node.duplicates for node in nodes),
                "refused": sum(node.refused.total() for node in nodes),
                "missing": sum(node.missing() for node in nodes),
                "dropped": sum(node.left_out() for node in nodes),
                "suppressed": sum(node.suppressed for node in nodes),
                "at_risk": sum(node.is_at_risk(self._wall()) for node in nodes),
                "pending": sum(bool(node.pending) for node in nodes),
                "behind": max((node.behind or 0 for node in nodes), default=0),
            }

    def watched(self) -> list[tuple[bytes, Key]]:
        """The newest sequences of every node, to be looked through for holes."""
        seen: Counter[Key] = Counter()
        found = []
        with self._lock:
            for seqnum_id, key in reversed(self._streams.items()):
                if key != OTHERS and seen[key] < STREAMS_MAX:
                    seen[key] += 1
                    found.append((seqnum_id, key))
        return found

    def explained(self, seqnum_id: bytes) -> list[Run]:
        """Seqnums that are missing for a reason that a shipper gave."""
        with self._lock:
            key = self._streams.get(seqnum_id)
            machine = self._nodes[key].key.machine_id if key else ""
            nodes = [node for node in self._nodes.values() if node.key.machine_id == machine] if key else []
            return [run for node in nodes for run in node.explained(seqnum_id.hex())]

    def pending(self, seqnum_id: bytes) -> list[Run]:
        """Seqnums that a shipper is still to send."""
        with self._lock:
            key = self._streams.get(seqnum_id)
            stretches = self._nodes[key].pending if key in self._nodes else []
            return [run for stretch in stretches for run in stretch.runs(seqnum_id)]

    def with_gaps(self) -> list[tuple[Key, bytes, list[bytes]]]:
        """Node, sequence, and the node's other sequences, of every sequence of which a shipper reported gaps."""
        with self._lock:
            sequences: dict[Key, list[bytes]] = {}
            for seqnum_id, key in self._streams.items():
                sequences.setdefault(key, []).append(seqnum_id)
            return [
                (key, seqnum_id, [other for other in sequences.get(key, []) if other != seqnum_id])
                for key, node in self._nodes.items()
                for seqnum_id in map(bytes.fromhex, dict.fromkeys(gap.seqnum_id for gap in node.gaps))
            ]

    def came(self, key: Key, seqnum_id: bytes, stored: Sequence[Run]) -> None:
        """Take back what was reported missing of a sequence and is stored."""
        with self._lock:
            self._nodes[key].came(seqnum_id.hex(), stored)

    def explain(self, seqnum_id: bytes, runs: Iterable[Run]) -> None:
        """These seqnums are not in the store on purpose: they are no gap, now and after a restart."""
        with self._lock:
            key = self._streams.get(seqnum_id)
            if key in self._nodes:
                self._nodes[key].leave_out(seqnum_id.hex(), runs)

    def set_holes(self, key: Key, seqnum_id: bytes, gaps: Sequence[Gap]) -> None:
        """Replace what is missing of a sequence without explanation."""
        with self._lock:
            holes = self._nodes[key].holes
            if gaps:
                holes[seqnum_id.hex()] = list(gaps)
            else:
                holes.pop(seqnum_id.hex(), None)

    def flush(self) -> None:
        """Write what has changed; on return it survives power loss. Raises sqlite3.Error."""
        with self._lock:
            changed = [node for node in self._nodes.values() if node.changed]
            if not changed or self._file is None:
                return
            chunks = {node.key: node.seqnums.take_changed() for node in changed}
            try:
                self._file.save_nodes(
                    [node.stored_document() for node in changed],
                    [(key, chunk) for key, some in chunks.items() for chunk in some],
                )
            except sqlite3.Error:
                for node in changed:
                    node.seqnums.give_back(chunks[node.key])
                raise
            for node in changed:
                node.changed = False

    def _must_flush(self) -> None:
        try:
            self.flush()
        except sqlite3.Error as error:
            raise StoreFull(f"cannot write the ledger: {error}; free space in the data directory") from error

    def _count(self, batch: Batch, appended: Appended, now: int) -> set[Key]:
        """Enter the rows of a batch; the keys of their nodes."""
        rows = Counter(batch.origin)
        refused = Counter(batch.origin[row] for row, _ in appended.refused)
        stored = rows if len(appended.stored) == len(batch) else Counter(batch.origin[row] for row in appended.stored)
        node_of = {number: self._node_of(batch.origins[number]) for number in rows}
        for number, node in node_of.items():
            node.entries += stored[number]
            node.duplicates += rows[number] - stored[number] - refused[number]
            node.rate.add(stored[number], self._monotonic())
        for number, count in suppressed(batch, appended.stored).items():
            node_of[number].suppressed += count
        for row, reason in appended.refused:
            node_of[batch.origin[row]].refuse(reason)
            sequence = batch.origins[batch.origin[row]].seqnum_id
            if not is_synthetic(sequence):
                node_of[batch.origin[row]].leave_out(sequence.hex(), [(batch.seqnum[row], batch.seqnum[row])])
        if len({node.key for node in node_of.values()}) == 1:
            node = next(iter(node_of.values()))
            node.last_entry = max(node.last_entry, max(batch.realtime))
        else:
            latest = dict.fromkeys(rows, 0)
            for number, realtime in zip(batch.origin, batch.realtime, strict=True):
                if realtime > latest[number]:
                    latest[number] = realtime
            for number, node in node_of.items():
                node.last_entry = max(node.last_entry, latest[number])
        return {node.key for node in node_of.values()}

    def _node_of(self, origin: Origin) -> Node:
        named = dict(origin.fields)
        hostname = _text(named.get("_HOSTNAME", b""))
        key = _key(_text(named.get("_MACHINE_ID", b"")), hostname, _text(named.get("_NAMESPACE", b"")))
        node = self._node(key)
        if hostname and node.key != OTHERS:
            node.hostname = hostname
        self._own(origin.seqnum_id, node.key)
        return node

    def _node(self, key: Key) -> Node:
        node = self._nodes.get(key)
        if node is None:
            if len(self._nodes) >= self._settings.nodes and key != OTHERS:
                return self._node(OTHERS)
            node = self._nodes[key] = Node(key, hostname=key.hostname)
        return node

    def _own(self, seqnum_id: bytes, key: Key) -> None:
        if is_synthetic(seqnum_id) or self._streams.get(seqnum_id) == key:
            return
        self._streams[seqnum_id] = key
        if len(self._streams) > STREAMS_MAX * self._settings.nodes:
            del self._streams[next(iter(self._streams))]

    def _hear(self, status: NodeStatus, keys: set[Key], now: int) -> None:
        """Enter a status: with all nodes of its machine, and with those whose entries it brought."""
        machine = status.machine_id
        about = [node for node in self._nodes.values() if machine and machine in (node.key.machine_id, node.shipper)]
        about += [self._nodes[key] for key in keys if self._nodes[key] not in about]
        if not about:
            node = self._node(_key(machine, status.hostname, ""))
            node.hostname = node.hostname or status.hostname
            about = [node]
        for node in about:
            node.hear(status, now)
        for gap in status.gaps:
            self._owner(gap.seqnum_id, about).lose(gap)
        for dropped in status.dropped:
            self._owner(dropped.where.seqnum_id if dropped.where else "", about).drop(dropped)

    def _owner(self, seqnum_id: str, about: Sequence[Node]) -> Node:
        """The node that wrote a sequence; the first of the shipper's when none is known for it."""
        key = self._streams.get(bytes.fromhex(seqnum_id))
        return self._nodes[key] if key in self._nodes else about[0]

    def _touch(self, now: int) -> None:
        """A node whose connection is open is there, even when it has nothing to say."""
        for peer, keys in list(self._connections.items()):
            if not peer.is_closing():
                for key in keys:
                    self._nodes[key].last_seen = now


def _key(machine_id: str, hostname: str, namespace: str) -> Key:
    return Key(machine_id, "" if machine_id else hostname, namespace)


def _text(value: bytes) -> str:
    return _known_text(value) if len(value) <= TEXT_MAX else _printable(value)


def _printable(value: bytes) -> str:
    return printable(value.decode("utf-8", "replace"))


_known_text = lru_cache(4096)(_printable)
"""Names of machines come with every batch. With short ones alone it takes some 3 MB at most."""
