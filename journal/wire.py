"""Native batches as bytes: the codec of docs/formats/batch.md, version 1."""

import array
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, chain
from operator import sub
from typing import Any, TypeVar

import msgpack
import zstandard

from journalhub.journal import compiled
from journalhub.journal.batch import Batch
from journalhub.journal.cursor import Cursor
from journalhub.journal.fields import is_valid_name
from journalhub.journal.limits import (
    BATCH_ARRAY_MAX,
    BATCH_DECOMPRESSED_MAX,
    BATCH_ENTRIES_MAX,
    BATCH_ITEMS_MAX,
    BATCH_MAP_MAX,
    ENTRY_FIELDS_MAX,
    FIELD_VALUE_MAX,
    REALTIME_MAX,
)
from journalhub.journal.origin import Origin

VERSION = 1
CONTENT_TYPE = "application/vnd.journalhub.batch+msgpack"
LEVEL = 3
"""zstd level: 3 gives 90 % of what 9 saves on journals, at a quarter of the CPU of the node."""

_U64 = 2**64 - 1

_of_thread = threading.local()
"""The compressor of each thread, which serves one call at a time: a new one costs as much as 15 KB of a batch."""

Status = dict[str, Any]
C = TypeVar("C", tuple[Any, ...], dict[Any, Any])


class BatchError(ValueError):
    """A batch that is not what docs/formats/batch.md says; the message tells what and where."""


class BatchVersionError(BatchError):
    """A batch of a version that this code does not read."""


@dataclass(slots=True)
class Decoded:
    """What a request carried."""

    batch: Batch
    status: Status | None


def encode(batch: Batch, status: Status | None = None) -> bytes:
    """The compressed body of a request with this batch."""
    return seal(pack(batch), status)


def pack(batch: Batch) -> bytes:
    """The batch before its status is known and before compression: what `seal` and `split` take."""
    document: dict[str, Any] = {
        "v": VERSION,
        "n": len(batch),
        "origins": [(o.seqnum_id, o.boot_id, [part for pair in o.fields for part in pair]) for o in batch.origins],
        "shapes": batch.shapes,
        "origin": batch.origin,
        "shape": batch.shape,
        "realtime": _differences(batch.realtime),
        "offset": _differences(list(map(sub, batch.realtime, batch.monotonic))),
        "seqnum": _differences(batch.seqnum),
        "hash": _hash_bytes(batch.xor_hash),
        "values": batch.values,
    }
    return _packed(document)


def seal(packed: bytes, status: Status | None = None) -> bytes:
    """The compressed body of a request with what `pack` gave, and the status as it is now."""
    if status is not None:
        # A map of fewer than 15 keys begins with 0x80 + their number: one more is added without packing again.
        packed = bytes((packed[0] + 1,)) + packed[1:] + _packed("status") + _packed(status)
    if not hasattr(_of_thread, "compressor"):
        _of_thread.compressor = zstandard.ZstdCompressor(level=LEVEL)
    compressed: bytes = _of_thread.compressor.compress(packed)
    return compressed


def split(packed: bytes) -> tuple[bytes, bytes]:
    """What `pack` gave for at least two entries, as two halves that carry only their own origins and shapes.

    Nothing is checked but the frame: this is how a sender corners an entry that the collector does not take.
    """
    document = msgpack.unpackb(packed, use_list=False, strict_map_key=False)
    middle = document["n"] // 2
    return _slice(document, 0, middle), _slice(document, middle, document["n"])


def describe(packed: bytes) -> tuple[int, Cursor | None]:
    """How many entries `pack` was given, and the last one's cursor; None where there is no entry."""
    document = msgpack.unpackb(packed, use_list=False, strict_map_key=False)
    n = document["n"]
    if not n:
        return 0, None
    realtime, offset, seqnum = (sum(document[key]) & _U64 for key in ("realtime", "offset", "seqnum"))
    seqnum_id, boot_id, _ = document["origins"][document["origin"][-1]]
    xor_hash = int.from_bytes(document["hash"][-8:], "little")
    return n, Cursor(seqnum_id, seqnum, boot_id, (realtime - offset) & _U64, realtime, xor_hash)


def _slice(document: dict[str, Any], start: int, end: int) -> bytes:
    part = {key: document[key][start:end] for key in ("origin", "shape", "values")}
    for table, column in (("origins", "origin"), ("shapes", "shape")):
        used = sorted(set(part[column]))
        number = {old: new for new, old in enumerate(used)}
        part[table] = [document[table][old] for old in used]
        part[column] = [number[old] for old in part[column]]
    for key in ("realtime", "offset", "seqnum"):
        part[key] = _differences([total & _U64 for total in accumulate(document[key])][start:end])
    return _packed({"v": document["v"], "n": end - start, "hash": document["hash"][8 * start : 8 * end], **part})


def _packed(document: Any) -> bytes:
    packed = msgpack.packb(document)
    assert isinstance(packed, bytes)
    return packed


def decode(body: bytes) -> Decoded:
    """The batch that a request body carries, checked so that the store can trust every row.

    Raises BatchVersionError for another version, BatchError for anything else that is wrong.
    """
    raw = _decompress(body)
    return _decode_compiled(raw) or _decode(raw)


def _decode_compiled(raw: bytes) -> Decoded | None:
    """What the compiled codec makes of it, if anything: what may be wrong is left to `_decode` to say."""
    columns = compiled.codec and compiled.codec.decode_batch(raw)
    if not columns:
        return None
    origins, shapes, status, origin, shape, realtime, monotonic, seqnum, xor_hash, values = columns
    try:
        batch = Batch(
            [_origin(item, at) for at, item in enumerate(_unpacked(raw[slice(*origins)]))],
            [_shape(item, at) for at, item in enumerate(_unpacked(raw[slice(*shapes)]))],
            *(origin, shape, realtime, monotonic, seqnum, xor_hash),
            values,
        )
        said = None if status is None else _unpacked(raw[slice(*status)])
    except BatchError:
        return None
    return Decoded(batch, said) if said is None or isinstance(said, dict) else None


def _decode(raw: bytes) -> Decoded:
    document = _unpack(raw)
    if document.get("v") != VERSION:
        raise BatchVersionError(f"batch version {document.get('v')!r}; this collector reads version {VERSION}")
    n = document.get("n")
    if not isinstance(n, int) or not 0 <= n <= BATCH_ENTRIES_MAX:
        raise BatchError(f"n is {n!r}; want 0 to {BATCH_ENTRIES_MAX} entries")
    batch = Batch(
        origins=[_origin(item, at) for at, item in enumerate(_array(document, "origins"))],
        shapes=[_shape(item, at) for at, item in enumerate(_array(document, "shapes"))],
    )
    batch.origin = _indexes(document, "origin", n, len(batch.origins))
    batch.shape = _indexes(document, "shape", n, len(batch.shapes))
    batch.realtime = _sums(document, "realtime", n, REALTIME_MAX)
    offset = _sums(document, "offset", n, _U64)
    batch.monotonic = [difference & _U64 for difference in map(sub, batch.realtime, offset)]
    if n and max(batch.monotonic) >= 2**63:
        raise BatchError("offset: a monotonic time is negative or beyond 2^63")
    batch.seqnum = _sums(document, "seqnum", n, _U64)
    batch.xor_hash = _hashes(document, n)
    batch.values = _values(document, n, batch)
    status = document.get("status")
    if status is not None and not isinstance(status, dict):
        raise BatchError("status: want a map")
    return Decoded(batch, status)


def _decompress(body: bytes) -> bytes:
    try:
        size = zstandard.frame_content_size(body)
        if size > BATCH_DECOMPRESSED_MAX:
            raise BatchError(f"decompressed size {size} bytes; at most {BATCH_DECOMPRESSED_MAX} are taken")
        if size < 0:
            raise BatchError("zstd frame does not tell its content size")
        # In one call, because a streaming decompressor is silent about what follows the frame: a sender must not
        # believe that two batches were stored when one was.
        return zstandard.ZstdDecompressor(max_window_size=2**27).decompress(body, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise BatchError(f"body is not one zstd frame: {error}") from error


def _unpack(raw: bytes) -> dict[str, Any]:
    document = _unpacked(raw)
    if not isinstance(document, dict):
        raise BatchError(f"body is a {type(document).__name__}; want a map")
    return document


def _unpacked(raw: bytes) -> Any:
    items = _ItemCounter()
    try:
        return msgpack.unpackb(
            raw,
            use_list=False,
            strict_map_key=False,
            max_array_len=BATCH_ARRAY_MAX,
            max_map_len=BATCH_MAP_MAX,
            list_hook=items.add,
            object_hook=items.add,
        )
    except (ValueError, TypeError, msgpack.UnpackException, RecursionError) as error:  # TypeError: a map as a key
        raise BatchError(f"body is not msgpack: {error or type(error).__name__}") from error


class _ItemCounter:
    """Ends the reading of a batch that becomes too many objects, before they fill the memory."""

    def __init__(self) -> None:
        self._left = BATCH_ITEMS_MAX

    def add(self, made: C) -> C:
        """Count what was read within an array or a map, and itself."""
        self._left -= len(made) + 1
        if self._left < 0:
            raise BatchError(f"more than {BATCH_ITEMS_MAX} items")
        return made


def _array(document: dict[str, Any], key: str, n: int | None = None) -> tuple[Any, ...]:
    items = document.get(key)
    if not isinstance(items, tuple):
        raise BatchError(f"{key}: want an array")
    if n is not None and len(items) != n:
        raise BatchError(f"{key}: {len(items)} items; want n = {n}")
    return items


def _integers(document: dict[str, Any], key: str, n: int) -> tuple[int, ...]:
    items = _array(document, key, n)
    if n and set(map(type, items)) != {int}:
        raise BatchError(f"{key}: want integers only")
    return items


def _indexes(document: dict[str, Any], key: str, n: int, limit: int) -> list[int]:
    items = list(_integers(document, key, n))
    if n and not 0 <= min(items) <= max(items) < limit:
        raise BatchError(f"{key}: an index is outside 0..{limit - 1}")
    return items


def _sums(document: dict[str, Any], key: str, n: int, highest: int) -> list[int]:
    items = [total & _U64 for total in accumulate(_integers(document, key, n))]
    if n and max(items) > highest:
        raise BatchError(f"{key}: a value is outside 0..{highest}")
    return items


def _differences(items: Sequence[int]) -> list[int]:
    """Differences modulo 2^64, each in the range of a signed 64-bit integer, which is what msgpack can hold."""
    differences = [*items[:1], *map(sub, items[1:], items)]
    if not differences or (min(differences) >= -(2**63) and max(differences) < 2**63):
        return differences
    return [((difference + 2**63) & _U64) - 2**63 for difference in differences]


def _hash_bytes(hashes: Sequence[int]) -> bytes:
    packed = array.array("Q", hashes)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def _hashes(document: dict[str, Any], n: int) -> list[int]:
    raw = document.get("hash")
    if not isinstance(raw, bytes) or len(raw) != 8 * n:
        raise BatchError(f"hash: want {8 * n} bytes")
    packed = array.array("Q")
    packed.frombytes(raw)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tolist()


def _origin(item: Any, at: int) -> Origin:
    where = f"origins[{at}]"
    if not isinstance(item, tuple) or len(item) != 3 or not isinstance(item[2], tuple) or len(item[2]) % 2:
        raise BatchError(f"{where}: want [seqnum_id, boot_id, [name, value, …]]")
    seqnum_id, boot_id, parts = item
    for identifier in (seqnum_id, boot_id):
        if not isinstance(identifier, bytes) or len(identifier) != 16:
            raise BatchError(f"{where}: an id is not 16 bytes")
    names, values = parts[::2], parts[1::2]
    _check_names(names, where)
    _check_values(values, where)
    return Origin(seqnum_id, boot_id, tuple(sorted(zip(names, values, strict=True))))


def _shape(item: Any, at: int) -> tuple[str, ...]:
    if not isinstance(item, tuple) or len(item) > ENTRY_FIELDS_MAX:
        raise BatchError(f"shapes[{at}]: want an array of at most {ENTRY_FIELDS_MAX} names")
    _check_names(item, f"shapes[{at}]")
    return tuple(map(sys.intern, item))


_is_known_name = lru_cache(4096)(is_valid_name)


def _check_names(names: Sequence[Any], where: str) -> None:
    for name in names:
        if not isinstance(name, str) or not _is_known_name(name):
            raise BatchError(f"{where}: {name!r:.80} is no field name")


def _check_values(values: Sequence[Any], where: str) -> None:
    for value in values:
        if not isinstance(value, bytes):
            raise BatchError(f"{where}: a value is a {type(value).__name__}; want bin")
        if len(value) > FIELD_VALUE_MAX:
            raise BatchError(f"{where}: a value of {len(value)} bytes; at most {FIELD_VALUE_MAX} are taken")


def _values(document: dict[str, Any], n: int, batch: Batch) -> list[tuple[bytes, ...]]:
    rows = list(_array(document, "values", n))
    lengths = [len(names) for names in batch.shapes]
    if not _are_good(rows, [lengths[shape] for shape in batch.shape]):
        _report_bad_values(rows, lengths, batch.shape)
    return rows


def _are_good(rows: list[Any], lengths: list[int]) -> bool:
    """Whether `_report_bad_values` would find nothing, asked of whole columns because every batch pays for it."""
    if not set(map(type, rows)) <= {tuple} or list(map(len, rows)) != lengths:
        return False
    flat = list(chain.from_iterable(rows))
    return not flat or (set(map(type, flat)) == {bytes} and max(map(len, flat)) <= FIELD_VALUE_MAX)


def _report_bad_values(rows: list[Any], lengths: list[int], shapes: list[int]) -> None:
    for at, (row, shape) in enumerate(zip(rows, shapes, strict=True)):
        if not isinstance(row, tuple) or len(row) != lengths[shape]:
            raise BatchError(f"values[{at}]: want {lengths[shape]} values for its shape")
        _check_values(row, f"values[{at}]")
