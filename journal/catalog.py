"""Message catalogs: the text format of `*.catalog` files, and which text a message id has in a language.

The rules are those of systemd's journal-importable catalog files, "Journal Message Catalogs" of its documentation:
an item begins with a line `-- <message id> [language]` after an empty line, lines that begin with `#` or `;` are
comments, and everything up to the next item is its text.
"""

import re
from collections.abc import Callable, Mapping

Texts = dict[tuple[str, str], bytes]
"""(message id in hexadecimal, language or nothing) to a text."""

_HEAD = re.compile(rb"-- ([0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})(?: (.*))?")
_VARIABLE = re.compile(rb"@([A-Z0-9_]+)@")
_FILE_LANGUAGE = re.compile(r"\.([^./]{1,31})\.catalog\Z")
_ID = re.compile(r"[0-9a-f]{32}")

TEXT_MAX = 64 * 1024
"""Bytes of one text: a thousand lines, which nobody reads behind a log line."""


class CatalogError(ValueError):
    """A file that is no catalog; the message says why, and where."""


def file_language(name: str) -> str:
    """The language that the name of a file gives its texts: `de` of `systemd.de.catalog`, or nothing."""
    found = _FILE_LANGUAGE.search(name)
    return found[1] if found else ""


def parse(data: bytes, language: str = "") -> Texts:
    """The texts of one file; `language` is that of items that name none. Raises CatalogError."""
    texts: Texts = {}
    key: tuple[str, str] | None = None
    lines: list[bytes] = []
    after_empty = True
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line:
            after_empty = True
            continue
        if line[:1] in (b"#", b";"):
            continue
        head = _HEAD.fullmatch(line) if after_empty else None
        if head is not None:
            _finish(texts, key, lines)
            key, lines = (_message_id(head[1]), _language(head[2], number) or language), []
        elif key is None:
            raise CatalogError(f"line {number} is text before the first message id; want `-- <message id>` first")
        else:
            lines += [b"", line] if after_empty else [line]
            if sum(map(len, lines)) > TEXT_MAX:
                raise CatalogError(f"the text that ends at line {number} is longer than {TEXT_MAX} bytes")
        after_empty = False
    _finish(texts, key, lines)
    return texts


def _message_id(text: bytes) -> str:
    return text.replace(b"-", b"").decode().lower()


def _language(text: bytes | None, number: int) -> str:
    if text is None:
        return ""
    language = text.strip(b" \t\r")
    if not language or len(language) > 31 or not language.isascii():
        raise CatalogError(f"line {number} names no language behind the message id")
    return language.decode()


def _finish(texts: Texts, key: tuple[str, str] | None, lines: list[bytes]) -> None:
    """Keep the text of an item; of two with the same key the first counts."""
    if key is not None and lines:
        texts.setdefault(key, b"\n".join(lines) + b"\n")


def message_id(value: bytes | None) -> str | None:
    """The message id that a MESSAGE_ID field spells, in hexadecimal without dashes; None where it spells none."""
    if value is None:
        return None
    found = _HEAD.fullmatch(b"-- " + value)
    return _message_id(found[1]) if found is not None and found[2] is None else None


def languages(environ: Mapping[str, str]) -> list[str]:
    """What to look for, in order, by the locale of a process: `de_AT`, `de`, and the text without language."""
    name = next((value for key in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environ.get(key))), "")
    name = re.split(r"[.@]", name, maxsplit=1)[0]
    if name in ("", "C", "POSIX"):
        return [""]
    return [*dict.fromkeys((name, name.partition("_")[0])), ""]


def choose(texts: Texts, wanted: str, order: list[str]) -> bytes | None:
    """The text of a message id, in the first language of `order` that has one."""
    return next((text for language in order if (text := texts.get((wanted, language))) is not None), None)


def fill(text: bytes, field: Callable[[str], bytes | None]) -> bytes:
    """`text` with each `@FIELD@` replaced by the field's value, or by its name where the entry has none."""

    def value(found: re.Match[bytes]) -> bytes:
        own = field(found[1].decode())
        return found[1] if own is None else own.partition(b"\0")[0]

    return _VARIABLE.sub(value, text)


def title(text: bytes) -> tuple[bytes, bytes]:
    """(who defined it, the subject) out of a text's head, for lists."""
    head: dict[bytes, bytes] = {}
    for line in text.split(b"\n\n", 1)[0].split(b"\n"):
        name, _, value = line.partition(b":")
        head.setdefault(name, value.strip())
    return head.get(b"Defined-By", b""), head.get(b"Subject", b"")
