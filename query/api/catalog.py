"""`/api/v1/catalog`: explanations of messages, out of the catalogs that lie on the collector's machine."""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from journalhub.journal.catalog import Texts, message_id
from journalhub.journal.catalog_files import Stamp, catalog_files, read_files, stamp
from journalhub.query.api.answers import Answer
from journalhub.query.api.asked import Asked, Job
from journalhub.query.plan.parameters import shown
from journalhub.query.plan.refusal import Refusal
from journalhub.store.contract import Budget, Store


class Catalogs:
    """The texts of directories, read again when a file changed. Safe in any thread."""

    def __init__(self, directories: Sequence[Path]) -> None:
        self._directories = directories
        self._lock = Lock()
        self._stamp: Stamp | None = None
        self._texts: Texts = {}

    def texts(self) -> Texts:
        """What there is now."""
        with self._lock:
            files = catalog_files(self._directories)
            if (now := stamp(files)) != self._stamp:
                self._texts, _ = read_files(files)
                self._stamp = now
            return self._texts


def prepare_catalog(asked: Asked) -> Job:
    """The texts of one message id in every language, or all."""
    text = asked.parameters.text("id")
    wanted = None if text is None else message_id(text.encode())
    if text is not None and wanted is None:
        raise Refusal(f"not a message id: {shown(text)}", where="id", do="give 32 hexadecimal digits", code="id")

    def job(store: Store, budget: Budget) -> Answer:
        chosen = {key: text for key, text in asked.sources.catalogs().items() if wanted in (None, key[0])}
        rows = [
            {"id": key[0], "language": key[1], "text": value.decode(errors="replace")}
            for key, value in sorted(chosen.items())
        ]
        return Answer({"texts": rows})

    return job
