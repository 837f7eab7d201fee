"""Encoding what a request brought, part by part, so that a large one has time and shares."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from api.dependencies import Context
from retrieval.encoding import EncodeReply, EncodeRequest, EncoderInfo
from retrieval.search.query_vectors import reply_of_model, retry_on_model_change

PART_ITEMS = 256
"""Of one call to the encoder, which has `read_deadline_s` for it."""


async def encoded(
    asked: Callable[[EncoderInfo], EncodeRequest], ctx: Context
) -> tuple[EncodeReply, EncoderInfo]:
    """Return items encoded, and by what: all of the same model.

    Args:
        asked: Returns the request for the models that are served; asked anew where a service
            changes them meanwhile.
        ctx: Of the request.

    Raises:
        ApiError: The encoder cannot be reached, has too much to do, or is late.
    """

    async def ask() -> tuple[EncodeReply, EncoderInfo]:
        info = await ctx.backend.encoder_info()
        replies = [
            await reply_of_model(info.tag, lambda part=part: ctx.backend.encode(part))
            for part in _parts(asked(info))
        ]
        return _joined(replies), info

    return await retry_on_model_change(ask)


def _parts(request: EncodeRequest) -> Iterator[EncodeRequest]:
    for start in range(0, len(request.items), PART_ITEMS):
        yield replace(request, items=request.items[start : start + PART_ITEMS])


def _joined(replies: Sequence[EncodeReply]) -> EncodeReply:
    if len(replies) == 1:
        return replies[0]
    return replace(
        replies[0],
        vectors=np.concatenate([reply.vectors for reply in replies]),
        reports=[report for reply in replies for report in reply.reports],
    )
