"""Which files of a folder are in the index, by what they held: kept beside the job's checkpoint."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deployments.bulk.recording.lines import append_lines, read_lines, recording, replace_lines


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file whose document was written."""

    path: str
    id: str
    digest: str
    """Of what it held."""
    target: str
    """Which namespace of its name it was written into."""


class KnownFiles:
    """The files of one folder in one namespace; whoever writes holds the job's lock.

    A line that is no record counts for nothing: its file is written again, by the same id.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "files.jsonl"
        lines = map(_known, read_lines(self._file))
        self.known: dict[str, KnownFile] = {one.path: one for one in lines if one is not None}

    def note(self, files: Iterable[KnownFile]) -> None:
        """Note files as written; on return a kill no longer undoes it.

        Raises:
            CannotRecord: The disk is full, for instance.
        """
        noted = list(files)
        append_lines(self._file, map(asdict, noted))
        self.known |= {one.path: one for one in noted}

    def tidy(self) -> None:
        """Write a line for each file, in place of one for each time that it was written.

        Raises:
            CannotRecord: The disk is full, for instance.
        """
        with recording(self._file):
            self._file.parent.mkdir(parents=True, exist_ok=True)
        replace_lines(self._file, map(asdict, self.known.values()))

    def forget(self, paths: Iterable[str]) -> None:
        """Note files as no longer in the index.

        Raises:
            CannotRecord: The disk is full, for instance.
        """
        for path in paths:
            self.known.pop(path, None)
        self.tidy()


def _known(line: Mapping[str, Any]) -> KnownFile | None:
    parts = [line.get(name) for name in ("path", "id", "digest", "target")]
    return KnownFile(*parts) if all(isinstance(part, str) for part in parts) else None  # type: ignore[arg-type]
