"""Shapes that differ in a word that varies are one template.

A word varies where many shapes are equal but for it: of "session opened for ann" and "session closed for ann" the
second word is what the line says, of three hundred lines "session opened for …" the last one is a value. What is left
over and seldom is compared as Drain does (He et al., ICWS 2017): the same number of words, the same beginning, most
of the words. Both are done on shapes, of which there are few, not on lines.
"""

import re
from collections.abc import Callable, Iterable

from journalhub.query.patterns.lines import Shape
from journalhub.query.patterns.templates import Template, template_of

VALUES_MIN = 3
"""Words in one place from which on the place varies: two are often an alternative, as opened and closed."""

ROUNDS = 3
"""Places of a template that may vary."""

PLACES_MAX = 24
"""Words of a line that are looked at."""

SELDOM = 2
"""Messages up to which a template is seldom."""

WORDS_FOR_ONE = 4
"""Words of a seldom line of which one may differ."""

ALIKE_MAX = 32
"""Seldom templates that begin alike and are compared with a new one of as many words."""

_SAYING = re.compile(r"[^\W\d_]{2}")
"""A word with two letters in a row says something; a mark or a bracket does not."""

Key = tuple[object, ...]


def join(shapes: Iterable[Shape], pause: Callable[[], None]) -> list[Template]:
    """Templates of `shapes`, which come with the most frequent first. `pause` is called often, and may raise."""
    templates = [template_of(shape) for shape in shapes]
    for _ in range(ROUNDS):
        joined = _join_where_one_word_varies(templates, pause)
        if len(joined) == len(templates):
            break
        templates = joined
    return _join_what_is_seldom(templates, pause)


def _join_where_one_word_varies(templates: list[Template], pause: Callable[[], None]) -> list[Template]:
    """One template of those that are equal but for one word, if there are enough of them; the first word stays."""
    alike: dict[Key, list[int]] = {}
    for number, template in enumerate(templates):
        pause()
        if not _may_lose_a_word(template):
            continue
        words = tuple(template.words)
        for place in range(1, min(len(words), PLACES_MAX)):
            if words[place] is not None:
                alike.setdefault((template.odd, words[:place], words[place + 1 :]), []).append(number)
    used: set[int] = set()
    gone: set[int] = set()
    for numbers in sorted(alike.values(), key=len, reverse=True):
        if len(numbers) < VALUES_MIN:
            break
        pause()
        first, *others = [number for number in numbers if number not in used] or [0]
        if len(others) + 1 < VALUES_MIN:
            continue
        for number in others:
            templates[first].take(templates[number])
        used.update(numbers)
        gone.update(others)
    return [template for number, template in enumerate(templates) if number not in gone]


def _may_lose_a_word(template: Template) -> bool:
    """Whether it still says something with one more hole: two words, and as many as there are holes."""
    return _says(template) - 1 >= max(2, template.words.count(None) + 1)


def _join_what_is_seldom(templates: list[Template], pause: Callable[[], None]) -> list[Template]:
    groups: dict[tuple[int, str, bool], list[Template]] = {}
    done: list[Template] = []
    for template in templates:
        if len(template.times) > SELDOM:
            done.append(template)
            continue
        group = groups.setdefault((len(template.words), template.words[0] or "", template.odd), [])
        may_differ = _says(template) // WORDS_FOR_ONE
        for other in group:
            pause()
            if _is_alike(other, template, may_differ):
                other.take(template)
                break
        else:
            (group if len(group) < ALIKE_MAX else done).append(template)
    return [*done, *(template for group in groups.values() for template in group)]


def _is_alike(one: Template, other: Template, may_differ: int) -> bool:
    """Whether at most so many words differ, those that vary already among them."""
    for mine, its in zip(one.words, other.words, strict=True):
        if mine is None or mine != its:
            may_differ -= 1
            if may_differ < 0:
                return False
    return True


def _says(template: Template) -> int:
    """How many words say something."""
    return sum(1 for word in template.words if word is not None and _SAYING.search(word))
