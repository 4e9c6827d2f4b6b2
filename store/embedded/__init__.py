"""The store of one machine: a durable log in SQLite and a search index by tantivy, by day. docs/formats/store.md."""

from pathlib import Path

from journalhub.store.contract import Store
from journalhub.store.embedded.maintenance import reindex, verify
from journalhub.store.embedded.store import EmbeddedStore

__all__ = ["open_store", "reindex", "verify"]


def open_store(directory: Path) -> Store:
    """The store in `directory`, created where there is none.

    Raises StoreError when another process has it open, when another version wrote it, or when it cannot be read.
    """
    return EmbeddedStore(directory)
