"""What a job has finished, kept in its folder: a shard is done when its write was acknowledged.

`job.json` says what the job is; `checkpoint.jsonl` gets a line for each finished shard, and
`failures.jsonl` a line for each item that was left out. A shard's failures are written
before its line in the checkpoint: of a shard that a kill left half-recorded the failures are
dropped on the next start and found again.
"""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deployments.bulk.items import Failure


class AnotherJob(Exception):
    """The folder belongs to another job, or its source has changed; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A shard that is done: what was written and what was left out."""

    shard: int
    written: int
    failures: Sequence[Failure] = ()


class Checkpoint:
    """The record of one job. One process writes it at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.done: dict[int, Outcome] = {}

    def created_at(self) -> datetime:
        """Return when the job first started, recording it on that occasion."""
        started = self._job().get("started_at")
        if started is None:
            started = datetime.now(UTC).isoformat(timespec="seconds")
            self._write_job({"started_at": started})
        return datetime.fromisoformat(started)

    def open(self, digest: str) -> None:
        """Read what is done already.

        Raises:
            AnotherJob: What is recorded is of another source or of other settings.
        """
        job = self._job()
        if job.setdefault("digest", digest) != digest:
            raise AnotherJob(
                f"{self._folder} records a job whose source or settings have changed since: "
                "use --restart to begin anew (documents keep their ids), or another --job folder"
            )
        self._write_job(job)
        self.done = {outcome.shard: outcome for outcome in self._outcomes()}
        self._keep_failures_of_done()

    def record(self, outcome: Outcome) -> None:
        """Note a shard as done; on return a kill no longer undoes it."""
        lines = [{"shard": outcome.shard} | asdict(failure) for failure in outcome.failures]
        if lines:
            _append(self.failures_file, lines)
        failed = len(outcome.failures)
        _append(
            self._file, [{"shard": outcome.shard, "written": outcome.written, "failed": failed}]
        )
        self.done[outcome.shard] = outcome

    def forget(self) -> None:
        """Begin anew."""
        for path in (self._file, self.failures_file, self._folder / "job.json"):
            path.unlink(missing_ok=True)
        self.done = {}

    @property
    def failures_file(self) -> Path:
        """Where items that were left out are listed, one JSON object a line."""
        return self._folder / "failures.jsonl"

    @property
    def _file(self) -> Path:
        return self._folder / "checkpoint.jsonl"

    def _outcomes(self) -> Iterator[Outcome]:
        failures: dict[int, list[Failure]] = {}
        for line in _lines(self.failures_file):
            failures.setdefault(line.pop("shard"), []).append(Failure(**line))
        for line in _lines(self._file):
            found = failures.get(line["shard"], [])
            # More lines than the shard had: of an attempt that a kill cut short.
            kept = found[len(found) - line["failed"] :] if line["failed"] else []
            yield Outcome(line["shard"], line["written"], kept)

    def _keep_failures_of_done(self) -> None:
        lines = [
            {"shard": outcome.shard} | asdict(failure)
            for outcome in self.done.values()
            for failure in outcome.failures
        ]
        # Each file is replaced at once: a kill in between must not lose what was left out.
        if lines or self.failures_file.exists():
            _replace(self.failures_file, lines)
        # A torn last line must not swallow the first one that is appended.
        kept = [
            {"shard": done.shard, "written": done.written, "failed": len(done.failures)}
            for done in self.done.values()
        ]
        _replace(self._file, kept)

    def _job(self) -> dict[str, Any]:
        path = self._folder / "job.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def _write_job(self, job: dict[str, Any]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        _replace(self._folder / "job.json", [job])


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the whole lines of a file; the last one may be torn by a kill."""
    if not path.exists():
        return
    for line in path.read_bytes().split(b"\n"):
        try:
            yield json.loads(line)
        except ValueError:
            continue


def _append(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    with path.open("ab") as file:
        file.write(_text(lines))
        file.flush()
        os.fsync(file.fileno())


def _replace(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    temporary = path.with_suffix(".new")
    with temporary.open("wb") as file:
        file.write(_text(lines))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _text(lines: Iterable[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()
