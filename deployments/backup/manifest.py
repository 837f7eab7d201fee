"""What a backup says of itself: written last, so that one without it was not finished."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deployments.backup.errors import Damaged, TooNew, Torn
from deployments.backup.files import FileRecord, record_of, sync_folder
from retrieval.store.cut import TableCut
from retrieval.store.schema import SCHEMA_VERSION

FORMAT = 1
FILE = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """A backup's contents."""

    made_at: str
    schema_version: int
    """Of the index; 0 without one."""
    tables: Sequence[TableCut]
    files: Mapping[str, FileRecord]
    """By path within the backup."""
    left_out: Sequence[str] = ()
    """What could not be read, in words."""

    @property
    def bytes(self) -> int:
        """Return what all files take."""
        return sum(record.bytes for record in self.files.values())


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest; from then on the backup is whole."""
    content = asdict(manifest)
    body = {"format": FORMAT, "content": content, "sha256": _digest(content)}
    beside = folder / f"{FILE}.new"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(json.dumps(body, indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(folder / FILE)
    sync_folder(folder)


def read(folder: Path) -> Manifest:
    """Return a backup's manifest.

    Raises:
        Torn: There is none.
        TooNew: Of a later format, or of an index that this release does not know.
        Damaged: It was changed.
    """
    try:
        body = json.loads((folder / FILE).read_bytes())
        if body["format"] != FORMAT:
            raise TooNew(f"{folder} has format {body['format']}, this release reads {FORMAT}")
        content = body["content"]
        if body["sha256"] != _digest(content):
            raise Damaged(f"{folder / FILE} is not what was written")
        manifest = _manifest(content)
    except FileNotFoundError:
        raise Torn(
            f"{folder} holds no {FILE}: it is no backup, or one that was cut short"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged(f"{folder / FILE} cannot be read ({type(error).__name__})") from None
    if manifest.schema_version > SCHEMA_VERSION:
        raise TooNew(
            f"the backup's index has schema version {manifest.schema_version}, this release knows "
            f"up to {SCHEMA_VERSION}: restore it with the release that made it"
        )
    return manifest


def verify(folder: Path, manifest: Manifest) -> None:
    """Read every file and compare.

    Raises:
        Damaged: Files are missing or others; the message names them.
    """
    wrong = []
    for name, record in manifest.files.items():
        path = folder / name
        if not path.is_file():
            wrong.append(f"{name} is missing")
        elif path.stat().st_size != record.bytes or record_of(path) != record:
            wrong.append(f"{name} is not what was written")
    if wrong:
        more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise Damaged(f"{folder}: {'; '.join(wrong[:5])}{more}")


def _manifest(content: Mapping[str, Any]) -> Manifest:
    files = {name: FileRecord(**record) for name, record in content["files"].items()}
    for name in files:
        if name.startswith("/") or ".." in name.split("/"):
            raise ValueError(name)
    tables = [TableCut(**table) for table in content["tables"]]
    return Manifest(**{**content, "files": files, "tables": tables})


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
