"""The collector's own log: one line each, seldom, and safe."""

import logging

from journalhub.collector.console import OneLine, Seldom


def record(text: str, line: int = 1, level: int = logging.ERROR, error: Exception | None = None) -> logging.LogRecord:
    shown = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("x", level, "file.py", line, text, (), shown)


def test_one_line() -> None:
    """Several lines become one, an exception its type, text and place; for journald with the priority in front."""
    try:
        raise ValueError("a\nb\x1b[2J")
    except ValueError as error:
        failed = record("it failed", error=error)
    text = OneLine(for_journal=False).format(failed)

    assert text.startswith("journalhub: error: it failed: ValueError: 'a\\nb\\x1b[2J' at test_console.py:")
    assert "<3>two lines" == OneLine(for_journal=True).format(record("two\nlines"))
    assert "<6>hello" == OneLine(for_journal=True).format(record("hello", level=logging.INFO))


def test_the_same_complaint_once_a_minute() -> None:
    """What is repeated within a minute is counted and told with the next; information is never held back."""
    now = [1000.0]
    seldom = Seldom(lambda: now[0])
    first = [seldom.filter(record("trouble")) for _ in range(5)]
    other = seldom.filter(record("other trouble", line=2))
    now[0] += 61
    late = record("trouble")

    assert ([True, False, False, False, False], True, True) == (first, other, seldom.filter(late))
    assert "trouble (4 more like this)" == late.getMessage()
    assert all(seldom.filter(record("news", level=logging.INFO)) for _ in range(5))
