"""What became of a shard, and the lines that record it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeGuard, TypeVar

from deployments.bulk.sources.items import Note, Skipped

Told = TypeVar("Told", Skipped, Note)
_LATER = (("content", ""), ("target", ""), ("unreadable", 0))


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

    notes: Sequence[Note] = ()
    """Of the written, what they were written without."""

    @property
    def items(self) -> int:
        """How many rows it accounts for."""
        return self.written + len(self.failures)


def outcomes_of(
    shards: Iterable[Mapping[str, Any]],
    failures: Iterable[Mapping[str, Any]],
    notes: Iterable[Mapping[str, Any]],
) -> Iterator[ShardOutcome]:
    """Yield what lines of the three files record; what is no record counts for nothing."""
    failed = _by_shard(failures, Skipped)
    noted = _by_shard(notes, Note)
    for line in shards:
        outcome = _outcome(line, failed, noted)
        if outcome is not None:
            yield outcome


def outcome_line(outcome: ShardOutcome) -> dict[str, Any]:
    """Return the line of a shard that is done."""
    names = ("shard", "written", "content", "target", "unreadable")
    counts = {"failed": len(outcome.failures), "noted": len(outcome.notes)}
    return {name: getattr(outcome, name) for name in names} | counts


def failure_lines(outcome: ShardOutcome) -> list[dict[str, Any]]:
    """Return a line for each item that was left out."""
    return [{"shard": outcome.shard} | asdict(failure) for failure in outcome.failures]


def note_lines(outcome: ShardOutcome) -> list[dict[str, Any]]:
    """Return a line for each thing that an item was written without."""
    return [{"shard": outcome.shard} | asdict(note) for note in outcome.notes]


def _outcome(
    line: Mapping[str, Any], failures: dict[int, list[Skipped]], notes: dict[int, list[Note]]
) -> ShardOutcome | None:
    """Return what a line records, None if it is no record or its failures are not all there."""
    shard, written, failed = (line.get(name) for name in ("shard", "written", "failed"))
    if not (_is_count(shard) and _is_count(written) and _is_count(failed)):
        return None
    content, target, unread = (line.get(*pair) for pair in _LATER)
    if not (isinstance(content, str) and isinstance(target, str) and _is_count(unread)):
        return None
    # More lines than the shard had: of an attempt that a kill cut short.
    kept = _last(failures.get(shard, []), failed)
    noted = line.get("noted", 0)
    told = tuple(_last(notes.get(shard, []), noted)) if _is_count(noted) else ()
    outcome = ShardOutcome(shard, written, kept, content, target, unread, told)
    return outcome if len(kept) == failed else None


def _last(found: list[Told], count: int) -> list[Told]:
    return found[len(found) - count :] if count else []


def _by_shard(lines: Iterable[Mapping[str, Any]], kind: type[Told]) -> dict[int, list[Told]]:
    found: dict[int, list[Told]] = {}
    for line in lines:
        parts = [line.get(name) for name in ("place", "code", "message")]
        shard = line.get("shard")
        if _is_count(shard) and all(isinstance(part, str) for part in parts):
            found.setdefault(shard, []).append(kind(*parts))  # type: ignore[arg-type]
    return found


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
