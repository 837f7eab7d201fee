"""Why one item of a request was refused, told beside the answers of the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.errors import AgentError
from api.answers.errors import MAX_PROBLEMS, told_by
from api.answers.problems import problems_of
from api.errors import DEFAULT_STATUS, STATUS_BY_CODE, ApiError, bounded
from retrieval.clip.errors import ClipError
from retrieval.errors import RetrievalError


@dataclass(frozen=True, slots=True)
class ItemRefusal:
    """What the item alone would have been told; ``details`` name places in the item."""

    status: int
    code: str
    message: str
    details: Mapping[str, Any]

    def body(self, place: str) -> dict[str, Any]:
        """Return it as the answer tells it.

        Args:
            place: Of the item in the request.
        """
        where = self.details.get("where")
        details = {**self.details, "where": f"{place}.{where}" if where else place}
        return {
            "code": self.code,
            "message": f"brAInwav: {place}: {self.message}",
            "details": bounded(details),
        }


def refusal_of_body(errors: Sequence[Mapping[str, Any]], body: object) -> ItemRefusal:
    """Return what is wrong with an item by its form; ``errors`` are pydantic's."""
    placed = [{**error, "loc": ("body", *error["loc"])} for error in errors]
    problems = problems_of(placed, body, MAX_PROBLEMS)
    first = problems[0]
    message = f"{first['where']}: {first['message']}"
    return ItemRefusal(
        DEFAULT_STATUS,
        "invalid_request",
        message,
        {"where": first["where"], "errors": problems},
    )


def known_refusal(error: Exception) -> ItemRefusal:
    """Return what a failed item is told.

    Raises:
        Exception: The error itself, where nobody expects it.
    """
    told = told_by(error) if isinstance(error, ExceptionGroup) else error
    if isinstance(told, ApiError):
        return ItemRefusal(told.status, told.code, told.message, told.details)
    if isinstance(told, RetrievalError | ClipError | AgentError):
        code = getattr(told, "code", "invalid_request")
        where = getattr(told, "where", None)
        status = STATUS_BY_CODE.get(code, DEFAULT_STATUS)
        return ItemRefusal(status, code, str(told), {"where": where} if where else {})
    raise error
