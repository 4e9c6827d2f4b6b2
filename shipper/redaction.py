"""Parts of values that must not leave the node are blackened on it: by patterns on named fields, or by a preset.

Patterns are PCRE2's, on bytes, with a limit of steps: a value on which one gives up is blackened whole.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from journalhub.journal.fields import is_valid_name
from journalhub.journal.settings_values import SettingsError
from journalhub.shipper.columns import Fields
from journalhub.shipper.limits import REDACT_STEPS

if TYPE_CHECKING:
    import pcre2

BLACK = b"[redacted]"
"""Stands where something was taken out."""

PRESETS: dict[str, tuple[str, ...]] = {
    "secrets": (
        # name=value, name: value, "name": "value", of names that secrets have.
        r"(?i)(?:pass(?:word|wd|phrase)?|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)s?"
        r"[\"']?\s*[:=]\s*[\"']?\K[^\s\"',;&]+",
        # Authorization headers, and credentials within an address.
        r"(?i)\b(?:bearer|basic)\s+\K[A-Za-z0-9+/._~=-]{8,}",
        r"(?i)\b[a-z][a-z0-9+.-]*://[^\s/:@]*:\K[^\s/@]+(?=@)",
        # Keys by their form: AWS, GitHub, Slack, our own, JSON web tokens, private keys.
        r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
        r"\bgh[pousr]_[A-Za-z0-9]{36,}\b",
        r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
        r"\bjh[te]_[0-9a-f]{10}_[0-9a-f]{48}(?:_[0-9a-f]{64})?\b",
        r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
        r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)",
    ),
    "email": (r"(?i)\b[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b",),
    "ip": (
        r"\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b",
        # IPv6: eight groups, or fewer around "::" with a digit among them, which names of C++ and Perl rarely have.
        r"(?i)(?<![\w:])(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?![\w:])",
        r"(?i)(?<![\w:])(?=[0-9a-f:]*::)(?=[a-f:]*\d)(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])",
    ),
}
"""What a name in `redact` stands for; on MESSAGE and the command line."""

PRESET_FIELDS = ("MESSAGE", "_CMDLINE")

_RULE = re.compile(r"(?:(?P<fields>[A-Z0-9_,]+)\s+)?/(?P<pattern>.*)/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Redaction:
    """One rule."""

    name: str
    """As reports name it."""
    fields: tuple[str, ...]
    patterns: "tuple[pcre2.Pattern, ...]"

    def apply(self, fields: Fields) -> Fields:
        """The fields, those of the rule blackened where a pattern is found; the same object when nothing is."""
        changed: dict[str, Any] = {}
        for name in self.fields:
            value = fields.get(name)
            if isinstance(value, list):
                black = [self._blacken(one) for one in value]
                if black != value:
                    changed[name] = black
            elif value is not None and (one := self._blacken(value)) is not value:
                changed[name] = one
        return {**fields, **changed} if changed else fields

    def _blacken(self, value: bytes) -> bytes:
        import pcre2

        for pattern in self.patterns:
            try:
                spans = [match.span() for match in pattern.finditer(value)]
            except pcre2.LibraryError:
                return BLACK
            if spans:
                value = _without(value, spans)
        return value


def _without(value: bytes, spans: list[tuple[int, int]]) -> bytes:
    pieces, at = [], 0
    for start, end in spans:
        if end > start and value[start:end] != BLACK:
            pieces += [value[at:start], BLACK]
            at = end
    return b"".join([*pieces, value[at:]]) if pieces else value


def parse_redaction(text: str) -> Redaction:
    """A preset's name, or `[FIELD[,FIELD…]] /pattern/` (on MESSAGE without fields). Raises SettingsError."""
    if text in PRESETS:
        return Redaction(f"redact: {text}", PRESET_FIELDS, tuple(_compile(text, one) for one in PRESETS[text]))
    found = _RULE.fullmatch(text.strip())
    if found is None:
        known = ", ".join(PRESETS)
        raise SettingsError(
            f"--redact: cannot read {text!r}: want {known}, or FIELD /pattern/, such as MESSAGE /card \\d+/"
        )
    fields = tuple((found["fields"] or "MESSAGE").split(","))
    for name in fields:
        if not is_valid_name(name) or name == "_BOOT_ID":
            raise SettingsError(f"--redact: cannot read {text!r}: {name!r} is no field that can be blackened")
    return Redaction(f"redact: {text}", fields, (_compile(text, found["pattern"]),))


def _compile(text: str, pattern: str) -> "pcre2.Pattern":
    import pcre2

    guarded = f"(*LIMIT_MATCH={REDACT_STEPS})".encode() + pattern.encode("utf-8", "surrogateescape")
    try:
        return pcre2.compile(guarded, pcre2.NOFLAG)
    except (pcre2.PatternError, pcre2.LibraryError) as error:
        raise SettingsError(f"--redact: cannot read {text!r}: {error}") from error


Report = Callable[[str], None]


def redacted(fields: Fields, redactions: list[Redaction], report: Report) -> Fields:
    """The fields after all rules; `report` is told the name of each that found something."""
    for redaction in redactions:
        black = redaction.apply(fields)
        if black is not fields:
            report(redaction.name)
            fields = black
    return fields
