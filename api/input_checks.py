"""Texts, pictures and their number, refused by name with the place they stand at."""

from collections.abc import Sequence

from api.errors import STATUS_BY_CODE, BadRequest, at
from retrieval.characters import has_visible
from retrieval.documents import is_text
from retrieval.encoding import ItemReport
from retrieval.input_type import InputType
from retrieval.picture_note import PictureNote


def check_count(count: int, most: int, place: str) -> None:
    """Refuse an oversize batch by name."""
    if count > most:
        raise BadRequest(
            f"{place} holds {count} items, at most {most} are allowed",
            "too_many_items",
            at(place, count),
            413,
        )


def check_text(text: str, place: str, most: int) -> str:
    """Refuse an empty text, or one of more than so many characters."""
    if not has_visible(text):
        raise BadRequest(f"{place} is empty: it has no visible character", "empty_input", at(place))
    if len(text) > most:
        raise BadRequest(
            f"{place} has {len(text)} characters, at most {most} are allowed",
            "text_too_long",
            at(place, len(text)),
            413,
        )
    if not is_text(text):
        raise BadRequest(f"{place} holds half a surrogate pair", "invalid_text", at(place))
    return text


def check_document_text(text: str, place: str, most_bytes: int) -> str:
    """Refuse an empty text, or one of more than so many bytes in UTF-8."""
    # Half a surrogate pair is told below.
    size = len(text.encode(errors="surrogatepass"))
    if size > most_bytes:
        raise BadRequest(
            f"{place} has {size} bytes in UTF-8, at most {most_bytes} are allowed",
            "text_too_long",
            at(place, size),
            413,
        )
    return check_text(text, place, most_bytes)


def check_picture(data: bytes, place: str, most: int) -> bytes:
    """Refuse an empty or oversize file; its pixels are judged where they are decoded."""
    if not data:
        raise BadRequest(f"{place} is empty", "empty_input", at(place))
    if len(data) > most:
        raise BadRequest(
            f"{place} has more than the {most} bytes that are allowed",
            "image_too_large",
            at(place),
            413,
        )
    return data


def raise_item_error(report: ItemReport, place: str) -> None:
    """Turn a single item's error into the request's."""
    if report.error is not None:
        code = report.error.code
        raise BadRequest(
            f"{place}: {report.error.message}", code, at(place), STATUS_BY_CODE.get(code, 422)
        )


def unreadable(where: str, so: str) -> dict[str, str]:
    """Return the warning that the model cannot read a text, with what follows from it."""
    message = f"{where}: the model does not know most of this text; {so}"
    return {"code": "unreadable_by_model", "message": message, "where": where}


def about_pictures(places: Sequence[str], reports: Sequence[ItemReport]) -> list[dict[str, str]]:
    """Return warnings of what was cut, ignored or guessed in pictures."""
    return [
        about_picture(place, note)
        for place, report in zip(places, reports, strict=True)
        for note in report.notes
    ]


def about_picture(place: str, note: PictureNote) -> dict[str, str]:
    """Return one such warning."""
    return {"code": note.code, "message": f"{place}: {note.message}", "where": place}


def partly_unreadable(where: str, so: str) -> dict[str, str]:
    """Return the warning that the model cannot read parts of a text, with what follows."""
    message = f"{where}: the model does not know parts of this text; {so}"
    return {"code": "unreadable_by_model", "message": message, "where": where}


def truncated(where: str, so: str) -> dict[str, str]:
    """Return the warning that the model read the beginning of a text, with what follows."""
    message = f"{where}: the text is longer than the model reads; {so}"
    return {"code": "truncated", "message": message, "where": where}


def shown_text(text: str | None, most: int) -> tuple[str | None, bool]:
    """Return a text as a list of documents shows it, and whether its end was left out."""
    is_cut = text is not None and len(text) > most
    return (text[:most] if text is not None else None), is_cut


def about_input_type(given: InputType | None, is_told: bool) -> list[dict[str, str]]:
    """Return the warning that `input_type` is missing, or changes nothing.

    Args:
        given: By the client.
        is_told: The model encodes queries otherwise than passages.
    """
    if is_told and given is None:
        message = "texts were encoded as passages; for what you search by say `query`"
        return [{"code": "input_type_assumed", "message": message, "where": "input_type"}]
    if given is not None and not is_told:
        message = "the model encodes queries and passages alike"
        return [{"code": "input_type_ignored", "message": message, "where": "input_type"}]
    return []


def decode_text_file(data: bytes, place: str) -> str:
    """Read an uploaded text.

    Raises:
        BadRequest: Not UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequest(f"{place} is not UTF-8 text: {error}", "invalid_text", at(place)) from None
