"""Drafts as they are kept on disk: a line of JSON each, and its picture's bytes after it.

A service may meet records that an earlier release wrote: a field that comes later is left out of
what is required.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any, BinaryIO

import orjson

from api.writing.document_drafts import DocumentDraft
from retrieval.passages.sections import Section


class BrokenRecord(Exception):
    """No draft stands here."""


def record_of(draft: DocumentDraft) -> bytes:
    """Return what is kept of a draft."""
    picture = draft.picture or b""
    size = None if draft.picture is None else len(picture)
    line = orjson.dumps(asdict(draft) | {"picture": size})
    return line + b"\n" + picture + b"\n"


def read_record(file: BinaryIO) -> DocumentDraft | None:
    """Return the draft that stands at a file's position; None at its end.

    Raises:
        BrokenRecord: Something else stands there.
    """
    line = file.readline()
    if not line:
        return None
    try:
        fields: dict[str, Any] = orjson.loads(line)
        size = fields["picture"]
        data = _exactly(file, (size or 0) + 1)
        return _draft(fields | {"picture": None if size is None else data[:-1]})
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenRecord(f"no document can be read here: {error}") from None


def _draft(fields: dict[str, Any]) -> DocumentDraft:
    parsed = fields | {
        "created_at": datetime.fromisoformat(fields["created_at"]),
        "warnings": tuple(fields.get("warnings", ())),
        "sections": tuple(Section(**section) for section in fields.get("sections", ())),
    }
    return DocumentDraft(**parsed)


def _exactly(file: BinaryIO, size: int) -> bytes:
    data = file.read(size)
    if len(data) != size or not data.endswith(b"\n"):
        raise BrokenRecord("a document is longer or shorter than it says")
    return data
