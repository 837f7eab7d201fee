"""What a job has finished, kept in its folder: a shard is done when its write was acknowledged.

`job.json` says what the job is; `checkpoint.jsonl` gets a line for each finished shard, and
`failures.jsonl` a line for each item that was left out. A shard's failures are written
before its line in the checkpoint: of a shard that a kill left half-recorded the failures are
dropped on the next start and found again. A line that is no record counts for nothing: its shard
is done again.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeGuard

from deployments.bulk.sources.items import Skipped

FORMAT = 2
"""1, which names no format, noted neither what was read nor where it was written."""
_LATER = (("content", ""), ("target", ""), ("unreadable", 0))


class AnotherJob(Exception):
    """The folder belongs to another job, or its source has changed; the message says what to do."""


class InUse(Exception):
    """Another process works on the job."""


class CannotRecord(Exception):
    """What is done cannot be noted, as on a full disk; it is done again on the next run."""


@dataclass(frozen=True, slots=True)
class ShardOutcome:
    """A shard that is done: what was written and what was left out."""

    shard: int
    written: int
    failures: Sequence[Skipped] = ()
    content: str = ""
    """Digest of what was read; empty where an older version did not note it."""
    target: str = ""
    """What it was written into, as ``Sink.target`` tells it; empty as above."""
    unreadable: int = 0
    """Of the written, texts without a vector: the model cannot read them."""

    @property
    def items(self) -> int:
        """How many rows it accounts for."""
        return self.written + len(self.failures)


class Checkpoint:
    """The record of one job. One process writes it at a time, see ``locked``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
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
        with _recording(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise InUse(
                    f"another process works on the job in {self._folder}: wait for it, or name "
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
                f"{self._folder} records a job whose source or settings have changed since: "
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
            _append(self.failures_file, _failure_lines(outcome))
        _append(self._file, [_line(outcome)])
        self.done[outcome.shard] = outcome

    def undo(self, shards: Iterable[int]) -> None:
        """Forget that shards are done: what was written is no longer there."""
        for shard in shards:
            del self.done[shard]
        self._rewrite()

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

    def _outcomes(self) -> Iterator[ShardOutcome]:
        failures: dict[int, list[Skipped]] = {}
        for line in _lines(self.failures_file):
            failure = _failure(line)
            if failure is not None:
                failures.setdefault(line["shard"], []).append(failure)
        for line in _lines(self._file):
            outcome = _outcome(line, failures)
            if outcome is not None:
                yield outcome

    def _rewrite(self) -> None:
        # Each file is replaced at once: a kill in between must not lose what was left out.
        lines = [line for outcome in self.done.values() for line in _failure_lines(outcome)]
        if lines or self.failures_file.exists():
            _replace(self.failures_file, lines)
        # A torn last line must not swallow the first one that is appended.
        _replace(self._file, map(_line, self.done.values()))

    def _job(self) -> dict[str, Any]:
        path = self._folder / "job.json"
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
                f"{self._folder} has format {version!r}, this release knows up to {FORMAT}: go on "
                "with the newer release, or use --restart"
            )
        return job

    def _not_ours(self, why: str) -> AnotherJob:
        return AnotherJob(
            f"{self._folder} holds no record of a job ({why}): use --restart to begin anew, or "
            "another --job folder"
        )

    def _write_job(self, job: dict[str, Any]) -> None:
        with _recording(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
        _replace(self._folder / "job.json", [job])


def _line(outcome: ShardOutcome) -> dict[str, Any]:
    names = ("shard", "written", "content", "target", "unreadable")
    return {name: getattr(outcome, name) for name in names} | {"failed": len(outcome.failures)}


def _failure_lines(outcome: ShardOutcome) -> list[dict[str, Any]]:
    return [{"shard": outcome.shard} | asdict(failure) for failure in outcome.failures]


def _outcome(line: Mapping[str, Any], failures: dict[int, list[Skipped]]) -> ShardOutcome | None:
    """Return what a line records, None if it is no record or its failures are not all there."""
    shard, written, failed = (line.get(name) for name in ("shard", "written", "failed"))
    if not (_is_count(shard) and _is_count(written) and _is_count(failed)):
        return None
    content, target, unread = (line.get(*pair) for pair in _LATER)
    if not (isinstance(content, str) and isinstance(target, str) and _is_count(unread)):
        return None
    found = failures.get(shard, [])
    # More lines than the shard had: of an attempt that a kill cut short.
    kept = found[len(found) - failed :] if failed else []
    outcome = ShardOutcome(shard, written, kept, content, target, unread)
    return outcome if len(kept) == failed else None


def _failure(line: Mapping[str, Any]) -> Skipped | None:
    parts = [line.get(name) for name in ("place", "code", "message")]
    if not _is_count(line.get("shard")) or not all(isinstance(part, str) for part in parts):
        return None
    return Skipped(*parts)  # type: ignore[arg-type]


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a file that are JSON objects; the last one may be torn by a kill."""
    if not path.exists():
        return
    for line in path.read_bytes().split(b"\n"):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            yield value


@contextlib.contextmanager
def _recording(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = f"{path}: {error.strerror or error}"
        raise CannotRecord(f"{why}; what was not noted is done again by the next run") from error


def _append(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    with _recording(path), path.open("ab") as file:
        size = file.tell()
        try:
            file.write(_text(lines))
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            # Half a line would swallow the next one.
            with contextlib.suppress(OSError):
                os.truncate(path, size)
            raise


def _replace(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    temporary = path.with_suffix(".new")
    with _recording(path):
        with temporary.open("wb") as file:
            file.write(_text(lines))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)


def _text(lines: Iterable[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(line) + "\n" for line in lines).encode()
