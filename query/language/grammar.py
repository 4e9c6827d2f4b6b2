"""From text to nodes: the grammar of docs/search-language.md."""

import re

from journalhub.journal.fields import is_valid_name
from journalhub.query.language.names import SHORT_NAMES
from journalhub.query.language.syntax import (
    STARTS_TERM,
    Condition,
    Inside,
    Node,
    Pattern,
    Quoted,
    Text,
    Word,
    conjunction,
    disjunction,
    negation,
)

DEPTH_MAX = 60
"""Parentheses and NOTs within each other: more than anybody types, and few enough for recursion."""

# `ERROR:root:message` is the beginning of a line of a log, not a condition on a field.
_LEVELS = frozenset(
    {
        *("EMERG", "EMERGENCY", "ALERT", "CRIT", "CRITICAL", "FATAL", "PANIC", "SEVERE", "ERR", "ERROR"),
        *("WARN", "WARNING", "NOTE", "NOTICE", "INFO", "DEBUG", "TRACE"),
    }
)

_KEYWORD = re.compile(r"(AND|OR|NOT)(?=[\s()]|$)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_INSIDE = re.compile(r'\*"((?:[^"\\]|\\.)+)"\*(?=[\s)]|$)', re.DOTALL)
_PATTERN = re.compile(r"/(?!\s)((?:[^/\\]|\\.)+)/(i?)(?=[\s)]|$)", re.DOTALL)
_CONDITION = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(!=|>=|<=|=|:|>|<)", re.ASCII)
_RUN = re.compile(r"\S*")
_SPACE = re.compile(r"\s*")
_ESCAPE = re.compile(r'\\(["\\])')


class NotAQueryError(ValueError):
    """The text cannot be read as a query; where, and why."""

    def __init__(self, why: str, at: int) -> None:
        super().__init__(why)
        self.why = why
        self.at = at


def read(text: str) -> Node:
    """What `text` says, or NotAQueryError."""
    reader = _Reader(text)
    node = reader.alternatives()
    if reader.at < len(text):
        raise NotAQueryError("nothing is open that this parenthesis closes", reader.at)
    return node


class _Reader:
    """Recursive descent over the characters of a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._open = 0
        self._depth = 0
        self._skip_space()

    def alternatives(self) -> Node:
        """Conjunctions with OR between them."""
        parts = [self._conjunction()]
        while self._take_keyword("OR"):
            parts.append(self._conjunction())
        return disjunction(parts)

    def _conjunction(self) -> Node:
        parts = [self._term()]
        while self.at < len(self.text) and self._keyword() != "OR" and not self._closes_group():
            self._take_keyword("AND")
            parts.append(self._term())
        return conjunction(parts)

    def _term(self) -> Node:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise NotAQueryError(f"more than {DEPTH_MAX} parentheses or NOTs within each other", self.at)
        node = self._negation_or_atom()
        self._depth -= 1
        return node

    def _negation_or_atom(self) -> Node:
        if self._take_keyword("NOT"):
            return negation(self._term())
        if self.at >= len(self.text) or self._keyword() or self._closes_group():
            raise NotAQueryError("a word is missing", self.at)
        char, following = self.text[self.at], self.text[self.at + 1 : self.at + 2]
        if char == "-" and (following.isalnum() or (following and following in STARTS_TERM)):
            self.at += 1
            return negation(self._term())
        if char == "(":
            return self._group()
        node = self._atom()
        self._skip_space()
        return node

    def _group(self) -> Node:
        start = self.at
        self.at += 1
        self._open += 1
        self._skip_space()
        node = self.alternatives()
        if not self._closes_group():
            raise NotAQueryError("this parenthesis is never closed", start)
        self.at += 1
        self._open -= 1
        self._want_boundary("a parenthesis")
        self._skip_space()
        return node

    def _atom(self) -> Node:
        if self.text.startswith('"', self.at):
            return self._quoted()
        return self._pattern() or self._inside() or self._condition() or self._word()

    def _quoted(self) -> Quoted:
        found = _QUOTED.match(self.text, self.at)
        if found is None:
            raise NotAQueryError("this quote is never closed", self.at)
        self.at = found.end()
        self._want_boundary("a quote")
        return Quoted(_ESCAPE.sub(r"\1", found[1]), found.start())

    def _inside(self) -> Inside | None:
        found = _INSIDE.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return Inside(_ESCAPE.sub(r"\1", found[1]))

    def _pattern(self) -> Pattern | None:
        found = _PATTERN.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return Pattern(found[1], found[2], found.start(1))

    def _condition(self) -> Condition | None:
        found = _CONDITION.match(self.text, self.at)
        if found is None:
            return None
        name, operator = found[1], found[2]
        if name not in SHORT_NAMES and not is_valid_name(name):
            if "=" in operator:
                raise NotAQueryError(f"{name} is neither a field, which has capitals, nor a short name", self.at)
            return None
        if operator == ":" and (name in _LEVELS or self._ends_at(found.end())):
            return None
        self.at = found.end()
        return Condition(name, operator, self._value(operator))

    def _value(self, operator: str) -> Text:
        if self.text.startswith('"', self.at):
            return self._quoted()
        looked_for = (self._pattern() or self._inside()) if operator == ":" else None
        return looked_for or self._word()

    def _word(self) -> Word:
        word = self._word_at(self.at)
        self.at += len(word.text)
        return word

    def _word_at(self, at: int) -> Word:
        """The word at `at`, less the parentheses at its end that close groups around it."""
        found = _RUN.match(self.text, at)
        word = found[0] if found else ""
        for _ in range(self._open):
            if not word.endswith(")") or word.count(")") <= word.count("("):
                break
            word = word[:-1]
        return Word(word)

    def _keyword(self) -> str | None:
        found = _KEYWORD.match(self.text, self.at)
        return found[1] if found else None

    def _take_keyword(self, keyword: str) -> bool:
        if self._keyword() != keyword:
            return False
        self.at += len(keyword)
        self._skip_space()
        return True

    def _closes_group(self) -> bool:
        return self._open > 0 and self.text.startswith(")", self.at)

    def _ends_at(self, at: int) -> bool:
        return at >= len(self.text) or self.text[at].isspace()

    def _want_boundary(self, what: str) -> None:
        if not self._ends_at(self.at) and not self._closes_group():
            raise NotAQueryError(f"{what} that closes wants a space behind it", self.at)

    def _skip_space(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
