"""The tables of the job book, and a job from its row."""

import sqlite3
from typing import Any

from reliability.jobs.job import AcceptedJob
from storage.schema import Schema

TABLES = (
    """CREATE TABLE job (
      number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL,
      namespace TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'queued', total INTEGER NOT NULL,
      accepted INTEGER NOT NULL, written INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL,
      warned INTEGER NOT NULL DEFAULT 0, kept_bytes INTEGER NOT NULL, created_s REAL NOT NULL,
      started_s REAL, finished_s REAL, energy_j REAL NOT NULL DEFAULT 0,
      error_code TEXT NOT NULL DEFAULT '', error TEXT NOT NULL DEFAULT '',
      waits TEXT NOT NULL DEFAULT '', cancelling INTEGER NOT NULL DEFAULT 0,
      under_way INTEGER NOT NULL DEFAULT 0, position INTEGER NOT NULL DEFAULT 0,
      offset INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0)""",
    "CREATE INDEX job_by_owner ON job (owner, number)",
    "CREATE INDEX job_by_state ON job (state)",
    """CREATE TABLE note (
      job TEXT, place INTEGER, kind TEXT, document_id TEXT, code TEXT, message TEXT NOT NULL,
      PRIMARY KEY (job, place, kind, code)) WITHOUT ROWID""",
)
COLUMNS = (
    "id, owner, namespace, state, total, written, failed, warned, kept_bytes, created_s, "
    "started_s, finished_s, energy_j, error_code, error, waits, cancelling, position, offset, tries"
)
"""By the names of ``AcceptedJob``'s fields."""


def _make_tables(db: sqlite3.Connection) -> str:
    for statement in TABLES:
        db.execute(statement)
    return ""


SCHEMA = Schema("jobs", 0x62574A6F, (_make_tables,))


def job_of(row: tuple) -> AcceptedJob:
    """Return the job of a row of ``COLUMNS``."""
    fields: dict[str, Any] = dict(zip(COLUMNS.split(", "), row, strict=True))
    fields["cancelling"] = bool(fields["cancelling"])
    return AcceptedJob(**fields)
