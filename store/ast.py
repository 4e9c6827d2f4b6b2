"""What can be asked of an entry: the query tree that every store answers.

`store.evaluate.matches` defines what each node means; a store may compute it any way that gives the same answer.
Fields are named as in the journal, and `_BOOT_ID` always answers. A node on a repeated field matches when any of its
values does. Words are those of `store.tokens.tokens`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class All:
    """Every entry."""


@dataclass(frozen=True, slots=True)
class And:
    """All of `parts`; every entry when there are none."""

    parts: tuple["Query", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of `parts`; no entry when there are none."""

    parts: tuple["Query", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The entries that `part` does not match, those without the field included."""

    part: "Query"


@dataclass(frozen=True, slots=True)
class Words:
    """One value of `field` has all of `words` as tokens, anywhere, in any order."""

    field: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """One value of `field` has `words` as neighbouring tokens in this order."""

    field: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WordPrefix:
    """One value of `field` has a token that starts with `prefix` (which is itself a token)."""

    field: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Eq:
    """A value of `field` is these bytes."""

    field: str
    value: bytes


@dataclass(frozen=True, slots=True)
class In:
    """A value of `field` is one of these."""

    field: str
    values: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class Prefix:
    """A value of `field` starts with these bytes."""

    field: str
    prefix: bytes


@dataclass(frozen=True, slots=True)
class Glob:
    """A value of `field` matches this pattern of fnmatch(3): `*`, `?`, `[…]`, case-sensitive."""

    field: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Exists:
    """The entry has `field`."""

    field: str


@dataclass(frozen=True, slots=True)
class Range:
    """A value of `field` is a decimal integer within `low`..`high`, inclusive; None leaves that side open."""

    field: str
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Contains:
    """A value of `field` has `needle` inside; `caseless` compares as str.casefold does, on text decoded with
    surrogateescape."""

    field: str
    needle: bytes
    caseless: bool


@dataclass(frozen=True, slots=True)
class Regex:
    """PCRE2 finds `pattern` in a value of `field`, with journalctl's rules (`store.patterns.compile_pattern`)."""

    field: str
    pattern: str
    caseless: bool


Query = All | And | Or | Not | Words | Phrase | WordPrefix | Eq | In | Prefix | Glob | Exists | Range | Contains | Regex
