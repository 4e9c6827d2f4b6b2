"""Entries that lost a field on their way through libsystemd."""

import pytest

from journalhub.shipper.columns import Address, Fields
from journalhub.shipper.limits import CHECKED_BYTES_MAX, SHAPES_MAX
from journalhub.shipper.wholeness import Wholeness, field_hash

FIELDS: Fields = {"MESSAGE": b"hello", "TAG": [b"one", b"two"], "EMPTY": b""}


def address(*fields: bytes) -> Address:
    """Of an entry that was written with these fields."""
    xor_hash = 0
    for field in fields:
        xor_hash ^= field_hash(field)
    return ("s=" + "a" * 32, 1, "b=" + "b" * 32, 1, 1, xor_hash)


WHOLE = address(b"MESSAGE=hello", b"TAG=one", b"TAG=two", b"EMPTY=")


@pytest.mark.parametrize(
    ("data", "expected"),
    [(b"", 0xDEADBEEFDEADBEEF), (b"Four score and seven years ago", 0x17770551CE7226E6)],
)
def test_the_hash(data: bytes, expected: int) -> None:
    """It is that of lookup3.c, whose author gives these."""
    assert expected == field_hash(data)


def test_what_is_missing_is_noticed() -> None:
    """Any field, one of a repeated name too, and in each entry again."""
    wholeness = Wholeness()
    for name in FIELDS:
        fields = {other: value for other, value in FIELDS.items() if other != name}
        assert wholeness.lacks_a_field(WHOLE, fields)
        assert wholeness.lacks_a_field(WHOLE, fields)

    assert wholeness.lacks_a_field(WHOLE, {**FIELDS, "TAG": b"one"})
    assert not Wholeness().lacks_a_field(WHOLE, FIELDS)


def test_a_field_that_came_twice() -> None:
    """journald keeps one of two equal fields, and has hashed both: that is no loss."""
    once = [b"MESSAGE=hello", b"TAG=one", b"TAG=two", b"EMPTY="]

    assert not Wholeness().lacks_a_field(address(*once, b"TAG=two"), FIELDS)
    assert not Wholeness().lacks_a_field(address(*once, b"TAG=two", b"EMPTY="), FIELDS)
    assert not Wholeness().lacks_a_field(address(*once, b"TAG=two", b"TAG=two"), FIELDS)


def test_looking_is_bounded() -> None:
    """Neither huge entries nor endless names cost more than a moment."""
    large: Fields = {"MESSAGE": bytes(CHECKED_BYTES_MAX)}
    assert not Wholeness().lacks_a_field(address(), large)
    wholeness = Wholeness()
    for number in range(SHAPES_MAX):
        assert not wholeness.lacks_a_field(address(b"F%d=" % number), {f"F{number}": b""})

    assert not wholeness.lacks_a_field(address(b"LOST=1"), {"OTHER": b"2"})
