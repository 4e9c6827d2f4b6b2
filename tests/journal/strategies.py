"""Hypothesis strategies for entries and for how bytes arrive."""

from hypothesis import strategies as st

from journalhub.journal.entry import Entry

names = st.one_of(
    st.sampled_from(["MESSAGE", "PRIORITY", "_PID", "_SYSTEMD_UNIT", "_HOSTNAME", "A", "_", "X" * 64]),
    st.from_regex(r"(?!__)[A-Z_][A-Z0-9_]{0,20}", fullmatch=True),
).filter(lambda name: name != "_BOOT_ID")

values = st.one_of(
    st.binary(max_size=40),
    st.text(max_size=20).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from(
        [b"", b"unconfined\n", b"\n", b"\n\n", b"=", b"a=b\n\nc", b"\x0a" * 10, b"x" * 600, b"\n" * 2570, b"\xff"]
    ),
)

u64 = st.integers(0, 2**64 - 1)
ids = st.binary(min_size=16, max_size=16)

entries = st.builds(
    Entry,
    seqnum_id=ids,
    seqnum=u64,
    boot_id=ids,
    monotonic=st.integers(0, 2**63 - 1),
    realtime=st.integers(0, 253_402_300_799_999_999),
    xor_hash=u64,
    fields=st.lists(st.tuples(names, values), max_size=8).map(tuple),
)


def chunks(text: bytes, cuts: list[int]) -> list[bytes]:
    """`text` cut at these places (of which those beyond its end count from its beginning again)."""
    places = sorted({cut % (len(text) + 1) for cut in cuts})
    return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]
