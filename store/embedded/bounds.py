"""A query tree as index queries: a lower bound, whose hits match for sure, and an upper one, beside which nothing does.

Where the two are one, the index answers exactly; else the hits between them are looked at in the log.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

import tantivy
from tantivy import Occur

from journalhub.journal.origin import ORIGIN_FIELDS
from journalhub.store import ast
from journalhub.store.embedded import documents
from journalhub.store.embedded.index import Snapshot
from journalhub.store.embedded.layout import APART_MOST, END_HITS, ENUMERATED, FEW_HITS, SAMPLED, WORDS_MOST
from journalhub.store.embedded.needles import End, inside_of
from journalhub.store.embedded.origins import Numbers, OriginTable, ShapeTable
from journalhub.store.embedded.words import Words
from journalhub.store.evaluate import Compiled, Leaf
from journalhub.store.patterns import required_literal
from journalhub.store.tokens import TOKEN_MAX, tokens, tokens_of

TQuery = tantivy.Query

_NOTHING = TQuery.empty_query()
_EVERYTHING = TQuery.all_query()


@dataclass(frozen=True, slots=True)
class Bounds:
    """`lower` and `upper` as above. None stands for nothing in `lower` and for everything in `upper`."""

    lower: TQuery
    upper: TQuery
    exact: bool
    origins: Numbers | None = None
    """Where only the origin decides: which ones match. Then exact."""
    about: int | None = None
    """About how many hits `upper` has at most, where that is known without a search."""
    doubts: int | None = None
    """How many of them are not hits of `lower`, likewise. Of no meaning where the bounds are exact."""
    number: int | None = None
    """How many hits there are in all, where the bounds are exact and the index has counted them: those of one term."""

    open_parts: TQuery | None = None
    """Hits of `upper` that may not be hits of `lower`, and perhaps some that are, where they are quicker to find."""

    @property
    def doubtful(self) -> TQuery:
        """What lies between the bounds."""
        some = self.upper if self.open_parts is None else self.open_parts
        if self.lower is _NOTHING or some is _NOTHING:
            return some
        return TQuery.boolean_query([(Occur.Must, some), (Occur.MustNot, self.lower)])

    @property
    def most_doubts(self) -> int | None:
        """How many entries are between the bounds at most, where that is known without a search."""
        return 0 if self.exact else _least([self.doubts, self.about])

    @property
    def is_nothing(self) -> bool:
        return self.upper is _NOTHING

    @property
    def lower_is_nothing(self) -> bool:
        """Whether no hit is sure."""
        return self.lower is _NOTHING

    @property
    def is_everything(self) -> bool:
        return self.lower is _EVERYTHING


def _exact(query: TQuery, about: int | None = None) -> Bounds:
    return Bounds(query, query, True, about=about)


def _counted(query: TQuery, number: int) -> Bounds:
    if not number:
        return NOTHING  # a day without a rare word is left at that
    return Bounds(query, query, True, about=number, number=number)


def _least(numbers: Iterable[int | None]) -> int | None:
    return min((number for number in numbers if number is not None), default=None)


def _sum(numbers: Iterable[int | None]) -> int | None:
    total = 0
    for number in numbers:
        if number is None:
            return None
        total += number
    return total


NOTHING = Bounds(_NOTHING, _NOTHING, True, frozenset(), 0, number=0)


class Translator:
    """Translates queries for one snapshot of one partition's index."""

    def __init__(
        self,
        snapshot: Snapshot,
        origins: OriginTable,
        shapes: ShapeTable,
        compiled: Compiled,
        texts_of: Callable[[list[int]], Iterable[bytes]],
        words: Callable[[], Words | None],
    ) -> None:
        """`texts_of` gives the values of MESSAGE of the entries with some ords; `words` what is known of all words."""
        self._searcher = snapshot.searcher
        self._schema = snapshot.schema
        self._origins = origins
        self._shapes = shapes
        self._compiled = compiled
        self._texts_of = texts_of
        self._words = words
        self._upto = snapshot.upto
        self.exact: dict[ast.Query, bool] = {}
        """Of every part that was translated, whether its bounds are one."""
        self._number_of_origins = len(origins)

    @cached_property
    def _all_origins(self) -> Numbers:
        return frozenset(range(self._number_of_origins))

    def bounds_of(self, query: ast.Query) -> Bounds:
        """The bounds of a whole query."""
        return self._guessed(self.translate(query))

    def translate(self, query: ast.Query) -> Bounds:
        """The bounds of a part of a query."""
        bounds = self._translate(query)
        self.exact[query] = bounds.exact
        return bounds

    def _translate(self, query: ast.Query) -> Bounds:
        match query:
            case ast.All():
                return _exact(_EVERYTHING)
            case ast.And(parts):
                return self._and([self._part(part) for part in parts])
            case ast.Or(parts):
                return self._or([self._part(part) for part in parts])
            case ast.Not(part):
                return self._not(self._part(part))
            case _:
                return self._leaf(query)

    # -- combining

    def _part(self, query: ast.Query) -> Bounds | Numbers:
        """The same as `translate`; of a leaf that the origin decides only which ones match: no query is made of it."""
        match query:
            case ast.All() | ast.And() | ast.Or() | ast.Not():
                return self.translate(query)
        if not _is_of_origins(query):
            return self.translate(query)
        self.exact[query] = True
        return self._origins_of(query)

    def _with_origins(self, parts: Sequence[Bounds | Numbers], join: Callable[..., Numbers]) -> list[Bounds]:
        """The same parts, of which those that the origin decides are one."""
        by_origin = [part for part in parts if not isinstance(part, Bounds) or part.origins is not None]
        others = [part for part in parts if isinstance(part, Bounds) and part.origins is None]
        if not by_origin:
            return others
        if len(by_origin) == 1 and isinstance(by_origin[0], Bounds):
            return [self._guessed(by_origin[0]), *others]
        numbers = join(*[part.origins if isinstance(part, Bounds) else part for part in by_origin])
        return [self._guessed(self._of_origins(numbers)), *others]

    def _and(self, given: Sequence[Bounds | Numbers]) -> Bounds:
        parts = [part for part in self._with_origins(given, frozenset.intersection) if not part.is_everything]
        if any(part.is_nothing for part in parts):
            return NOTHING
        if len(parts) < 2:
            return parts[0] if parts else _exact(_EVERYTHING)
        upper = _all([part.upper for part in parts])
        about = _least(part.about for part in parts)
        if all(part.exact for part in parts):
            return _exact(upper, about)
        doubts = _sum(part.most_doubts for part in parts)
        return Bounds(_all([part.lower for part in parts]), upper, False, about=about, doubts=doubts)

    def _or(self, given: Sequence[Bounds | Numbers]) -> Bounds:
        parts = [part for part in self._with_origins(given, frozenset[int]().union) if not part.is_nothing]
        if any(part.is_everything for part in parts):
            return _exact(_EVERYTHING)
        if len(parts) < 2:
            return parts[0] if parts else NOTHING
        upper = _any([part.upper for part in parts])
        about = _sum(part.about for part in parts)
        if all(part.exact for part in parts):
            return _exact(upper, about)
        doubts = _sum(part.most_doubts for part in parts)
        open_parts = _any([part.upper for part in parts if not part.exact])
        lower = _any([part.lower for part in parts])
        return Bounds(lower, upper, False, about=about, doubts=doubts, open_parts=open_parts)

    def _not(self, part: Bounds | Numbers) -> Bounds:
        if not isinstance(part, Bounds):
            return self._of_origins(self._all_origins - part)
        if part.origins is not None:
            return self._of_origins(self._all_origins - part.origins)
        if part.exact:
            return _exact(_none(part.upper))
        return Bounds(_none(part.upper), _none(part.lower), False, doubts=part.most_doubts)

    def _of_origins(self, numbers: Numbers) -> Bounds:
        if not numbers:
            return NOTHING
        if len(numbers) * 2 <= self._number_of_origins:
            query = self._numbers("origin", numbers)
            return Bounds(query, query, True, numbers)
        others = self._all_origins - numbers
        if not others:
            return Bounds(_EVERYTHING, _EVERYTHING, True, numbers)
        if len(others) < len(numbers):
            query = _none(self._numbers("origin", others))
        else:
            query = self._numbers("origin", numbers)
        return Bounds(query, query, True, numbers)

    def _guessed(self, bounds: Bounds) -> Bounds:
        """The same; of those of few origins it is guessed how many hits there are."""
        numbers = bounds.origins
        if numbers is None or bounds.about is not None or len(numbers) * 2 > self._number_of_origins:
            return bounds
        return replace(bounds, about=self._about("origin", numbers))

    def _about(self, field: str, terms: Collection[int | str]) -> int:
        """About how many entries have one of these terms: what some of them are found in stands for the rest."""
        some = list(islice(terms, 0, None, len(terms) // SAMPLED + 1))
        found = sum(self._searcher.doc_freq(field, term) for term in some)
        return found * len(terms) // max(len(some), 1)

    def _numbers(self, field: str, numbers: Iterable[int]) -> TQuery:
        some = sorted(numbers)
        if len(some) > APART_MOST:
            return TQuery.term_set_query(self._schema, field, some)
        return _any([TQuery.term_query(self._schema, field, number, index_option="basic") for number in some])

    # -- leaves

    def _leaf(self, leaf: Leaf) -> Bounds:
        name = leaf.field
        if _is_of_origins(leaf):
            return self._of_origins(self._origins_of(leaf))
        if isinstance(leaf, ast.Exists):
            return _exact(self.having(name))
        if not self._shapes.having(name):
            return NOTHING
        if name == documents.TEXT:
            return self._text_leaf(leaf)
        if documents.is_term_field(name):
            return self._term_leaf(leaf)
        return Bounds(_NOTHING, self.having(name), False)

    def _origins_of(self, leaf: Leaf) -> Numbers:
        if isinstance(leaf, ast.Eq):
            return self._origins.having_any_of(leaf.field, [leaf.value])
        if isinstance(leaf, ast.In):
            return self._origins.having_any_of(leaf.field, leaf.values)
        return self._origins.having(leaf.field, self._compiled.value_predicate(leaf))

    def having(self, name: str, at_least: int = 1) -> TQuery:
        """Entries that have an own field so many times or more."""
        shapes = self._shapes.having(name, at_least)
        if not shapes:
            return _NOTHING
        if len(shapes) == len(self._shapes.shapes):
            return _EVERYTHING
        return self._numbers("shape", shapes)

    def _term_leaf(self, leaf: Leaf) -> Bounds:
        name = leaf.field
        if isinstance(leaf, ast.Eq):
            return self._any_term([documents.term(name, leaf.value)])
        if isinstance(leaf, ast.In):
            return self._any_term([documents.term(name, value) for value in leaf.values])
        predicate = self._compiled.value_predicate(leaf)
        start = f"{name}={_text_prefix(leaf)}"
        plain = self._searcher.terms_with_prefix("term", start, limit=ENUMERATED + 1)
        hashed = self._searcher.terms_with_prefix("term", f"{name}#", limit=ENUMERATED + 1)
        if max(len(plain), len(hashed)) > ENUMERATED:
            return Bounds(_NOTHING, self.having(name), False)
        skip = len(name) + 1
        lower = self._terms([text for text, _ in plain if predicate(text[skip:].encode())])
        if not hashed:
            return _exact(lower)
        return Bounds(lower, _any([lower, self._terms([text for text, _ in hashed])]), False)

    def _any_term(self, texts: list[str]) -> Bounds:
        if len(texts) > APART_MOST:
            return _exact(self._terms(texts), self._about("term", texts))
        entries = {text: number for text in texts if (number := self._searcher.doc_freq("term", text))}
        query, about = self._terms(list(entries)), sum(entries.values())
        return _exact(query, about) if len(entries) > 1 else _counted(query, about)

    def _term(self, text: str) -> TQuery:
        return TQuery.term_query(self._schema, "term", text, index_option="basic")

    def _terms(self, texts: list[str]) -> TQuery:
        if len(texts) > APART_MOST:
            return TQuery.term_set_query(self._schema, "term", texts)
        return _any([self._term(text) for text in texts])

    # -- words

    def _text_leaf(self, leaf: Leaf) -> Bounds:
        bounds = self._words_of(leaf)
        unread = self._searcher.doc_freq("term", documents.UNREAD_TEXT)
        if unread:
            upper = _any([bounds.upper, self._term(documents.UNREAD_TEXT)])
            return Bounds(bounds.lower, upper, False, doubts=_sum([bounds.most_doubts, unread]))
        return bounds

    def _words_of(self, leaf: Leaf) -> Bounds:
        """The bounds of a leaf on MESSAGE, as if all texts were indexed."""
        match leaf:
            case ast.Words(_, words):
                return self._has_words(words)
            case ast.Phrase(_, words):
                return self._has_phrase(words)
            case ast.WordPrefix(_, prefix):
                if tokens(prefix) != [prefix] or len(prefix) >= TOKEN_MAX:
                    return self._has_text()
                return _exact(TQuery.regex_query(self._schema, "message", f"{prefix}.*"))
            case ast.Eq(_, value):
                return self._candidates(tokens_of(value))
            case ast.In(_, values):
                # Texts with the same words, as those that differ at their ends, have the same candidates.
                texts = sorted({tuple(tokens_of(value)) for value in values})
                return self._or([self._candidates(list(words)) for words in texts])
            case ast.Prefix(_, start):
                # The last token may go on in the value.
                return self._candidates(tokens_of(start)[:-1])
            case ast.Contains(_, needle, _):
                return Bounds(_NOTHING, self._having_inside(needle), False)
            case ast.Regex(_, pattern, caseless):
                literal = required_literal(pattern.encode(errors="surrogateescape"), caseless)
                return Bounds(_NOTHING, self._having_inside(literal), False)
            case _:
                return self._has_text()

    def _has_text(self) -> Bounds:
        """The bounds of a leaf of which the words say nothing."""
        return Bounds(_NOTHING, self.having(documents.TEXT), False)

    def _has_words(self, words: tuple[str, ...]) -> Bounds:
        distinct = list(dict.fromkeys(words))
        if not distinct:
            return _exact(self.having(documents.TEXT))
        if any(len(word) > TOKEN_MAX * 3 for word in distinct):
            return NOTHING
        about = min(self._searcher.doc_freq("message", word) for word in distinct)
        if not about:
            return NOTHING
        every = _all([self._word(word) for word in distinct])
        repeated = _NOTHING if len(distinct) == 1 else self.having(documents.TEXT, at_least=2)
        if repeated is _NOTHING:
            return _counted(every, about) if len(distinct) == 1 else _exact(every, about)
        # Of an entry with two texts each may have one of the words.
        return Bounds(_all([every, _none(repeated)]), every, False, about=about)

    def _has_phrase(self, words: tuple[str, ...]) -> Bounds:
        if len(words) < 2:
            return self._has_words(words)
        if any(len(word) > TOKEN_MAX * 3 for word in words):
            return NOTHING
        about = min(self._searcher.doc_freq("message", word) for word in set(words))
        if not about:
            return NOTHING
        return _exact(TQuery.phrase_query(self._schema, "message", list(words)), about)

    def _word(self, word: str) -> TQuery:
        return TQuery.term_query(self._schema, "message", word)

    def _candidates(self, words: list[str]) -> Bounds:
        """Entries with these neighbouring words, which a leaf that wants more than that looks at."""
        found = self._has_phrase(tuple(words)) if words else None
        if found is None:
            return self._has_text()
        if found.is_nothing:
            return NOTHING
        return Bounds(_NOTHING, found.upper, False, about=found.about)

    def _having_inside(self, needle: bytes) -> TQuery:
        """Entries that may have `needle` within a text: by the words in it, and by words that have its ends."""
        inside = inside_of(needle)
        if inside is None:
            return self.having(documents.TEXT)
        parts = [self._has_phrase(inside.words).upper] if inside.words else []
        rarest = min((self._searcher.doc_freq("message", word) for word in inside.words), default=None)
        if rarest is None or rarest > FEW_HITS:
            parts += [query for end in inside.ends if (query := self._having_end(end)) is not None]
        if not parts:
            return self.having(documents.TEXT)
        found = _all(parts)
        # A long run is indexed in pieces, and the needle may lie across two of them.
        if self._searcher.doc_freq("term", documents.LONG_RUN):
            return _any([found, self._term(documents.LONG_RUN)])
        return found

    def _having_end(self, end: End) -> TQuery | None:
        """Entries with a word that goes on beyond a needle; None when they are so many that a scan is cheaper.

        Without a list of words going through all those of the index takes some 0.2 s for a million. It is done once:
        what is found are the words, by which it is quick to search again.
        """
        known = self._words()
        if known is not None:
            return self._having_known(end, known)
        query = TQuery.regex_query(self._schema, "message", end.pattern)
        hits = self._searcher.search(query, END_HITS + 1, count=False).hits
        if len(hits) > END_HITS:
            return None
        ords = self._searcher.fast_field_values("ord", [address for _, address in hits])
        texts = self._texts_of([int(number) for number in ords if number is not None])
        words = {word for text in texts for word in tokens_of(text) if end.is_of(word)}
        return TQuery.term_set_query(self._schema, "message", sorted(words)) if words else _NOTHING

    def _having_known(self, end: End, known: Words) -> TQuery | None:
        words = known.having(end.piece, WORDS_MOST)
        if words is None:
            return None
        query = TQuery.term_set_query(self._schema, "message", sorted(words)) if words else _NOTHING
        if known.upto >= self._upto:
            return query
        later = TQuery.range_query(self._schema, "ord", tantivy.FieldType.Unsigned, known.upto + 1, self._upto)
        return _any([query, later])


def _is_of_origins(leaf: Leaf) -> bool:
    """Whether the origin of an entry decides."""
    return leaf.field in ORIGIN_FIELDS or leaf.field == "_BOOT_ID"


def _text_prefix(leaf: Leaf) -> str:
    """What every matching value starts with, as far as it is ASCII."""
    if isinstance(leaf, ast.Prefix):
        start = leaf.prefix
        for at, byte in enumerate(start):
            if byte > 0x7F:
                start = start[:at]
                break
        return start.decode()
    if isinstance(leaf, ast.Glob):
        fixed = ""
        for char in leaf.pattern:
            if char in "*?[" or not char.isascii():
                break
            fixed += char
        return fixed
    return ""


def _all(queries: list[TQuery]) -> TQuery:
    if len(queries) == 1:
        return queries[0]
    if any(query is _NOTHING for query in queries):
        return _NOTHING
    return TQuery.boolean_query([(Occur.Must, query) for query in queries])


def _any(queries: list[TQuery]) -> TQuery:
    queries = [query for query in queries if query is not _NOTHING]
    if not queries:
        return _NOTHING
    if len(queries) == 1:
        return queries[0]
    return TQuery.boolean_query([(Occur.Should, query) for query in queries])


def _none(query: TQuery) -> TQuery:
    if query is _NOTHING:
        return _EVERYTHING
    if query is _EVERYTHING:
        return _NOTHING
    return TQuery.boolean_query([(Occur.Must, _EVERYTHING), (Occur.MustNot, query)])


all_of, any_of, none_of = _all, _any, _none
