"""Encoding for many callers: each item's fate is its own."""

import asyncio

import numpy as np
import pytest

from deployments.batching.batch import BatchLimits, ModelThreadLost, QueueFull
from deployments.encoding.outcomes import l2_normalised
from deployments.encoding.service import EncodingService, thread_count
from retrieval.clip.encoder import Encoder
from retrieval.clip.errors import ClipError
from retrieval.encoding import EncodeReply, EncodeRequest, Space
from sustainability.work import RequestKey
from tests.towers import CONTEXT, ColourTower, WordTower, fake_encoder, picture_file

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


def served(scenario, **limits):
    """Run a scenario on a service with fake towers."""

    async def main():
        service = EncodingService(fake_encoder(), BatchLimits(**limits), 2, 1)
        try:
            return await scenario(service)
        finally:
            await asyncio.to_thread(service.close)

    return asyncio.run(main())


@pytest.mark.parametrize(
    "items", [["red"], [picture_file()], ["red", picture_file(), "blue " * 200]]
)
def test_a_full_queue_is_said_as_itself(items: list, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in a group of errors, which nobody would take for a full queue."""

    async def full(*args, **kwargs):
        raise QueueFull("2048 items wait")

    async def scenario(service: EncodingService) -> None:
        monkeypatch.setattr(service.batcher, "submit", full)
        with pytest.raises(QueueFull, match="2048 items wait"):
            await service.encode(EncodeRequest(items))

    served(scenario)


@pytest.mark.parametrize("most", [1, 2, 5])
def test_a_call_of_more_than_the_queue_holds_travels_in_pieces(most: int) -> None:
    """To be told to try again would be no help: it never fits."""
    items = ["red", "green", "blue"] * 20 + [picture_file(colour) for colour in ("red", "blue")]
    reply = served(lambda service: service.encode(EncodeRequest(items)), max_queue_items=most)
    assert not [report.error for report in reply.reports if report.error is not None]
    assert np.allclose(reply.vectors[0], reply.vectors[57])


def test_what_cannot_be_encoded_for_the_replicas_sake_is_no_items_fault() -> None:
    """A lost model thread is the call's error, so that another replica is asked."""

    async def scenario(service: EncodingService) -> None:
        def die(lane, batch):
            raise SystemExit

        service.batcher._run = die
        with pytest.raises(ModelThreadLost):
            await service.encode(EncodeRequest(["red"]))
        with pytest.raises(ModelThreadLost):
            await service.encode(EncodeRequest(["red", picture_file()]))

    served(scenario)


def test_a_probe_goes_all_the_way_and_believes_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that cannot decode is not ready, though it has seen the probe before."""

    async def scenario(service: EncodingService) -> None:
        service.cache.resize(100)
        await service.encode(EncodeRequest(["a probe", picture_file()]))
        await service.probe(picture_file())

        async def broken(*args):
            raise ClipError("no decoder")

        monkeypatch.setattr(service.decoding, "prepare", broken)
        with pytest.raises(ClipError, match="no decoder"):
            await service.probe(picture_file())

    served(scenario)


def test_long_texts_do_not_wait_for_pictures() -> None:
    """Nor the other way round: each has turns of its own."""

    async def scenario(service: EncodingService) -> None:
        async with service.decoding.turns.turn("a"), service.decoding.turns.turn("b"):
            assert service.decoding.turns.taken == service.decoding.turns.turns
            reply = await service.encode(EncodeRequest(["word " * 500]))
            assert reply.reports[0].error is None
        async with service._preparation._turns.turn("a"), service._preparation._turns.turn("b"):
            reply = await service.encode(EncodeRequest([picture_file()]))
            assert reply.reports[0].error is None

    served(scenario)


def test_what_decoding_cost_is_the_senders() -> None:
    """CPU seconds of another process are charged as those of a thread are."""
    key = RequestKey("r", "/embed", "client")

    async def scenario(service: EncodingService) -> tuple[float, float]:
        account = service._charges.account
        with account.span(key):
            reply = await service.encode(EncodeRequest([picture_file("red", (900, 900))]))
        return reply.work.cpu_s, account.drain().cpu_s[key]

    said_s, charged_s = served(scenario)
    assert 0 < said_s <= charged_s


def test_a_picture_has_no_place_in_a_space_of_texts() -> None:
    """Also where both spaces have as many dimensions: its vector would be of the other one."""
    two_spaces = Encoder(WordTower(), WordTower(), ColourTower(), ())

    async def main(space: Space) -> list[str | None]:
        service = EncodingService(two_spaces, BatchLimits(), 2, 2)
        try:
            reply = await service.encode(EncodeRequest(["red", picture_file("red")], space))
        finally:
            await asyncio.to_thread(service.close)
        return [report.error.code if report.error else None for report in reply.reports]

    assert asyncio.run(main("text")) == [None, "wrong_space"]
    assert asyncio.run(main("joint")) == [None, None]


def test_a_query_is_never_answered_with_the_vector_of_a_passage() -> None:
    """Where the model tells them apart, what is remembered of one is not given for the other."""

    class Telling(WordTower):
        tells_queries = True

        def prepare(self, texts, input_type="passage"):
            return super().prepare([f"{input_type} {text}" for text in texts])

    async def main() -> list[np.ndarray]:
        text = Telling()
        encoder = Encoder(text, WordTower(), ColourTower(), fake_encoder().modules)
        service = EncodingService(encoder, BatchLimits(), 2, 2)
        service.cache.resize(10)
        found = []
        try:
            for which in ("passage", "query", "passage", "query"):
                request = EncodeRequest(["red"], "text", input_type=which)
                found.append((await service.encode(request)).vectors[0])
            assert service.cache.hits == 2
        finally:
            await asyncio.to_thread(service.close)
        return found

    passage, query, again, query_again = asyncio.run(main())
    assert np.array_equal(passage, again)
    assert np.array_equal(query, query_again)
    assert not np.allclose(passage, query)
