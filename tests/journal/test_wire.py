"""The native batch as bytes: what goes in comes out, and nothing else is taken."""

import subprocess
import sys

import msgpack
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from journalhub.journal import batch, wire
from journalhub.journal.entry import Entry
from journalhub.journal.limits import BATCH_DECOMPRESSED_MAX

pytestmark = pytest.mark.usefixtures("codec")

ids = st.binary(min_size=16, max_size=16)
names = st.from_regex(r"[A-Z][A-Z0-9_]{0,10}", fullmatch=True) | st.sampled_from(
    ["_HOSTNAME", "_PID", "MESSAGE", "_SYSTEMD_UNIT"]
)
entries = st.builds(
    Entry,
    ids,
    st.integers(0, 2**64 - 1),
    ids,
    st.integers(0, 2**62),
    st.integers(0, 2**57),
    st.integers(0, 2**64 - 1),
    st.lists(st.tuples(names, st.binary(max_size=50)), max_size=8).map(tuple),
)


def sorted_fields(entry: Entry) -> Entry:
    """The entry with its fields in a canonical order: order within an entry is free."""
    return entry._replace(fields=tuple(sorted(entry.fields)))


@given(st.lists(entries, max_size=20))
def test_round_trip(given_entries: list[Entry]) -> None:
    """Any entries come back, each with all its fields."""
    decoded = wire.decode(wire.encode(batch.from_entries(given_entries)))

    assert list(map(sorted_fields, given_entries)) == list(map(sorted_fields, decoded.batch))


def test_status_travels() -> None:
    """A batch without entries may carry what the node says of itself."""
    decoded = wire.decode(wire.encode(batch.Batch(), {"hostname": "a", "machine_id": b"m" * 16}))

    assert decoded.status == {"hostname": "a", "machine_id": b"m" * 16}


@given(st.lists(entries, min_size=2, max_size=20))
def test_halves_are_whole(given_entries: list[Entry]) -> None:
    """The two halves of a packed batch are batches of their own, together the same entries, without idle origins."""
    packed = wire.pack(batch.from_entries(given_entries))
    first, second = (wire.decode(wire.seal(half)).batch for half in wire.split(packed))

    assert list(map(sorted_fields, given_entries)) == list(map(sorted_fields, (*first, *second)))
    assert len(first) == len(given_entries) // 2
    assert sorted(set(first.origin)) == list(range(len(first.origins)))
    assert sorted(set(second.shape)) == list(range(len(second.shapes)))


@given(st.lists(entries, max_size=20))
def test_describes_what_is_packed(given_entries: list[Entry]) -> None:
    """A packed batch tells its length and its last cursor."""
    last = given_entries[-1].cursor if given_entries else None

    assert wire.describe(wire.pack(batch.from_entries(given_entries))) == (len(given_entries), last)


def test_status_is_added_when_sealed() -> None:
    """A packed batch takes any status later, and none."""
    packed = wire.pack(batch.Batch())

    assert wire.decode(wire.seal(packed, {"behind": 5})).status == {"behind": 5}
    assert wire.decode(wire.seal(packed)).status is None


def body(**changes: object) -> bytes:
    """A good body with some keys replaced."""
    document: dict[str, object] = {
        "v": 1, "n": 1, "origins": [[b"s" * 16, b"b" * 16, ["_HOSTNAME", b"h"]]], "shapes": [["MESSAGE"]],
        "origin": [0], "shape": [0], "realtime": [5], "offset": [1], "seqnum": [1], "hash": b"12345678",
        "values": [[b"hello"]],
    }  # fmt: skip
    return zstandard.compress(msgpack.packb(document | changes))


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"n": -1}, "n is"),
        ({"n": 2}, "origin: 1 items"),
        ({"n": "1"}, "n is"),
        ({"origins": 5}, "origins"),
        ({"origins": [[b"short", b"b" * 16, []]]}, "16 bytes"),
        ({"origins": [[b"s" * 16, b"b" * 16, ["_HOSTNAME"]]]}, r"origins\[0\]"),
        ({"origins": [[b"s" * 16, b"b" * 16, ["lower", b"h"]]]}, "no field name"),
        ({"shapes": [["__CURSOR"]]}, "no field name"),
        ({"origin": [1]}, "outside"),
        ({"origin": [-1]}, "outside"),
        ({"origin": [True]}, "integers"),
        ({"realtime": [-5]}, "realtime"),
        ({"realtime": [2**63]}, "realtime"),
        ({"offset": [9]}, "monotonic"),
        ({"seqnum": [2**64 - 1 + 0.5]}, "integers"),
        ({"hash": b"1"}, "hash"),
        ({"values": [["text"]]}, "want bin"),
        ({"values": [[]]}, "for its shape"),
        ({"status": 5}, "status"),
    ],
)
def test_refused(changes: dict[str, object], where: str) -> None:
    """A batch that breaks a rule is refused, and the message says where."""
    with pytest.raises(wire.BatchError, match=where):
        wire.decode(body(**changes))


def test_other_version() -> None:
    """A batch of another version is told apart from a malformed one."""
    with pytest.raises(wire.BatchVersionError, match="version 2"):
        wire.decode(body(v=2))


@given(st.binary(max_size=200))
def test_noise(noise: bytes) -> None:
    """Noise, compressed or not, is a BatchError and nothing else."""
    for attempt in (noise, zstandard.compress(noise)):
        with pytest.raises(wire.BatchError):
            wire.decode(attempt)


def test_a_map_as_a_key() -> None:
    """msgpack can say what no dict can hold."""
    with pytest.raises(wire.BatchError):
        wire.decode(zstandard.compress(b"\x81\x80\x00"))


BOMBS = {
    "an array of maps": b"\xdd\x01\x00\x00\x00" + b"\x80" * 2**24,
    "arrays of maps": b"\xdd\x00\x00\x10\x00" + (b"\xdc\x10\x00" + b"\x80" * 4096) * 4096,
    "a map of many keys": b"\xdf\x00\x01\x00\x00" + b"".join(b"\xcd%b\xc0" % n.to_bytes(2) for n in range(65536)),
    "arrays within arrays": b"\x91" * 2**20,
    "arrays of numbers": b"\xdc\x40\x00" + (b"\xdc\x40\x00" + b"\xcd\x01\x02" * 16384) * 1024,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_of_objects_is_refused_before_it_fills_the_memory(name: str) -> None:
    """A byte of msgpack can be an object: a batch has a limit of them, whatever its size."""
    body = zstandard.compress(b"\x82\xa1v\x01\xa1n" + BOMBS[name])
    code = "import resource, sys\nfrom journalhub.journal import wire\nbody = sys.stdin.buffer.read()\n"
    code += "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
    code += "try:\n    wire.decode(body)\nexcept wire.BatchError:\n"
    code += "    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)\n"
    done = subprocess.run([sys.executable, "-c", code], input=body, capture_output=True, check=True)

    assert int(done.stdout) < 512


def test_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    """The size that a frame tells is checked first."""
    with pytest.raises(wire.BatchError, match="decompressed size"):
        wire.decode(zstandard.compress(bytes(BATCH_DECOMPRESSED_MAX + 1)))
