"""What is done to text before it is shown, apart from any journal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journalhub.query.output.text import clean, ellipsize, format_bytes, visible


def cleaned_step_by_step(message: bytes) -> bytes:
    """The reference: journalctl's cleaner as a state machine over single bytes (its behaviour, measured on 252)."""
    out, at, returns = b"", 0, 0
    while at < len(message):
        byte = message[at : at + 1]
        at += 1
        if byte == b"\r":
            returns += 1
            continue
        out += b"" if byte == b"\n" else b"\r" * returns
        returns = 0
        if byte == b"\t":
            out += b" " * 8
        elif byte != b"\x1b":
            out += byte
        elif (end := _sequence_end(message, at)) is not None:
            at = end
        else:
            out += message[at - 1 : at + 1]
            at += 1
    return out


def _sequence_end(message: bytes, at: int) -> int | None:
    """Where the colour sequence or operating system command ends that begins at `at`, or None."""
    kind, rest = message[at : at + 1], at + 1
    while kind == b"[" and rest < len(message):
        if message[rest : rest + 1] == b"m":
            return rest + 1
        if message[rest] not in b"0123456789;\0":
            return None
        rest += 1
    while kind == b"]" and rest < len(message):
        if message[rest : rest + 1] == b"\a":
            return rest + 1
        if not 32 <= message[rest] <= 126:
            return None
        rest += 1
    return None


@given(st.lists(st.sampled_from([b"\x1b", b"[", b"]", b"m", b"1", b";", b"\r", b"\n", b"\t", b"\a", b"x", b"\0"])))
def test_messages_are_cleaned(pieces: list[bytes]) -> None:
    """The pattern and the state machine agree on everything made of what matters."""
    assert cleaned_step_by_step(b"".join(pieces)) == clean(b"".join(pieces))


@given(st.binary())
def test_what_is_visible_is_safe(value: bytes) -> None:
    """Nothing that a terminal obeys is left, and text without control characters is as it was."""
    shown = visible(value).decode()
    assert all(character in "\t\n" or 0x20 <= ord(character) < 0x7F or ord(character) > 0x9F for character in shown)
    if all(0x20 <= byte < 0x7F for byte in value):
        assert value == visible(value)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, "0B"),
        (1023, "1023B"),
        (1024, "1.0K"),
        (1500, "1.4K"),
        (1 << 20, "1.0M"),
        (5 << 18, "1.2M"),
        (3 << 60, "3.0E"),
    ],
)
def test_sizes_are_short(size: int, expected: str) -> None:
    """Sizes have one decimal, cut off."""
    assert expected == format_bytes(size)


@given(st.text(st.sampled_from("aéあ")), st.integers(3, 30), st.sampled_from([90, 100]))
def test_a_cut_line_is_no_wider_than_asked(text: str, width: int, percent: int) -> None:
    """A line is cut to its width, counting wide characters twice, or shown whole where it is UTF-8 and fits."""
    line = ellipsize(text.encode(), width, percent, unicode=True)
    assert line is not None
    cells = sum(2 if character == "あ" else 1 for character in line.decode())
    assert cells <= max(width, 0) + 1
