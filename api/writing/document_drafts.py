"""From what a client sends to documents that can be encoded, each refused with its own place."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fastapi import UploadFile
from pydantic import ValidationError

from api.answers.problems import problems_of
from api.bodies.bounded_route import refusal
from api.bodies.decoding import read_picture, refuse_picture
from api.bodies.json_body import parsed_text
from api.bodies.json_shape import JsonShape, ShapeError
from api.bodies.limits import RequestLimits
from api.dependencies import Context
from api.errors import BadRequest, at
from api.input_checks import check_document_text, check_picture
from api.schemas.documents import DocumentIn
from api.uploads.uploaded_files import text_of_file
from retrieval.documents import check_id, check_metadata
from retrieval.errors import shown
from retrieval.extraction.extracted import Extracted
from retrieval.passages.sections import Sections
from retrieval.times import is_finer, utc_time


@dataclass(frozen=True, slots=True)
class DocumentDraft:
    """A checked document before it is encoded."""

    index: int
    place: str
    """Where it stands in the request."""
    metadata_place: str
    id: str
    text: str | None
    picture: bytes | None
    metadata: dict[str, Any]
    source: Any
    created_at: datetime
    warnings: tuple[dict[str, str], ...] = ()
    sections: Sections = ()

    @property
    def text_place(self) -> str:
        """Where its text stands in the request; an uploaded file is its text."""
        return self.place if self.place.startswith("file.") else f"{self.place}.text"


async def draft_of(index: int, raw: Any, id: str, ctx: Context) -> DocumentDraft:
    """Return a document of a JSON body.

    Args:
        index: Its place in the body.
        raw: As it was parsed.
        id: Of a document that brings none.

    Raises:
        ApiError, RetrievalError: Naming the part that cannot be stored.
    """
    place, limits = f"documents.{index}", ctx.limits
    try:
        document = DocumentIn.model_validate(raw)
    except ValidationError as error:
        errors = [dict(one) | {"loc": ("body", *one["loc"])} for one in error.errors()]
        [problem] = problems_of(errors, raw, 1)
        where = place if problem["where"] == "body" else f"{place}.{problem['where']}"
        raise BadRequest(f"{where}: {problem['message']}", None, at(where)) from None
    picture = None
    if document.image_url is not None:
        where = f"{place}.image_url"
        if document.image_base64 is not None:
            raise BadRequest(f"{place} has image_base64 and image_url", None, at(where))
        data = await ctx.fetch_picture(document.image_url, where)
        picture = check_picture(data, where, limits.max_picture_bytes)
    if document.image_base64 is not None:
        where = f"{place}.image_base64"
        picture = check_picture(
            await read_picture(document.image_base64, where, limits.max_picture_bytes),
            where,
            limits.max_picture_bytes,
        )
    text = document.text
    if text is not None:
        refuse_picture(text, f"{place}.text", "send it as `image_base64`")
        text = check_document_text(text, f"{place}.text", limits.max_document_bytes)
    if text is None and picture is None:
        raise BadRequest(f"{place} needs a text, a picture or both", "empty_input", at(place))
    return DocumentDraft(
        index,
        place,
        f"{place}.metadata",
        id if document.id is None else check_id(document.id, f"{place}.id"),
        text,
        picture,
        check_metadata(document.metadata, f"{place}.metadata"),
        document.source,
        _time(document.created_at, f"{place}.created_at"),
        _cut(document.created_at, f"{place}.created_at"),
    )


async def upload_draft(
    index: int,
    id: str,
    upload: UploadFile,
    text: str | None,
    metadata: dict[str, Any],
    ctx: Context,
) -> DocumentDraft:
    """Return a document of an uploaded file; its content decides what it is.

    Raises:
        ApiError, RetrievalError: Naming the file.
    """
    place, limits = f"file.{index}", ctx.limits
    data, name = await upload.read(), upload.filename or ""
    named = metadata if not name else {"filename": name[-255:]} | metadata
    checked, now = check_metadata(named), datetime.now(UTC)
    read = None
    if len(data) <= limits.max_file_bytes:
        read = await text_of_file(ctx.reader, upload, data, ctx.client.name, place)
    if read is None:
        picture = check_picture(data, place, limits.max_picture_bytes)
        words = (
            None if text is None else check_document_text(text, "text", limits.max_document_bytes)
        )
        return DocumentDraft(index, place, "metadata", id, words, picture, checked, "LTM", now)
    words = check_document_text(read.text, place, limits.max_document_bytes)
    warnings = tuple(_file_warnings(read, place, text is not None))
    return DocumentDraft(
        *(index, place, "metadata", id, words, None, checked, "LTM", now, warnings),
        sections=read.sections,
    )


def _file_warnings(read: Extracted, place: str, has_text: bool) -> Iterator[dict[str, str]]:
    for warning in read.warnings:
        message = f"{place}: {warning.message}"
        yield {"code": warning.code, "message": message, "where": place}
    if has_text:
        message = f"{place} is no picture: its own text is stored, not the one of the form"
        yield {"code": "text_unused", "message": message, "where": place}


async def metadata_form(value: str, limits: RequestLimits) -> dict[str, Any]:
    """Return the metadata of a form.

    Raises:
        ApiError, RetrievalError: It is no JSON object, or none that can be stored.
    """
    try:
        parsed = await parsed_text(value, "metadata", JsonShape(limits.shape("small")))
    except ShapeError as error:
        raise refusal(error, "metadata") from None
    if parsed is None:
        return {}
    if not isinstance(parsed, dict):
        raise BadRequest("metadata is not a JSON object", None, at("metadata", value))
    return check_metadata(parsed)


def _time(value: str | None, where: str) -> datetime:
    return datetime.now(UTC) if value is None else utc_time(value, where)


def _cut(value: str | None, where: str) -> tuple[dict[str, str], ...]:
    if not is_finer(value):
        return ()
    message = f"{where} is kept to the microsecond: {shown(value)}"
    return ({"code": "time_cut", "message": message, "where": where},)
