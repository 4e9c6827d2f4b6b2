"""What a text says in the search language, before it is decided what that means: nodes, and how they are printed."""

from dataclasses import dataclass

KEYWORDS = frozenset({"AND", "OR", "NOT"})

STARTS_TERM = frozenset('"/(*_')
"""What may stand behind the `-` that negates, beside letters and digits: `--option`, `->` and `-.` are text."""


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters without white space."""

    text: str


@dataclass(frozen=True, slots=True)
class Quoted:
    """A text in quotes."""

    text: str
    at: int
    """Index of its first quote in the text that was parsed; two of the same text print alike wherever they stood."""


@dataclass(frozen=True, slots=True)
class Inside:
    """A text in quotes between stars: found within words too."""

    text: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression between slashes, as it was written."""

    source: str
    flags: str
    at: int
    """Index of the first character of `source`."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A field, an operator, and what the field is compared with."""

    name: str
    operator: str
    value: "Text"


@dataclass(frozen=True, slots=True)
class Negation:
    """Not `part`."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class Conjunction:
    """All of `parts`."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Disjunction:
    """At least one of `parts`."""

    parts: tuple["Node", ...]


Text = Word | Quoted | Inside | Pattern
Atom = Text | Condition
Node = Atom | Negation | Conjunction | Disjunction


def conjunction(parts: list[Node]) -> Node:
    """AND of `parts`, flat."""
    flat: list[Node] = []
    for part in parts:
        flat += part.parts if isinstance(part, Conjunction) else (part,)
    return flat[0] if len(flat) == 1 else Conjunction(tuple(flat))


def disjunction(parts: list[Node]) -> Node:
    """OR of `parts`, flat."""
    flat: list[Node] = []
    for part in parts:
        flat += part.parts if isinstance(part, Disjunction) else (part,)
    return flat[0] if len(flat) == 1 else Disjunction(tuple(flat))


def negation(part: Node) -> Node:
    """Not `part`; what is negated twice is itself."""
    return part.part if isinstance(part, Negation) else Negation(part)


def show(node: Node) -> str:
    """The one spelling of `node`: parsing it gives `node` again."""
    match node:
        case Word(text):
            return text
        case Quoted(text):
            return quote(text)
        case Inside(text):
            return f"*{quote(text)}*"
        case Pattern(source, flags):
            return f"/{source}/{flags}"
        case Condition(name, operator, value):
            return f"{name}{operator}{show(value)}"
        case Negation(part):
            shown = _show_part(part, within_or=False)
            return f"-{shown}" if shown[0].isalnum() or shown[0] in STARTS_TERM else f"NOT {shown}"
        case Conjunction(parts):
            return " ".join(_show_part(part, within_or=False) for part in parts) if parts else '""'
        case Disjunction(parts):
            return " OR ".join(_show_part(part, within_or=True) for part in parts)


def _show_part(node: Node, *, within_or: bool) -> str:
    is_group = isinstance(node, Disjunction) or (isinstance(node, Conjunction) and not within_or)
    return f"({show(node)})" if is_group else show(node)


def quote(text: str) -> str:
    """`text` in quotes, so that it reads as itself."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
