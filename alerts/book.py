"""`alerts.sqlite` in the data directory: rules, what fires, and notifications that wait. Commands write it, too."""

import json
import os
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from journalhub.alerts import limits
from journalhub.alerts.judging import Firing, Mark
from journalhub.alerts.looking import SECOND, Found
from journalhub.alerts.rule import Rule, RuleError
from journalhub.journal.tables import Tables
from journalhub.store.contract import StoreError

FILE = "alerts.sqlite"
DAMAGED = "alerts.sqlite.damaged"
VERSION = 1
"""`user_version` of the file; another one is refused."""

_SCHEMA = """
CREATE TABLE rules (name TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;
CREATE TABLE firing (
  rule TEXT NOT NULL REFERENCES rules(name) ON DELETE CASCADE, key TEXT NOT NULL, since INTEGER NOT NULL,
  document TEXT NOT NULL, PRIMARY KEY (rule, key)
) STRICT;
CREATE TABLE marks (
  rule TEXT NOT NULL REFERENCES rules(name) ON DELETE CASCADE, key TEXT NOT NULL, document TEXT NOT NULL,
  PRIMARY KEY (rule, key)
) STRICT;
CREATE TABLE waiting (
  id INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, at INTEGER NOT NULL, document TEXT NOT NULL
) STRICT;
"""


class BookError(StoreError):
    """The file cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification that waits for its receiver."""

    id: int
    target: str
    at: int
    """Microseconds since the epoch: when it was written."""
    document: dict[str, Any]


class Book:
    """The open file. Any thread may call. Calls raise sqlite3.Error."""

    def __init__(self, data_dir: Path, *, put_aside: bool = False) -> None:
        """Opens or makes the file; with `put_aside` also in place of one that is damaged. Raises BookError."""
        self.path = data_dir / FILE
        self.damaged = ""
        """What was wrong with the file that was put aside; empty when nothing was."""
        try:
            self._tables = self._open(data_dir)
        except BookError as error:
            cause = error.__cause__
            if (
                not put_aside
                or not isinstance(cause, sqlite3.DatabaseError)
                or isinstance(cause, sqlite3.OperationalError)
            ):
                raise
            self.damaged = f"{cause}; it is kept as {DAMAGED}"
            os.replace(self.path, data_dir / DAMAGED)
            for suffix in ("-wal", "-shm"):
                self.path.with_name(FILE + suffix).unlink(missing_ok=True)
            self._tables = self._open(data_dir)

    def _open(self, data_dir: Path) -> Tables:
        try:
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise BookError(f"cannot open {self.path}: {error}; is the directory writable?") from error
        return Tables(self.path, _SCHEMA, VERSION, BookError)

    def rules(self) -> list[Rule]:
        """All of them, by name."""
        rows = self._tables.rows("SELECT document FROM rules ORDER BY name")
        return [_rule(json.loads(document)) for (document,) in rows]

    def put(self, rule: Rule) -> None:
        """Enter a rule, or another one for its name; what fires for it begins anew. Raises RuleError when full."""
        text = json.dumps(rule.document())
        with self._tables.transaction() as run:
            known = run.execute("SELECT document FROM rules WHERE name = ?", (rule.name,)).fetchone()
            if known == (text,):
                return
            (count,) = run.execute("SELECT count(*) FROM rules").fetchone()
            if known is None and count >= limits.RULES_MAX:
                raise RuleError(f"there are {count} rules already; remove some", "name")
            run.execute("DELETE FROM rules WHERE name = ?", (rule.name,))
            run.execute("INSERT INTO rules VALUES (?, ?)", (rule.name, text))

    def remove(self, name: str) -> bool:
        """Remove a rule and what fires for it; whether there was one."""
        return self._tables.change("DELETE FROM rules WHERE name = ?", name) > 0

    def firing(self, rule: str) -> dict[str, Firing]:
        """What fires for a rule, by key."""
        rows = self._tables.rows("SELECT key, since, document FROM firing WHERE rule = ? ORDER BY since, key", rule)
        return {key: Firing(since, _found(json.loads(document))) for key, since, document in rows}

    def marks(self, rule: str) -> dict[str, Mark]:
        """How many entries of each node a rule knows to be missing."""
        rows = self._tables.rows("SELECT key, document FROM marks WHERE rule = ?", rule)
        return {key: Mark(**json.loads(document)) for key, document in rows}

    def enter(
        self, rule: Rule, firing: Mapping[str, Firing], marks: Mapping[str, Mark], notices: Sequence[dict[str, Any]]
    ) -> bool:
        """What a look gave, and the notifications about it to the rule's receivers, all or nothing.

        False, and nothing is entered, when the rule was changed or removed meanwhile.
        """
        with self._tables.transaction() as run:
            known = run.execute("SELECT document FROM rules WHERE name = ?", (rule.name,)).fetchone()
            if known != (json.dumps(rule.document()),):
                return False
            run.execute("DELETE FROM firing WHERE rule = ?", (rule.name,))
            run.executemany(
                "INSERT INTO firing VALUES (?, ?, ?, ?)",
                [(rule.name, key, one.since, json.dumps(asdict(one.found))) for key, one in firing.items()],
            )
            run.execute("DELETE FROM marks WHERE rule = ?", (rule.name,))
            run.executemany(
                "INSERT INTO marks VALUES (?, ?, ?)",
                [(rule.name, key, json.dumps(mark.document())) for key, mark in marks.items()],
            )
            for notice in notices:
                for target in rule.notify:
                    _wait(run, target, notice)
        return True

    def wait(self, target: str, document: dict[str, Any]) -> None:
        """Let a notification wait for its receiver."""
        with self._tables.transaction() as run:
            _wait(run, target, document)

    def repeat(self, target: str, document: dict[str, Any]) -> None:
        """`wait`, instead of what waits for the same receiver as a repetition of the same rule."""
        with self._tables.transaction() as run:
            run.execute(
                "DELETE FROM waiting WHERE target = ? AND document ->> 'repeats' AND document ->> 'rule' = ?",
                (target, document["rule"]),
            )
            _wait(run, target, {**document, "repeats": True})

    def waiting(self) -> list[Notice]:
        """Notifications that wait, the oldest first."""
        rows = self._tables.rows("SELECT id, target, at, document FROM waiting ORDER BY id")
        return [Notice(number, target, at, json.loads(document)) for number, target, at, document in rows]

    def done(self, notice: int) -> None:
        """It was taken, or is given up."""
        self._tables.change("DELETE FROM waiting WHERE id = ?", notice)

    def give_up(self, now: int) -> int:
        """Remove what is too old or too much; how many that were."""
        oldest = now - int(limits.KEPT_SECONDS * SECOND)
        with self._tables.transaction() as run:
            old = run.execute("DELETE FROM waiting WHERE at < ?", (oldest,)).rowcount
            keep = "SELECT id FROM waiting ORDER BY id DESC LIMIT ?"
            return old + run.execute(f"DELETE FROM waiting WHERE id NOT IN ({keep})", (limits.WAITING_MAX,)).rowcount

    def close(self) -> None:
        """Release the file."""
        self._tables.close()


def _wait(run: sqlite3.Connection, target: str, document: dict[str, Any]) -> None:
    run.execute(
        "INSERT INTO waiting (target, at, document) VALUES (?, ?, ?)", (target, document["at"], json.dumps(document))
    )


def _rule(document: dict[str, Any]) -> Rule:
    """A rule that was checked when it was entered."""
    by = document.pop("by", None) or ""
    return Rule(**{**document, "notify": tuple(document["notify"])}, by=by)


def _found(document: dict[str, Any]) -> Found:
    return Found(**{**document, "sample": tuple(document["sample"])})
