"""What a job has finished, kept in its folder: a shard is done when its write was acknowledged.

`job.json` says what the job is; `checkpoint.jsonl` gets a line for each finished shard,
`failures.jsonl` a line for each item that was left out, and `notes.jsonl` one for each that was
written without a part of it. A shard's failures are written before its line in the checkpoint: of
a shard that a kill left half-recorded the failures are dropped on the next start and found again.
A line that is no record counts for nothing: its shard is done again.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deployments.bulk.recording.lines import append_lines, read_lines, recording, replace_lines
from deployments.bulk.recording.outcomes import (
    ShardOutcome,
    failure_lines,
    note_lines,
    outcome_line,
    outcomes_of,
)

FORMAT = 2
"""1, which names no format, noted neither what was read nor where it was written."""


class AnotherJob(Exception):
    """The folder belongs to another job, or its source has changed; the message says what to do."""


class InUse(Exception):
    """Another process works on the job."""


class Checkpoint:
    """The record of one job. One process writes it at a time, see ``locked``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: int | None = None
        self.done: dict[int, ShardOutcome] = {}

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from this job.

        Raises:
            InUse: One of them works on it.
            CannotRecord: The folder cannot be written.
        """
        if self._lock is not None:
            yield
            return
        with recording(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise InUse(
                    f"another process works on the job in {self.folder}: wait for it, or name "
                    "another --job folder"
                ) from None
            yield
        finally:
            os.close(self._lock)
            self._lock = None

    def created_at(self) -> datetime:
        """Return when the job first started, recording it on that occasion.

        Raises:
            AnotherJob: The folder holds something else.
        """
        job = self._job()
        if "started_at" not in job:
            job["started_at"] = datetime.now(UTC).isoformat(timespec="seconds")
            self._write_job(job)
        try:
            return datetime.fromisoformat(job["started_at"]).astimezone(UTC)
        except (ValueError, TypeError, OverflowError):
            raise self._not_ours("it does not say when the job started") from None

    def open(self, digest: str, items: Mapping[int, int] | None = None, stamp: str = "") -> None:
        """Read what is done already.

        Args:
            digest: Of the source's cut and of the settings.
            items: How many each shard has; one that does not account for all of them is not done.
            stamp: Of a source's files, where their content is not compared.

        Raises:
            AnotherJob: What is recorded is of another source or of other settings.
        """
        job = self._job()
        same = job.setdefault("digest", digest) == digest
        if not same or job.setdefault("stamp", stamp) != stamp:
            raise AnotherJob(
                f"{self.folder} records a job whose source or settings have changed since: "
                "use --restart to begin anew (documents keep their ids), or another --job folder"
            )
        job["format"] = FORMAT
        self._write_job(job)
        self.done = {
            outcome.shard: outcome
            for outcome in self._outcomes()
            if items is None or items.get(outcome.shard) == outcome.items
        }
        self._rewrite()

    def record(self, outcome: ShardOutcome) -> None:
        """Note a shard as done; on return a kill no longer undoes it.

        Raises:
            CannotRecord: The disk is full, for instance.
        """
        if outcome.failures:
            append_lines(self.failures_file, failure_lines(outcome))
        if outcome.notes:
            append_lines(self.notes_file, note_lines(outcome))
        append_lines(self._file, [outcome_line(outcome)])
        self.done[outcome.shard] = outcome

    def undo(self, shards: Iterable[int]) -> None:
        """Forget that shards are done: what was written is no longer there."""
        for shard in shards:
            del self.done[shard]
        self._rewrite()

    def forget(self) -> None:
        """Begin anew."""
        job = self.folder / "job.json"
        for path in (self._file, self.failures_file, self.notes_file, job):
            path.unlink(missing_ok=True)
        self.done = {}

    @property
    def failures_file(self) -> Path:
        """Where items that were left out are listed, one JSON object a line."""
        return self.folder / "failures.jsonl"

    @property
    def notes_file(self) -> Path:
        """Where items that were written without a part of them are listed, in the same way."""
        return self.folder / "notes.jsonl"

    @property
    def _file(self) -> Path:
        return self.folder / "checkpoint.jsonl"

    def _outcomes(self) -> Iterator[ShardOutcome]:
        files = (self._file, self.failures_file, self.notes_file)
        return outcomes_of(*map(read_lines, files))

    def _rewrite(self) -> None:
        # Each file is replaced at once: a kill in between must not lose what was left out.
        for path, lines_of in ((self.failures_file, failure_lines), (self.notes_file, note_lines)):
            lines = [line for outcome in self.done.values() for line in lines_of(outcome)]
            if lines or path.exists():
                replace_lines(path, lines)
        # A torn last line must not swallow the first one that is appended.
        replace_lines(self._file, map(outcome_line, self.done.values()))

    def _job(self) -> dict[str, Any]:
        path = self.folder / "job.json"
        if not path.exists():
            return {}
        try:
            job = json.loads(path.read_bytes())
        except (ValueError, RecursionError):
            raise self._not_ours("its job.json is no JSON") from None
        if not isinstance(job, dict):
            raise self._not_ours("its job.json is no record")
        version = job.get("format", 1)
        if not isinstance(version, int) or version > FORMAT:
            raise AnotherJob(
                f"{self.folder} has format {version!r}, this release knows up to {FORMAT}: go on "
                "with the newer release, or use --restart"
            )
        return job

    def _not_ours(self, why: str) -> AnotherJob:
        return AnotherJob(
            f"{self.folder} holds no record of a job ({why}): use --restart to begin anew, or "
            "another --job folder"
        )

    def _write_job(self, job: dict[str, Any]) -> None:
        with recording(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        replace_lines(self.folder / "job.json", [job])
