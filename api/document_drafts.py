"""From what a client sends to documents that can be encoded, each refused with its own place."""

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
from api.input_checks import check_picture, check_text, decode_text_file
from api.schemas.documents import DocumentIn
from retrieval.documents import check_id, check_metadata
from retrieval.errors import shown
from retrieval.passages.sections import Sections
from retrieval.picture_type import picture_mime
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
        text = check_text(text, f"{place}.text", limits.max_text_characters)
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


def upload_draft(
    index: int,
    id: str,
    upload: UploadFile,
    data: bytes,
    text: str | None,
    metadata: dict[str, Any],
    limits: RequestLimits,
) -> DocumentDraft:
    """Return a document of an uploaded file; its content decides whether it is a picture.

    Raises:
        ApiError, RetrievalError: Naming the file.
    """
    place = f"file.{index}"
    declared_text = (upload.content_type or "").startswith("text/")
    is_picture = picture_mime(data).startswith("image/") and not declared_text
    content, picture, words = text, None, "text"
    if is_picture or not declared_text:
        picture = check_picture(data, place, limits.max_picture_bytes)
    else:
        content, words = decode_text_file(data, place), place
    if content is not None:
        content = check_text(content, words, limits.max_text_characters)
    named = metadata if not upload.filename else {"filename": upload.filename[-255:]} | metadata
    checked = check_metadata(named)
    now = datetime.now(UTC)
    return DocumentDraft(index, place, "metadata", id, content, picture, checked, "LTM", now)


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
