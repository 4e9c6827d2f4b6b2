"""The patterns of a scope: its newest messages as templates, with how often, when, and whether they are new."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from journalhub.query import language
from journalhub.query.patterns.joining import join
from journalhub.query.patterns.lines import HOLE, Shape, take_apart
from journalhub.query.patterns.templates import Template
from journalhub.store.ast import All, And
from journalhub.store.contract import Budget, Order, Scope, Store

MESSAGES_MAX = 100_000
"""Messages that are looked at, the newest: a second's work, and some 50 MB while it lasts."""

CLIP = 300
"""Bytes of a message that are looked at: what it is stands at its beginning."""

SHAPES_MAX = 10_000
"""Shapes that are told apart. Messages with more have no patterns; what is left of them is counted."""

NEW_SECONDS = 5.0
"""Seconds for looking which patterns are new; what was not looked at says so."""

DAY = 86_400_000_000
"""Microseconds."""

_PAUSE_EVERY = 256
"""Lines between two looks at the budget: a millisecond."""


@dataclass(slots=True)
class Pattern:
    """One template."""

    template: Template
    is_new: bool | None = None
    """Whether it did not occur in the day before the range; None when that is not known."""

    @property
    def count(self) -> int:
        return len(self.template.times)


@dataclass(slots=True)
class Patterns:
    """What was found."""

    scanned: int
    """Messages that were looked at."""
    since: int
    """Microseconds: from when on they are all messages of the scope."""
    patterns: list[Pattern]
    """Falling by count."""
    unlike: int
    """Messages among them that are in no pattern: no text, or of too many kinds."""
    more: bool
    """Whether there are older ones that were not looked at."""
    reason: str | None


class _SpentError(Exception):
    """The budget is spent."""


def find_patterns(store: Store, scope: Scope, budget: Budget) -> Patterns:
    """The patterns of the newest MESSAGES_MAX messages of `scope`, whose time is bounded."""
    texts = store.texts(scope, "MESSAGE", MESSAGES_MAX, CLIP, budget)
    times: dict[bytes, list[int]] = {}
    for at, text in texts.rows:
        times.setdefault(text, []).append(at)
    shapes, reason = _shapes(times, budget)
    found: list[Template] = []
    if reason is None:
        try:
            found = join(sorted(shapes, key=lambda shape: len(shape.times), reverse=True), _pausing(budget))
        except _SpentError as error:
            reason = str(error)
    patterns = [Pattern(template) for template in found]
    patterns.sort(key=lambda pattern: (-pattern.count, pattern.template.text()))
    scanned = len(texts.rows)
    since = texts.rows[-1][0] if texts.more and texts.rows else scope.since
    unlike = scanned - sum(pattern.count for pattern in patterns)
    return Patterns(scanned, since, patterns, unlike, texts.more, texts.reason or reason)


def _shapes(times: dict[bytes, list[int]], budget: Budget) -> tuple[Iterable[Shape], str | None]:
    """The shapes of the messages; and why these are not all, or None."""
    shapes: dict[str, Shape] = {}
    pause = _pausing(budget)
    try:
        for text, its_times in times.items():
            pause()
            line, newline, _ = text.partition(b"\n")
            is_cut = len(text) >= CLIP and not newline
            try:
                decoded = line.decode(errors="ignore" if is_cut else "strict")
            except UnicodeDecodeError:
                continue
            if HOLE in decoded:
                continue
            key, values = take_apart(decoded)
            shape = shapes.get(key)
            if shape is None:
                if len(shapes) >= SHAPES_MAX:
                    continue
                shape = shapes[key] = Shape(key, list(values))
            shape.add(values, its_times)
            shape.several_lines |= bool(newline)
            shape.cut |= is_cut
    except _SpentError as error:
        return shapes.values(), str(error)
    return shapes.values(), None


def _pausing(budget: Budget) -> Callable[[], None]:
    calls = 0

    def pause() -> None:
        nonlocal calls
        calls += 1
        if calls % _PAUSE_EVERY == 0 and (reason := budget.reason) is not None:
            raise _SpentError(reason)

    return pause


def mark_new(store: Store, scope: Scope, patterns: Iterable[Pattern], budget: Budget) -> None:
    """Look which of `patterns` of `scope` do not occur in the day before it, as far as time allows.

    One order paid is not new where others were paid: it is the template that counts, whatever its values.
    Where nothing at all is stored of that day there is nothing to compare with, and nothing is new.
    """
    day = (max(scope.since - DAY, 0), scope.since - 1)
    if day[1] < day[0] or not store.search(Scope(All(), *day), Order.NEWEST_FIRST, 1, None, budget).hits:
        return
    ends = time.monotonic() + NEW_SECONDS
    for pattern in patterns:
        if time.monotonic() > ends or budget.reason is not None:
            return
        query = language.parse(pattern.template.search(any_values=True)).reading
        page = store.search(Scope(And((scope.query, query)), *day), Order.NEWEST_FIRST, 1, None, budget)
        if page.hits or page.reason is None:
            pattern.is_new = not page.hits
