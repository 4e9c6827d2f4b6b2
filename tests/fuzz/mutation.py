"""Changes to real inputs, as fuzzers make them: the same for the same seed on every machine."""

import random
from collections.abc import Callable, Iterator, Sequence

LENGTH_MAX = 8192
"""Bytes of an input: longer ones take longer, and say nothing new."""

_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 2**31 - 1, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1)
_WORDS = (
    b"\n",
    b"\n\n",
    b"=",
    b"__CURSOR=",
    b"-1",
    b"99999999999999999999",
    b'"',
    b"(",
    b"\xff",
    b"\x00",
    b"\xed\xa0\x80",
)

Change = Callable[[random.Random, bytearray, Sequence[bytes]], None]


def _place(chosen: random.Random, data: bytearray) -> int:
    return chosen.randrange(len(data) + 1)


def _flip(chosen: random.Random, data: bytearray, others: Sequence[bytes]) -> None:
    if data:
        data[chosen.randrange(len(data))] ^= 1 << chosen.randrange(8)


def _replace(chosen: random.Random, data: bytearray, others: Sequence[bytes]) -> None:
    if data:
        data[chosen.randrange(len(data))] = chosen.randrange(256)


def _delete(chosen: random.Random, data: bytearray, others: Sequence[bytes]) -> None:
    at = _place(chosen, data)
    del data[at : at + chosen.choice((1, 1, 2, 8, 64))]


def _repeat(chosen: random.Random, data: bytearray, others: Sequence[bytes]) -> None:
    at = _place(chosen, data)
    piece = data[at : at + chosen.choice((1, 2, 8, 64))]
    data[at:at] = piece * chosen.choice((1, 2, 16, 200))


def _number(chosen: random.Random, data: bytearray, others: Sequence[bytes]) -> None:
    at, size = _place(chosen, data), chosen.choice((1, 2, 4, 8))
    number = chosen.choice(_NUMBERS) & (1 << 8 * size) - 1
    data[at : at + size] = number.to_bytes(size, chosen.choice(("little", "big")))


def _word(chosen: random.Random, data: bytearray, others: Sequence[bytes]) -> None:
    at = _place(chosen, data)
    data[at:at] = chosen.choice(_WORDS)


def _cross(chosen: random.Random, data: bytearray, others: Sequence[bytes]) -> None:
    other = chosen.choice(others)
    at = chosen.randrange(len(other) + 1)
    data[_place(chosen, data) :] = other[at:]


def _cut(chosen: random.Random, data: bytearray, others: Sequence[bytes]) -> None:
    del data[_place(chosen, data) :]


CHANGES: tuple[Change, ...] = (_flip, _replace, _delete, _repeat, _number, _word, _cross, _cut)


def mutations(seeds: Sequence[bytes], seed: int, count: int) -> Iterator[bytes]:
    """The seeds themselves, then `count` inputs made of them."""
    chosen = random.Random(seed)
    yield from seeds
    for _ in range(count):
        data = bytearray(chosen.choice(seeds))
        for _ in range(chosen.choice((1, 1, 2, 4, 8))):
            chosen.choice(CHANGES)(chosen, data, seeds)
        yield bytes(data[:LENGTH_MAX])
