"""What the index holds of an entry: its schema, and rows as tantivy documents. docs/formats/store.md has the table."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import repeat

import orjson
import tantivy

from journalhub.journal import compiled
from journalhub.store import tokens
from journalhub.store.embedded.layout import INDEX_VERSION, MESSAGE_INDEXED, TERM_BYTES
from journalhub.store.embedded.rows import MemoryRows

VERSION = f"{INDEX_VERSION}.{tokens.VERSION}"
"""What the version file of an index must say."""

UNINDEXED = frozenset(
    {
        "_SOURCE_BOOTTIME_TIMESTAMP",
        "_SOURCE_MONOTONIC_TIMESTAMP",
        "_SOURCE_REALTIME_TIMESTAMP",
        "SYSLOG_RAW",
        "SYSLOG_TIMESTAMP",
    }
)
"""Fields whose values are no terms: nearly every entry has one of its own, at 10 to 20 bytes each in the index, and
time is asked for by `since` and `until`. Queries on them look at the entries."""

TEXT = "MESSAGE"
"""The field whose words are indexed."""

UNREAD_TEXT = TEXT + "!"
"""Term of an entry with a text too long to be indexed."""


LONG_RUN = TEXT + "~"
"""Term of an entry with a run of letters so long that it is indexed in pieces."""


def schema() -> tantivy.Schema:
    """The schema of every index of this version."""
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("ts", fast=True)
    builder.add_unsigned_field("ord", fast=True)
    builder.add_unsigned_field("origin", fast=True, indexed=True)
    builder.add_unsigned_field("shape", fast=True, indexed=True)
    builder.add_text_field("message", tokenizer_name="words", index_option="position")
    builder.add_text_field("term", tokenizer_name="raw", index_option="basic")
    return builder.build()


def register_tokenizers(index: tantivy.Index) -> None:
    """Tell an opened index how to split: texts come as `tokens.index_text` makes them."""
    index.register_tokenizer("words", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    index.register_tokenizer("raw", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw()).build())


def is_term_field(name: str) -> bool:
    """Whether the values of an own field are terms of the index."""
    return name != TEXT and name not in UNINDEXED


def term(name: str, value: bytes) -> str:
    """The term of a value: itself where it is short text, else its hash."""
    if len(value) <= TERM_BYTES:
        try:
            return f"{name}={value.decode()}"
        except UnicodeDecodeError:
            pass
    return f"{name}#{blake2b(value, digest_size=16).hexdigest()}"


class _Terms(dict[bytes, str]):
    """The terms of one field by value, remembered while a chunk of entries is indexed: most values come again."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def __missing__(self, value: bytes) -> str:
        text = self[value] = term(self._name, value)
        return text


def documents(rows: MemoryRows, day_start: int) -> Iterator[str]:
    """The rows as JSON documents, shape by shape. `ts` counts from the start of the day."""
    terms: dict[str, _Terms] = {}
    for shape, which in _by_shape(rows.shape).items():
        made = _compiled(rows, shape, which, day_start)
        if made is None:
            yield from _of_shape(rows, shape, which, day_start, terms)
        elif None not in made:
            yield from made  # type: ignore[misc]  # there is no None
        else:
            left = [row for row, document in zip(which, made, strict=True) if document is None]
            others = _of_shape(rows, shape, left, day_start, terms)
            yield from (document if document is not None else next(others) for document in made)


def _compiled(rows: MemoryRows, shape: int, which: Sequence[int], day_start: int) -> Sequence[str | None] | None:
    """The documents as far as the compiled codec makes them; None when it makes none."""
    names = rows.shapes[shape]
    if compiled.codec is None or type(rows.ords) is not list or names.count(TEXT) > 1:
        return None
    its_terms = tuple([name if is_term_field(name) else None for name in names])
    text = names.index(TEXT) if TEXT in names else -1
    numbers = rows.realtime, rows.ords, rows.origin
    return compiled.codec.documents(rows.values, numbers, which, shape, day_start, its_terms, text)


def _of_shape(
    rows: MemoryRows, shape: int, which: Sequence[int], day_start: int, terms: dict[str, _Terms]
) -> Iterator[str]:
    names = rows.shapes[shape]
    columns = list(zip(*map(rows.values.__getitem__, which), strict=True)) if names else []
    texts = [column for name, column in zip(names, columns, strict=True) if name == TEXT]
    named = [
        map(terms.setdefault(name, _Terms(name)).__getitem__, column)
        for name, column in zip(names, columns, strict=True)
        if is_term_field(name)
    ]
    its_terms = zip(*named, strict=True) if named else repeat(())
    its_texts = zip(*texts, strict=True) if texts else repeat(())
    for row, exact, values in zip(which, its_terms, its_texts, strict=False):
        document = {
            "ts": rows.realtime[row] - day_start,
            "ord": rows.ords[row],
            "origin": rows.origin[row],
            "shape": shape,
            "term": exact,
        }
        if len(values) == 1 and len(values[0]) <= MESSAGE_INDEXED:
            document["message"] = text = tokens.index_text(values[0])
            if len(text) >= tokens.TOKEN_MAX and tokens.has_pieces(text):
                document["term"] = (*exact, LONG_RUN)
        elif values:
            if max(map(len, values)) > MESSAGE_INDEXED:
                document["term"] = (*exact, UNREAD_TEXT)
            else:
                document["message"] = words = list(map(tokens.index_text, values))
                if any(map(tokens.has_pieces, words)):
                    document["term"] = (*exact, LONG_RUN)
        yield orjson.dumps(document).decode()


def _by_shape(shapes: Sequence[int]) -> dict[int, Sequence[int]]:
    """The rows of each shape."""
    if len(set(shapes)) == 1:
        return {shapes[0]: range(len(shapes))}
    groups: dict[int, list[int]] = {}
    for row, shape in enumerate(shapes):
        groups.setdefault(shape, []).append(row)
    return dict(groups)
