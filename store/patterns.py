"""PCRE2 patterns with journalctl's rules.

journalctl compiles the pattern with no option but PCRE2_CASELESS (pattern_compile_and_log in systemd's pcre2-util.c):
pattern and value are bytes, not UTF-8; `.` is one byte, and only ASCII letters have a case.
"""

import re
from dataclasses import dataclass, field

import pcre2

STEPS_MAX = 1_000_000
"""Steps of PCRE2's matcher (its match limit) on one value: some 10 ms. PCRE2's own default is ten times that."""

PATTERN_MAX = 10_000
"""Characters of a pattern: longer ones are nobody's search, and compiling them takes long."""

_HEAP_KIB = 20_000
"""KiB that PCRE2's interpreter may take for one match; its default of 20 MB, stated."""

_GUARD = f"(*LIMIT_MATCH={STEPS_MAX})(*LIMIT_HEAP={_HEAP_KIB})".encode()
_MATCH_LIMITS = frozenset({-47, -53, -63, -46})
"""PCRE2_ERROR_MATCHLIMIT, _DEPTHLIMIT, _HEAPLIMIT, _JIT_STACKLIMIT (pcre2.h)."""

# The binding always sets PCRE2_ALT_BSUX, under which `\x{41}` is no escape. Both backslash pairs are consumed so that
# an escaped backslash before `x{` stays what it is.
_ESCAPE = re.compile(rb"\\x\{([0-9a-fA-F]{1,8})\}|\\.", re.DOTALL)


class PatternError(ValueError):
    """A text that is no pattern."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        """Index of the character of the pattern where it breaks."""


@dataclass(slots=True)
class CompiledPattern:
    """A pattern ready to be searched for. Give each query its own: it counts what it gave up on."""

    _pattern: pcre2.Pattern
    required: bytes = b""
    """What every matching value has inside, in lower case where `folds`; empty when nothing is known."""
    folds: bool = False
    """Whether `required` is to be looked for in the value with its ASCII letters in lower case."""
    gave_up: int = field(default=0)
    """Values on which the search was ended at a limit of steps or memory; they count as not matching."""

    _too_hard: bool = field(default=False)
    """Whether a search by `first_from` ended at a limit."""

    def search(self, value: bytes) -> bool:
        """Whether the pattern is found anywhere in `value`."""
        if self.required and self.required not in (value.lower() if self.folds else value):
            return False
        try:
            return self._pattern.search(value) is not None
        except pcre2.LibraryError as error:
            return self._give_up(error)

    def first_from(self, text: bytes, at: int) -> int | None:
        """Where the first match in `text` from `at` on begins; None where there is none.

        `at` itself where a limit ended the search, and ever after: nothing is known then, and nothing counted.
        """
        if self._too_hard:
            return at
        try:
            found = self._pattern.search(text, at)
        except pcre2.LibraryError as error:
            if error.code not in _MATCH_LIMITS:
                raise
            self._too_hard = True
            return at
        return None if found is None else found.start()

    def span(self, value: bytes) -> tuple[int, int] | None:
        """The (start, end) byte offsets of the first match in `value`; None where there is none."""
        try:
            found = self._pattern.search(value)
        except pcre2.LibraryError as error:
            self._give_up(error)
            return None
        return None if found is None else found.span()

    def spans(self, value: bytes) -> list[tuple[int, int]]:
        """The (start, end) byte offsets of all matches in `value`, left to right, not overlapping."""
        found: list[tuple[int, int]] = []
        try:
            found.extend(match.span() for match in self._pattern.finditer(value))
        except pcre2.LibraryError as error:
            self._give_up(error)
        return found

    def _give_up(self, error: pcre2.LibraryError) -> bool:
        if error.code not in _MATCH_LIMITS:
            raise error
        self.gave_up += 1
        return False


def compile_pattern(pattern: str, caseless: bool) -> CompiledPattern:
    """`pattern` compiled; PatternError with the place where it is wrong. Surrogates stand for raw bytes."""
    if len(pattern) > PATTERN_MAX:
        raise PatternError(f"a pattern of {len(pattern)} characters; at most {PATTERN_MAX} are taken", PATTERN_MAX)
    raw = pattern.encode(errors="surrogateescape")
    guarded = _GUARD + _ESCAPE.sub(_byte_escape, raw)
    try:
        compiled = pcre2.compile(guarded, pcre2.IGNORECASE if caseless else pcre2.NOFLAG)
    except pcre2.PatternError as error:
        # Offsets count the bytes of the guarded text; a rewritten `\x{41}` may shift them by a few.
        place = min(max(error.pos - len(_GUARD), 0), len(raw))
        at = len(raw[:place].decode(errors="ignore"))
        raise PatternError(error.msg.partition("; ")[2] or error.msg, at) from error
    except pcre2.LibraryError as error:
        raise PatternError(error.msg, 0) from error
    return CompiledPattern(compiled, required_literal(raw, caseless), caseless)


# One item of a pattern whose meaning does not hang on options or on the items around it. What is not here (options,
# verbs, look-around, references, \\Q…\\E, code points, POSIX classes) ends the search for a literal.
_ITEM = re.compile(
    rb"""
      (?P<escaped>\\[^0-9A-Za-z\x80-\xff])
    | (?P<some>\+)
    | (?P<any>[*?]|\{[0-9,]+\})
    | (?P<gap>[.^$] | \\[dDwWsSbBhHvVnrtAzZ] | \[\^?[^]\[\\^][^]\[\\]*\])
    | (?P<open>\((?![?*]))
    | (?P<close>\))
    | (?P<either>\|)
    | (?P<char>[^\\\[{(])
    """,
    re.VERBOSE | re.DOTALL,
)


def required_literal(pattern: bytes, caseless: bool) -> bytes:
    """The longest run of bytes that every match of `pattern` has, in lower case when `caseless`; empty when unsure.

    Only runs outside groups count, and none where an alternative stands outside a group.
    """
    best, run, depth, at = b"", b"", 0, 0
    while at < len(pattern):
        item = _ITEM.match(pattern, at)
        if item is None:
            return b""
        at = item.end()
        kind, text = item.lastgroup, item[0]
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth -= 1
            if depth < 0:
                return b""
        elif depth:
            continue
        elif kind == "either":
            return b""
        elif kind in ("char", "escaped") and not (caseless and text[-1] > 0x7F):
            run += text[-1:]
            continue
        # The run ends here; an item that may be left out takes its last byte along.
        if kind == "any":
            run = run[:-1]
        best = max(best, run, key=len)
        run = b""
    best = max(best, run, key=len)
    return best.lower() if caseless else best


def is_caseless(pattern: str) -> bool:
    """journalctl's smart case: a pattern without an ASCII capital ignores case."""
    return not re.search("[A-Z]", pattern)


def _byte_escape(found: re.Match[bytes]) -> bytes:
    digits = found[1]
    if digits is None:
        return found[0]
    code = int(digits, 16)
    if code > 0xFF:
        raise PatternError("character code point value in \\x{} is too large: the text is bytes", found.start())
    return b"\\x%02x" % code
