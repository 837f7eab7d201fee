"""Which tables a file of state has, and how an older file gets them.

The version is SQLite's ``user_version``: 0 in a new file and in those of releases that did not
count yet. A step is taken in the same transaction as the number that says so, so that a kill in
between leaves the file as it was.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from storage.errors import ForeignStore, NewerStore

SchemaStep = Callable[[sqlite3.Connection], str]
"""Brings the tables to the next version; says what became of what was there, if anything was."""

OWNER_TABLE = """CREATE TABLE IF NOT EXISTS owner (
  id INTEGER PRIMARY KEY CHECK (id = 0), epoch INTEGER NOT NULL)"""


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of one component's file."""

    name: str
    """Of the component, for messages."""
    application_id: int
    """In the file's header: nobody opens another component's file by mistake."""
    steps: tuple[SchemaStep, ...]
    """From version 0 on, one for each."""

    @property
    def version(self) -> int:
        """Return the version that the last step leads to."""
        return len(self.steps)


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """What was done to an older file."""

    before: int
    after: int
    said: tuple[str, ...]


def migrate(db: sqlite3.Connection, schema: Schema, path: str) -> SchemaChange | None:
    """Bring a file to the schema's version; None where nothing was in it to be changed.

    Raises:
        NewerStore: It is beyond it.
        ForeignStore: It is another component's.
        sqlite3.Error: Nothing was changed.
    """
    _check(db, schema, path)
    if _number(db, "user_version") == schema.version:
        return None
    db.execute("BEGIN IMMEDIATE")
    try:
        # Looked at again: another process may have been quicker.
        before = _number(db, "user_version")
        said = tuple(filter(None, (step(db) for step in schema.steps[before:])))
        db.execute(OWNER_TABLE)
        db.execute(f"PRAGMA application_id = {schema.application_id}")
        db.execute(f"PRAGMA user_version = {schema.version}")
        db.execute("COMMIT")
    except BaseException:
        roll_back(db)
        raise
    return SchemaChange(before, schema.version, said) if said else None


def roll_back(db: sqlite3.Connection) -> None:
    """Undo what is open; SQLite has done so itself after some errors, such as a full disk."""
    if db.in_transaction:
        db.execute("ROLLBACK")


def _check(db: sqlite3.Connection, schema: Schema, path: str) -> None:
    application_id, version = _number(db, "application_id"), _number(db, "user_version")
    if application_id not in (0, schema.application_id):
        raise ForeignStore(f"{path} is not a file of the {schema.name}; it is left as it is")
    if version > schema.version:
        raise NewerStore(
            f"{path} was written by a newer version of brAInwav (format {version}; this one knows "
            f"{schema.version}): start that version, or move the file away to begin anew"
        )


def _number(db: sqlite3.Connection, pragma: str) -> int:
    return int(db.execute(f"PRAGMA {pragma}").fetchone()[0])
