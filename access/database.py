"""`access/access.sqlite`: users, tokens, sessions and senders. Commands write it while the hub reads."""

from pathlib import Path

from journalhub.journal.durable import own_like
from journalhub.journal.tables import Tables

DIRECTORY = "access"
"""Within the data directory: everything of this room."""

FILE = "access.sqlite"

VERSION = 1
"""`user_version` of the file; another one is refused."""

_SCHEMA = """
CREATE TABLE users (
  name TEXT PRIMARY KEY, password TEXT NOT NULL, role INTEGER NOT NULL, scope TEXT NOT NULL, created INTEGER NOT NULL
) STRICT;
CREATE TABLE tokens (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, secret BLOB NOT NULL, name TEXT NOT NULL, role INTEGER NOT NULL,
  scope TEXT NOT NULL, hosts TEXT NOT NULL, relay INTEGER NOT NULL, created INTEGER NOT NULL, expires INTEGER,
  used INTEGER
) STRICT;
CREATE TABLE sessions (
  secret BLOB PRIMARY KEY, user TEXT NOT NULL REFERENCES users(name) ON DELETE CASCADE, created INTEGER NOT NULL,
  seen INTEGER NOT NULL
) STRICT;
CREATE TABLE senders (
  fingerprint TEXT PRIMARY KEY, hostname TEXT NOT NULL, machine_id TEXT NOT NULL, hosts TEXT NOT NULL,
  issued INTEGER NOT NULL, expires INTEGER NOT NULL, revoked INTEGER, renewed INTEGER
) STRICT;
"""


class AccessError(Exception):
    """The file cannot be used; the message says why and what to do."""


class Database(Tables):
    """The open file. Times are microseconds since the epoch."""

    def __init__(self, data_dir: Path) -> None:
        """Opens or makes the file. Raises AccessError."""
        path = data_dir / DIRECTORY / FILE
        try:
            make_directory(data_dir)
        except OSError as error:
            raise AccessError(f"cannot open {path}: {error}; is the directory writable, the file ours?") from error
        super().__init__(path, _SCHEMA, VERSION, AccessError)


def make_directory(data_dir: Path) -> Path:
    """The directory of this room, for its owner alone; the data directory as well where there is none."""
    directory = data_dir / DIRECTORY
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.mkdir(mode=0o700, exist_ok=True)
    own_like(directory, data_dir)
    return directory
