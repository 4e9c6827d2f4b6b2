"""How a text is read: as a query, or as text that someone pasted."""

from dataclasses import dataclass
from typing import Literal

from journalhub.query.language import pasted
from journalhub.query.language.conditions import BadValueError
from journalhub.query.language.grammar import NotAQueryError, read
from journalhub.query.language.meaning import TEXT_FIELD, atoms, meaning, prune
from journalhub.query.language.syntax import Condition, Node, Quoted, Word, conjunction, disjunction, show
from journalhub.query.language.words import BadPatternError, to_bytes
from journalhub.store.ast import All, Eq, In, Or, Query
from journalhub.store.evaluate import Compiled
from journalhub.store.tokens import tokens_of

TEXT_MAX = 64 * 1024
"""Characters of a search: a long stack trace fits."""


class QueryError(ValueError):
    """A text in which there is nothing to search for; what is wrong, and at which character, counted from 0."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text, read."""

    query: Query
    """What to search for: `reading`, and a message that is this very text where `reading` would not find that."""
    reading: Query
    """What the text asks for."""
    read_as: Literal["query", "text"]
    canonical: str
    """The one spelling of `reading`: parsing it gives the same `reading` again."""
    why: str | None = None
    """Why it was read as text."""
    warnings: tuple[str, ...] = ()


def parse(text: str) -> Parsed:
    """Read `text` as docs/search-language.md says. Raises QueryError where there is nothing that could be read."""
    if len(text) > TEXT_MAX:
        raise QueryError(f"the search has {len(text)} characters; at most {TEXT_MAX} are taken", TEXT_MAX)
    if not text.strip():
        return Parsed(All(), All(), "query", "")
    printed = _alternatives(pasted.messages(text))
    if printed is not None:
        return _text(text, printed, "it is a line of a log, whose message is searched")
    try:
        written = read(text)
    except NotAQueryError as error:
        return _text(text, _words(text), f"{error.why} (character {error.at + 1})")
    node = prune(written)
    if node is None:
        _refuse_empty_quotes(written)
        return _text(text, _words(text), "it has no word")
    return _query(text, node)


def _query(text: str, node: Node) -> Parsed:
    try:
        reading = meaning(node)
    except BadValueError as error:
        return _text(text, _words(text), str(error))
    except BadPatternError as error:
        if any(isinstance(atom, Word) for atom in atoms(node)):
            return _text(text, _words(text), f"{error.why} (character {error.at + 1})")
        raise QueryError(f"not a regular expression: {error.why}", error.at) from error
    shown = show(node)
    if pasted.messages(shown):
        shown = f"- {shown}"  # without the punctuation that had no part, it looks like a line of a log
    return Parsed(_or_itself(reading, text), reading, "query", shown, None, tuple(_warnings(node)))


def _text(text: str, node: Node | None, why: str) -> Parsed:
    node = node or Quoted(text.strip(), 0)
    reading = meaning(node)
    return Parsed(_or_itself(reading, text), reading, "text", show(node), why)


def _words(text: str) -> Node | None:
    """All tokens of `text`, None where it has none."""
    words = dict.fromkeys(tokens_of(to_bytes(text)))
    return conjunction([Word(word) for word in words]) if words else None


def _alternatives(messages: list[str]) -> Node | None:
    nodes = [_words(message) or Quoted(message.strip(), 0) for message in messages if message.strip()]
    return disjunction(list(dict.fromkeys(nodes))) if nodes else None


def _refuse_empty_quotes(node: Node) -> None:
    first, *others = atoms(node)
    if isinstance(first, Quoted) and all(isinstance(atom, Quoted) and not atom.text for atom in (first, *others)):
        raise QueryError("there is nothing between the quotes", first.at)


def _or_itself(reading: Query, text: str) -> Query:
    """`reading`, or a message that is `text`: whoever pastes a line of a log finds it, whatever else it may mean."""
    if Compiled(reading)(_Line(to_bytes(text))):
        return reading
    spellings = frozenset({to_bytes(text), to_bytes(text.strip())})
    itself: Query = In(TEXT_FIELD, spellings) if len(spellings) > 1 else Eq(TEXT_FIELD, to_bytes(text))
    return Or((reading, itself))


class _Line:
    """An entry of which only the message is known."""

    def __init__(self, message: bytes) -> None:
        self._message = message

    def values(self, name: str) -> list[bytes]:
        """The message, as `TEXT_FIELD`."""
        return [self._message] if name == TEXT_FIELD else []


def _warnings(node: Node) -> list[str]:
    return [
        f"{atom.name} holds numbers; {short}={atom.value.text} looks them up"
        for atom in atoms(node)
        if isinstance(atom, Condition) and isinstance(atom.value, Word)
        for short in [{"PRIORITY": "priority", "SYSLOG_FACILITY": "facility"}.get(atom.name, "")]
        if short and atom.value.text.isalpha()
    ]
