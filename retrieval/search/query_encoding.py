"""A query's parts, each encoded in every space that a leg searches: one call for all of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.documents import Vector
from retrieval.encoding import Encode, EncodeReply, EncodeRequest, EncodeWork, ItemReport
from retrieval.search.query_vectors import QueryVectors, combine


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """What somebody looks for: words, a picture file, or both."""

    text: str | None
    picture: bytes | None = None

    @property
    def items(self) -> list[str | bytes]:
        """Return the parts that there are, words first."""
        return [part for part in (self.text, self.picture) if part is not None]


@dataclass(frozen=True, slots=True)
class QueryReply:
    """Vectors by the leg that they search, and what became of each part."""

    vectors: QueryVectors
    """Both None where a part failed, or where there is only a text that no model can read."""
    reports: Sequence[ItemReport]
    """In the order of ``QueryRequest.items``; of words, over all spaces."""
    work: EncodeWork


async def encode_query(request: QueryRequest, encode: Encode, one_space: bool) -> QueryReply:
    """Encode a query; towers of different spaces run side by side.

    Args:
        request: At least one part.
        encode: Encodes items in one space.
        one_space: The text and the joint space are the same.
    """
    asked = [EncodeRequest(request.items, "joint", may_be_cheap=True, input_type="query")]
    if request.text is not None and not one_space:
        asked.append(EncodeRequest([request.text], "text", may_be_cheap=True, input_type="query"))
    joint, *apart = await asyncio.gather(*(encode(each) for each in asked))
    reports = list(joint.reports)
    if apart:
        reports[0] = _of_both(apart[0].reports[0], reports[0])
    work = _side_by_side([joint.work, *(reply.work for reply in apart)])
    if any(report.error is not None for report in reports):
        return QueryReply(QueryVectors(None, None), reports, work)
    parts = iter(_searched(joint))
    text_joint = next(parts) if request.text is not None else None
    picture = next(parts) if request.picture is not None else None
    text = _searched(apart[0])[0] if apart else text_joint
    return QueryReply(combine(text, text_joint, picture, one_space), reports, work)


def _of_both(text: ItemReport, joint: ItemReport) -> ItemReport:
    """Return what became of words that were encoded in two spaces."""
    error = text.error or joint.error
    return ItemReport(
        error,
        text.truncated or joint.truncated,
        text.tokens + joint.tokens,
        text.unreadable or joint.unreadable,
    )


def _searched(reply: EncodeReply) -> list[Vector | None]:
    """Return the vectors to search by: without those of texts that the model cannot read."""
    rows = zip(reply.vectors, reply.reports, strict=True)
    return [None if report.unreadable else vector for vector, report in rows]


def _side_by_side(works: Sequence[EncodeWork]) -> EncodeWork:
    return EncodeWork(
        max(work.queue_s for work in works),
        max(work.model_s for work in works),
        sum(work.cpu_s for work in works),
        max(work.batch_items for work in works),
    )
