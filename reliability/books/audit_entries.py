"""What the audit log tells: acts, and a page of them, made in one pass over the lines."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

LOOKAHEAD = 10_000
"""Lines after the last entry of a page in which outcomes are looked for."""
What = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An act.

    Args:
        number: Counts up from 1, over all files.
        at: When it began, ISO 8601 in UTC.
        who: ``key:<id>``, ``address:<address>`` or ``uid:<number>`` for scripts.
        act: Such as ``document.delete``.
        request_id: Of the HTTP request; empty for scripts.
        what: Which thing: method, path, query, or a key's id.
        status: The HTTP status, or 0 / 1 of a script that succeeded / failed; None: not known.
    """

    number: int
    at: str
    who: str
    act: str
    request_id: str
    what: What
    status: int | None = None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries, oldest first.

    Args:
        entries: What was asked for.
        next_after: Continues after this number; None: there is no more.
        kept_since: Of the oldest line there is; what came before was rotated away.
        unreadable: Lines that are none of ours, or were cut.
    """

    entries: tuple[AuditEntry, ...]
    next_after: int | None
    kept_since: str | None
    unreadable: int


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which entries: all bounds must hold; times are ISO 8601 in UTC, compared as such."""

    since: datetime | None = None
    until: datetime | None = None
    after: int = 0
    limit: int = 100
    who: str | None = None
    act: str | None = None

    def takes(self, entry: AuditEntry) -> bool:
        """Whether an entry is one of them."""
        at = datetime.fromisoformat(entry.at)
        return (
            entry.number > self.after
            and (self.since is None or at >= self.since)
            and (self.until is None or at < self.until)
            and self.who in (None, entry.who)
            and self.act in (None, entry.act)
        )


class AuditReading:
    """One pass over the lines, oldest first."""

    def __init__(self, wanted: AuditQuery) -> None:
        self.done = False
        self._wanted = wanted
        self._found: dict[int, AuditEntry] = {}
        self._open: set[int] = set()
        self._more = False
        self._kept_since: str | None = None
        self._unreadable = 0
        self._beyond = 0

    def take(self, line: bytes) -> None:
        """Look at one line."""
        try:
            raw = json.loads(line)
            at = datetime.fromisoformat(raw["at"]).isoformat(timespec="milliseconds")
            self._kept_since = self._kept_since or at
            if "of" in raw:
                self._close(raw)
            else:
                self._add(
                    AuditEntry(
                        raw["n"], at, raw["who"], raw["act"], raw["request_id"], dict(raw["what"])
                    )
                )
        except (ValueError, KeyError, TypeError, RecursionError):
            self._unreadable += 1
        if self._more:
            self._beyond += 1
            self.done = not self._open or self._beyond > LOOKAHEAD

    def page(self) -> AuditPage:
        """Return what was found."""
        entries = tuple(self._found.values())
        return AuditPage(
            entries,
            entries[-1].number if self._more and entries else None,
            self._kept_since,
            self._unreadable,
        )

    def _add(self, entry: AuditEntry) -> None:
        if not self._wanted.takes(entry):
            return
        if len(self._found) >= self._wanted.limit:
            self._more = True
            return
        self._found[entry.number] = entry
        self._open.add(entry.number)

    def _close(self, raw: Mapping[str, Any]) -> None:
        entry = self._found.get(raw["of"])
        if entry is not None:
            what = {**entry.what, **raw.get("what", {})}
            self._found[raw["of"]] = replace(entry, status=int(raw["status"]), what=what)
            self._open.discard(raw["of"])
