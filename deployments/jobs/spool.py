"""Documents of accepted jobs on disk: what was acknowledged is there, whatever happens next.

A file for each job: a line that says whose it is and where to, then the drafts. It has its name
only once all of it is on the disk, so that a file that is there is whole.
"""

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from api.jobs.draft_records import BrokenRecord, read_record
from api.writing.document_drafts import DocumentDraft
from reliability.books.quota import Account
from reliability.identity.issued_key import Quota
from reliability.jobs.job import JobNote, JobOrder

FORMAT = 1
ENDING, UNFINISHED = ".drafts", ".new"


class SpoolDamaged(Exception):
    """A job's file is not there, or is not what this release wrote."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some documents of a job."""

    drafts: Sequence[DocumentDraft]
    offset: int
    """Where the next one begins."""


class Spool:
    """A folder of jobs' files, its owner's alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, order: JobOrder, drafts: bytes) -> None:
        """Lay a job's documents on the disk; on return a loss of power no longer undoes it.

        Raises:
            OSError: They cannot be; nothing is left of them.
        """
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        whole = self._file(order.id)
        unfinished = whole.with_suffix(UNFINISHED)
        try:
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(descriptor, "wb") as file:
                file.write(_header(order))
                file.write(drafts)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(whole)
            _sync(self._folder)
        except OSError:
            for path in (unfinished, whole):
                path.unlink(missing_ok=True)
            raise

    def order(self, id: str) -> JobOrder:
        """Return what a job was accepted as.

        Raises:
            SpoolDamaged: It cannot be read.
        """
        with self._opened(id) as file:
            return _order(file.readline())

    def read(self, id: str, offset: int, most_documents: int, most_bytes: int) -> Piece:
        """Return the next documents of a job, at least one where there is one.

        Args:
            offset: As the piece before told it; 0 for the first.
            most_bytes: After so many no further document is taken.

        Raises:
            SpoolDamaged: They cannot be read.
        """
        with self._opened(id) as file:
            file.seek(offset)
            if not offset:
                file.readline()
            start, drafts = file.tell(), []
            while len(drafts) < most_documents and file.tell() - start < most_bytes:
                try:
                    draft = read_record(file)
                except BrokenRecord as error:
                    raise SpoolDamaged(str(error)) from None
                if draft is None:
                    break
                drafts.append(draft)
            return Piece(drafts, file.tell())

    def bytes_of(self, id: str) -> int:
        """Return what a job takes on disk."""
        return self._file(id).stat().st_size

    def remove(self, id: str) -> None:
        """Let go of a job's documents."""
        self._file(id).unlink(missing_ok=True)

    def ids(self) -> list[str]:
        """Name the jobs that have a file, the oldest first; drop what was never acknowledged."""
        if not self._folder.is_dir():
            return []
        for path in self._folder.glob(f"*{UNFINISHED}"):
            path.unlink(missing_ok=True)
        files = sorted(self._folder.glob(f"*{ENDING}"), key=lambda path: path.stat().st_mtime_ns)
        return [path.stem for path in files]

    def _file(self, id: str) -> Path:
        return self._folder / f"{id}{ENDING}"

    @contextlib.contextmanager
    def _opened(self, id: str) -> Iterator[Any]:
        try:
            file = self._file(id).open("rb")
        except FileNotFoundError:
            raise SpoolDamaged("its documents are no longer there") from None
        with file:
            yield file


def _header(order: JobOrder) -> bytes:
    return orjson.dumps({"format": FORMAT, **asdict(order)}) + b"\n"


def _order(line: bytes) -> JobOrder:
    try:
        fields = orjson.loads(line)
        version = fields.pop("format")
        if version != FORMAT:
            raise SpoolDamaged(f"its documents have format {version}, this release knows {FORMAT}")
        account = fields.pop("account")
        notes = tuple(JobNote(**note) for note in fields.pop("notes"))
        return JobOrder(**fields, account=_account(account), notes=notes)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SpoolDamaged(f"its documents cannot be read: {error}") from None


def _account(fields: dict[str, Any] | None) -> Account | None:
    return None if fields is None else Account(fields["owner"], Quota(**fields["quota"]))


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
