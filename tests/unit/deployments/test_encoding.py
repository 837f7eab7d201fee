"""Encoding for many callers: each item's fate is its own."""

import asyncio

import numpy as np
import pytest

from deployments.batch import BatchLimits
from deployments.encoding import EncodingService, l2_normalised, thread_count
from retrieval.encoding import EncodeReply, EncodeRequest
from tests.fakes import CONTEXT, fake_encoder, picture_file

CUT = picture_file("red", (300, 200))[:-40]


def encode(*items: str | bytes, **options) -> EncodeReply:
    """Encode with the fake towers."""

    async def main() -> EncodeReply:
        service = EncodingService(fake_encoder(), BatchLimits(), 2, 2)
        try:
            return await service.encode(EncodeRequest(list(items), **options))
        finally:
            await asyncio.to_thread(service.close)

    return asyncio.run(main())


def test_texts_and_pictures_come_back_in_order() -> None:
    """A mixed request keeps its order, each item from its own tower."""
    reply = encode(picture_file("red"), "red", picture_file("blue"), "blue")
    assert np.allclose(reply.vectors[0], reply.vectors[1])
    assert np.allclose(reply.vectors[2], reply.vectors[3])
    assert not np.allclose(reply.vectors[0], reply.vectors[2])


def test_one_rotten_item_fails_alone() -> None:
    """A broken picture and an empty text carry their errors, the rest succeed."""
    reply = encode("red", b"no picture", "  ", picture_file("red"), CUT)
    codes = [report.error.code if report.error else None for report in reply.reports]
    assert codes == [None, "unsupported_file_type", "empty_input", None, "broken_image"]
    assert not reply.vectors[1].any()
    assert np.allclose(reply.vectors[0], reply.vectors[3])


def test_vectors_are_normalised_only_on_request() -> None:
    """``normalize=False`` hands out what the tower said."""
    assert np.linalg.norm(encode("red green").vectors[0]) == pytest.approx(1)
    assert np.linalg.norm(encode("red green", normalize=False).vectors[0]) != pytest.approx(1)


def test_a_text_beyond_the_context_says_so() -> None:
    """Truncation is reported for the item it happened to."""
    reply = encode("short", "word " * (CONTEXT + 1))
    assert [report.truncated for report in reply.reports] == [False, True]
    assert [report.tokens for report in reply.reports] == [1, CONTEXT]


def test_normalising_leaves_a_zero_row_alone() -> None:
    """No division by zero where an item failed."""
    rows = l2_normalised(np.array([[3.0, 4.0], [0.0, 0.0]], np.float32))
    assert rows.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0.0, 0.0]]


@pytest.mark.parametrize(("share", "threads"), [(0.1, 1), (1.0, 1)])
def test_threads_follow_the_cpu_share(share: float, threads: int) -> None:
    """A fraction of a core is one thread."""
    assert thread_count(share) == threads
