"""`input` of `/v1/embeddings`: a text or a list of them, and a true word for everything else."""

from collections.abc import Sequence
from typing import NoReturn

from api.errors import BadRequest, at
from api.input_checks import check_count

TOKENS = (
    "token ids of another model's tokeniser mean nothing here: send texts. In LangChain: "
    "OpenAIEmbeddings(check_embedding_ctx_length=False)"
)
MOST_TOLD = 20
"""Wrong items of one list."""


def texts_of(value: object, most: int) -> tuple[Sequence[str], Sequence[str]]:
    """Return the inputs and the place of each in the body.

    Raises:
        BadRequest: ``token_ids``, ``empty_input``, ``too_many_items``, or what is no text.
    """
    if isinstance(value, str):
        return [value], ["input"]
    if not isinstance(value, list):
        _refuse([("input", value)])
    if not value:
        raise BadRequest(
            f"input is an empty list: give it at least one text. If it held token ids: {TOKENS}",
            "empty_input",
            at("input"),
        )
    if _is_token(value[0]) or _are_tokens(value[0]):
        raise BadRequest(f"input holds token ids; {TOKENS}", "token_ids", at("input"))
    check_count(len(value), most, "input")
    wrong = [(f"input.{at}", item) for at, item in enumerate(value) if not isinstance(item, str)]
    if wrong:
        _refuse(wrong[:MOST_TOLD])
    return value, [f"input.{at}" for at in range(len(value))]


def _is_token(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are_tokens(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_token, value))


def _refuse(wrong: Sequence[tuple[str, object]]) -> NoReturn:
    message = "a text is expected"
    problems = [{"where": place, "message": message} for place, _ in wrong]
    where, value = wrong[0]
    details = at(where, value) | {"errors": problems}
    raise BadRequest(f"{where}: {message}, not {_kind(value)}", None, details)


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
