"""A folder that is indexed again and again: unchanged files are left out, gone ones can be pruned.

What is in the index is known from the record in the home (`recording/known_files.py`): the digest
of a file is nothing that searches should see, so it is no metadata.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from deployments.bulk.job import Job, JobReport
from deployments.bulk.recording.checkpoint import Checkpoint
from deployments.bulk.recording.known_files import KnownFile, KnownFiles
from deployments.bulk.recording.lines import replace_lines
from deployments.bulk.recording.outcomes import ShardOutcome
from deployments.bulk.sources.folder_files import FolderFiles
from deployments.bulk.sources.shards import digest

DELETED_AT_ONCE = 500


class FolderJob(Job):
    """A folder into a namespace; each run does what has changed since the last one."""

    def __init__(
        self,
        source: FolderFiles,
        checkpoint: Checkpoint,
        shard_items: int,
        settings: dict[str, Any],
    ) -> None:
        super().__init__(source, checkpoint, shard_items, settings)
        self._folder = source
        self._shard_items, self._settings = shard_items, settings
        self._digests: dict[str, str] = {}
        self._unchanged = 0
        self.record = KnownFiles(checkpoint.folder)

    def about(self) -> Sequence[str]:
        """Say how many files are what they were, by the record of this home."""
        known = self.record.known
        same = [
            path
            for path in self._folder.listing.files
            if path in known and known[path].digest == self._folder.digest_of_file(path)
        ]
        return (
            f"{len(same)} of them are unchanged since an earlier run and are not written again",
            f"{len(self.vanished())} that were written are gone: --prune deletes their documents",
        )

    def vanished(self) -> list[KnownFile]:
        """Return the files that were written and are no longer in the folder."""
        there = set(self._folder.listing.files)
        known = self.record.known.items()
        # A job's folder in the home goes by the address as it was given, such as `docs`, which may
        # be another folder today: what lies outside is not known to be gone.
        return [one for path, one in known if path not in there and self._folder.holds(path)]

    def prune(self, delete: Callable[[Sequence[str]], None], target: str) -> int:
        """Delete the documents of vanished files; return how many.

        A namespace that was dropped meanwhile holds none of them, and another one of its name may
        hold documents of somebody else.

        Raises:
            CannotRecord: It cannot be noted; pruning again does no harm.
        """
        gone = self.vanished()
        ids = [one.id for one in gone if one.target == target]
        # A file that came back under another path has its own id, and keeps it.
        kept = {one.id for one in self.record.known.values()} - {one.id for one in gone}
        ids = [id for id in ids if id not in kept]
        for at in range(0, len(ids), DELETED_AT_ONCE):
            delete(ids[at : at + DELETED_AT_ONCE])
        self.record.forget(one.path for one in gone)
        return len(ids)

    def _prepare(self, target: str) -> None:
        """Leave out what is in the index as it is in the folder."""
        self.checkpoint.forget()
        self.record.tidy()
        files = self._folder.listing.files
        self._digests = {path: self._folder.digest_of_file(path) for path in files}
        left = [path for path in files if not self._is_unchanged(path, target)]
        self._unchanged = len(files) - len(left)
        self._folder.files = left
        self.shards = self._folder.shards(self._shard_items)
        self._digest = digest(self.shards, self._settings)
        passed = self._folder.listing.passed_over
        replace_lines(
            self._passed_over_file,
            ({"path": one.path, "reason": one.reason} for one in passed),
        )

    @property
    def _passed_over_file(self) -> Path:
        return self.checkpoint.folder / "passed_over.jsonl"

    def _is_unchanged(self, path: str, target: str) -> bool:
        known, now = self.record.known.get(path), self._digests[path]
        return (
            known is not None
            and bool(target)
            and (known.digest, known.target) == (now, target)
            and known.id == self._folder.id_of_file(path)
        )

    def _noted(self, outcome: ShardOutcome) -> None:
        failed = {failure.place for failure in outcome.failures}
        shard = next(shard for shard in self.shards if shard.number == outcome.shard)
        self.record.note(
            KnownFile(path, self._folder.id_of_file(path), self._digests[path], outcome.target)
            for path in shard.files
            if path not in failed
        )

    def _report(self, skipped: int, seconds: float, notices: tuple[str, ...]) -> JobReport:
        passed = len(self._folder.listing.passed_over)
        if passed:
            notices += (f"{passed} files were passed over: {self._passed_over_file}",)
        report = super()._report(skipped, seconds, notices)
        items = report.items + self._unchanged + passed
        return replace(report, items=items, unchanged=self._unchanged, passed_over=passed)
