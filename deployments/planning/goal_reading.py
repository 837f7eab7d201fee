"""A goal in words that the text model does not know is planned for all the same, and said so."""

from contextlib import suppress

from agents.tools.backend_toolbox import ReadPath
from api.errors import ApiError
from retrieval.errors import RetrievalError
from retrieval.search.query_encoding import QueryRequest

MESSAGE = "the model does not know most of this goal; searches by meaning leave its words out"


async def goal_warnings(goal: str, read_path: ReadPath) -> list[dict[str, str]]:
    """Return a warning if the model cannot read a goal; a service that cannot say warns of none."""
    # What is written in ASCII is read, and needs no call.
    if goal.isascii():
        return []
    with suppress(ApiError, RetrievalError):
        reply = await read_path.encode_query(QueryRequest(goal))
        if reply.reports[0].unreadable:
            return [{"code": "unreadable_by_model", "message": MESSAGE, "where": "goal"}]
    return []
