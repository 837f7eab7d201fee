"""Several searches of one request: each is answered or refused by itself, in their order."""

import asyncio
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from api.answers.item_refusals import ItemRefusal, known_refusal, refusal_of_body
from api.bodies.turns import Turns
from api.dependencies import Context
from api.schemas.search import SearchIn
from api.searching.answering import answer_of

AT_ONCE = 4
"""Searches of a request that are under way together: it is one caller among others."""


async def answers_of(searches: Sequence[object], ctx: Context) -> list[dict[str, Any]]:
    """Return for each search its status, and its answer or its error.

    What nobody expects is the whole request's failure, with its trace in the log.

    Args:
        searches: Bodies as `POST /search` takes them, not looked at yet.
    """
    free, turns = asyncio.Semaphore(AT_ONCE), Turns()

    async def one(number: int, asked: object) -> dict[str, Any]:
        async with free:
            # Those that are refused wait for nothing, and would be looked at all in one go.
            await turns.step()
            came = await _answer_of(asked, ctx)
        if isinstance(came, ItemRefusal):
            error = came.body(f"searches.{number}")
            return {"status": came.status, "answer": None, "error": error}
        return {"status": 200, "answer": came, "error": None}

    return await asyncio.gather(*(one(number, asked) for number, asked in enumerate(searches)))


async def _answer_of(asked: object, ctx: Context) -> dict[str, Any] | ItemRefusal:
    try:
        request = SearchIn.model_validate(asked)
    except ValidationError as error:
        return refusal_of_body(error.errors(include_url=False), asked)
    try:
        return (await answer_of(request, ctx)).body
    except Exception as error:
        return known_refusal(error)
