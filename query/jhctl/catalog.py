"""-x: explanations of messages, out of the catalogs of this machine, and of the collector for what it lacks."""

import os
import sys
from collections.abc import Callable, Mapping

from journalhub.journal.catalog import Texts, choose, fill, languages, message_id
from journalhub.journal.catalog import title as title_of
from journalhub.journal.catalog_files import catalog_files, read_files
from journalhub.query.jhctl.address import Address
from journalhub.query.jhctl.api import ask_json, printable
from journalhub.query.jhctl.failures import FAILURE, OK, FailureError
from journalhub.query.jhctl.request import Request
from journalhub.query.jhctl.sink import Sink


def local_texts() -> Texts:
    """Every text of this machine's catalogs; a file that cannot be read is told and left out."""
    texts, wrong = read_files(catalog_files())
    for one in wrong:
        print(f"jhctl: {printable(one)}", file=sys.stderr)
    return texts


class Explanations:
    """Finds the explanation of an entry. What this machine's catalogs lack, the collector is asked for, once each."""

    def __init__(self, address: Address, environ: Mapping[str, str], texts: Texts | None = None) -> None:
        self._address = address
        self._order = languages(environ)
        self.texts = local_texts() if texts is None else texts
        self._known: dict[str, bytes | None] = {}

    def text(self, wanted: str) -> bytes | None:
        """The text of a message id, its fields not filled in."""
        if wanted not in self._known:
            self._known[wanted] = choose(self.texts, wanted, self._order) or self._asked(wanted)
        return self._known[wanted]

    def of(self, fields: Mapping[str, bytes]) -> bytes | None:
        """The explanation of an entry with these fields, or None."""
        wanted = message_id(fields.get("MESSAGE_ID"))
        text = None if wanted is None else self.text(wanted)
        return None if text is None else fill(text, fields.get).strip(b" \t\n\r")

    def _asked(self, wanted: str) -> bytes | None:
        """The collector's text; it may be older than this program, or keep catalogs from us."""
        try:
            found = ask_json(self._address, "catalog", [("id", wanted)])["texts"]
        except FailureError:
            return None
        texts = {(wanted, str(one["language"])): str(one["text"]).encode() for one in found}
        return choose(texts, wanted, self._order)


def list_catalog(address: Address, request: Request, options: object, sink: Sink) -> int:
    """--list-catalog: message ids with their subjects."""
    return _each(address, request, lambda wanted, text: sink.write(_line(wanted, text)))


def dump_catalog(address: Address, request: Request, options: object, sink: Sink) -> int:
    """--dump-catalog: message ids with their texts."""
    return _each(address, request, lambda wanted, text: sink.write(b"-- %b\n%b\n" % (wanted.encode(), text)))


def _line(wanted: str, text: bytes) -> bytes:
    by, subject = title_of(text)
    return b"%b %b: %b\n" % (wanted.encode(), by, subject)


def _each(address: Address, request: Request, write: Callable[[str, bytes], None]) -> int:
    explanations = Explanations(address, os.environ)
    missing = None
    for wanted in request.ids or _all_ids(address, explanations):
        text = explanations.text(wanted)
        if text is not None:
            write(wanted, text)
        elif request.ids:
            missing = missing or wanted
    if missing is not None:
        raise FailureError(FAILURE, f"Failed to retrieve catalog entry for '{missing}': No such file or directory")
    return OK


def _all_ids(address: Address, explanations: Explanations) -> list[str]:
    ids = {wanted for wanted, _ in explanations.texts}
    try:
        ids.update(str(one["id"]) for one in ask_json(address, "catalog", [])["texts"])
    except FailureError:
        if not ids:
            raise
    return sorted(ids)
