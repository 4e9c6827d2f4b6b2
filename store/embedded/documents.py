"""What the index holds of an entry: its schema, and rows as tantivy documents. docs/formats/store.md has the table."""

from collections.abc import Iterator
from hashlib import blake2b

import orjson
import tantivy

from journalhub.journal.batch import Names, Values
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


def documents(rows: MemoryRows, day_start: int) -> Iterator[str]:
    """The rows as JSON documents, in their order. `ts` counts from the start of the day."""
    plans: dict[int, tuple[list[int], list[tuple[int, str]]]] = {}
    columns = zip(rows.realtime, rows.ords, rows.origin, rows.shape, rows.values, strict=True)
    for realtime, number, origin, shape, values in columns:
        plan = plans.get(shape)
        if plan is None:
            plan = plans[shape] = _plan(rows.shapes[shape])
        texts, named = plan
        terms = [_term(name, values[slot]) for slot, name in named]
        document = {"ts": realtime - day_start, "ord": number, "origin": origin, "shape": shape, "term": terms}
        if texts:
            document["message"] = _texts(texts, values, terms)
        yield orjson.dumps(document).decode()


def _plan(names: Names) -> tuple[list[int], list[tuple[int, str]]]:
    """(slots with text, slots with terms and their field names)."""
    texts = [slot for slot, name in enumerate(names) if name == TEXT]
    return texts, [(slot, name) for slot, name in enumerate(names) if is_term_field(name)]


def _term(name: str, value: bytes) -> str:
    if len(value) <= TERM_BYTES and value.isascii():
        return f"{name}={value.decode('ascii')}"
    return term(name, value)


def _texts(slots: list[int], values: Values, terms: list[str]) -> list[str]:
    if any(len(values[slot]) > MESSAGE_INDEXED for slot in slots):
        terms.append(UNREAD_TEXT)
        return []
    return [tokens.index_text(values[slot]) for slot in slots]
