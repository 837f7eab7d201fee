"""Long texts on their way to vectors: passage by passage, behind what somebody waits for."""

import asyncio
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from structlog.testing import capture_logs

from deployments.batching.batch import BatchLimits
from deployments.encoding.service import EncodingService
from deployments.encoding.splitting import split_steps
from retrieval import passage_vectors
from retrieval.drafts import DocumentEncoder, DocumentVectors
from retrieval.encoding import EncodeReply, EncodeRequest, ItemError, SplitReply, SplitRequest
from retrieval.passage_vectors import PIECE, PIECES_AT_ONCE
from retrieval.passages.cutting import Range
from retrieval.passages.sections import Sections
from tests.towers import CONTEXT, WordTower, fake_encoder

SENTENCES = " ".join(f"Sentence {n} has these six words." for n in range(200))


@dataclass(frozen=True)
class Parts:
    """What of a document is encoded."""

    text: str | None
    picture: bytes | None = None
    sections: Sections = ()


class Watched:
    """An encoder in this process that notes what it is asked."""

    def __init__(self) -> None:
        self.service = EncodingService(fake_encoder(), BatchLimits(), 2, 2)
        self.requests: list[EncodeRequest] = []
        self.splits: list[SplitRequest] = []
        self.most = self._under_way = 0

    async def encode(self, request: EncodeRequest) -> EncodeReply:
        self.requests.append(request)
        self._under_way += 1
        self.most = max(self.most, self._under_way)
        try:
            return await self.service.encode(request)
        finally:
            self._under_way -= 1

    async def split(self, request: SplitRequest) -> SplitReply:
        self.splits.append(request)
        return await self.service.split(request)


def encoded(texts: Sequence[str | None]) -> tuple[list[DocumentVectors | ItemError], Watched]:
    """Return the vectors of documents of these texts."""
    watched = Watched()

    async def main() -> list[DocumentVectors | ItemError]:
        encoder = DocumentEncoder(watched.encode, watched.split)
        try:
            return await encoder.vectors([Parts(text) for text in texts])
        finally:
            await asyncio.to_thread(watched.service.close)

    return asyncio.run(main()), watched


def test_a_text_that_is_read_at_once_has_the_vector_it_always_had() -> None:
    """White space at its ends included."""
    text = "  sixteen words or less, with white space around them\n"
    [made], watched = encoded([text])
    assert isinstance(made, DocumentVectors)
    assert made.passages == ()
    assert [list(request.items) for request in watched.requests] == [[text]]
    assert watched.splits == []


@pytest.mark.parametrize("words", [1, 15, 16, 17, 40, 150, 400])
def test_a_text_is_cut_alike_whether_it_was_tried_whole_or_not(
    words: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The encoder says that it read no more than a beginning; then it is asked where to cut."""
    text = " ".join(SENTENCES.split()[:words])
    asked: list[int] = []
    made: list[DocumentVectors] = []
    for tried in (0, 1500):
        monkeypatch.setattr(passage_vectors, "SHORT_BYTES", tried)
        [before, found, _], watched = encoded(["first", text, None])
        assert isinstance(found, DocumentVectors)
        assert isinstance(before, DocumentVectors)
        assert not before.passages
        made.append(found)
        asked.append(len(watched.splits))
    assert [(p.start, p.end) for p in made[0].passages] == [
        (p.start, p.end) for p in made[1].passages
    ]
    assert (len(made[0].passages) > 1) == (words > CONTEXT)
    assert made[0].text is not None
    assert made[1].text is not None
    assert np.array_equal(made[0].text, made[1].text)
    assert not made[0].truncated
    assert not made[1].truncated
    assert asked == [1, int(words > CONTEXT)]


def test_a_long_text_has_a_vector_for_each_passage() -> None:
    """Each one that of its own words; short texts beside it keep their order."""
    [before, long, after], watched = encoded(["first", SENTENCES, "last"])
    assert isinstance(long, DocumentVectors)
    assert long.text is long.passages[0].vector
    tower = WordTower()
    for passage in long.passages:
        part = SENTENCES[passage.start : passage.end]
        assert len(part.split()) <= CONTEXT
        [own] = tower.encode(tower.prepare([part]))
        assert passage.vector is not None
        assert np.allclose(passage.vector, own / np.linalg.norm(own), atol=1e-6)
    assert isinstance(before, DocumentVectors)
    assert isinstance(after, DocumentVectors)
    assert before.text is not None
    assert after.text is not None
    assert not np.allclose(before.text, after.text)
    assert sum(len(request.items) for request in watched.requests) == 2 + len(long.passages)


def test_passages_are_encoded_a_few_at_a_time_and_behind_queries() -> None:
    """However long a text is, little of it waits in the encoder."""
    [long], watched = encoded([SENTENCES])
    assert isinstance(long, DocumentVectors)
    assert len(long.passages) > 2 * PIECE
    assert {request.for_index for request in watched.requests} == {True}
    assert max(len(request.items) for request in watched.requests) <= PIECE
    assert watched.most <= PIECES_AT_ONCE


def test_texts_of_few_passages_share_calls() -> None:
    """Sixteen texts of two passages are two calls, and none was encoded before it was cut."""
    text = " ".join(SENTENCES.split()[: CONTEXT + 4])
    made, watched = encoded([f"{n} {text}" for n in range(PIECE)])
    counts = [len(each.passages) for each in made if isinstance(each, DocumentVectors)]
    assert len(counts) == PIECE
    assert min(counts) > 1
    [whole, *pieces] = watched.requests
    assert whole.only_whole
    assert [len(request.items) for request in pieces[:-1]] == [PIECE] * (len(pieces) - 1)
    assert sum(len(request.items) for request in pieces) == sum(counts)


def test_a_text_that_is_longer_than_the_model_reads_costs_no_forward_pass_where_nobody_asks() -> (
    None
):
    """Its report says that it was cut; what stands beside it has its vector."""

    async def main() -> EncodeReply:
        watched = Watched()
        try:
            return await watched.encode(
                EncodeRequest(["first", SENTENCES, "last"], "text", only_whole=True)
            )
        finally:
            await asyncio.to_thread(watched.service.close)

    reply = asyncio.run(main())
    assert [report.truncated for report in reply.reports] == [False, True, False]
    assert [report.tokens > 0 for report in reply.reports] == [True, False, True]
    assert [bool(vector.any()) for vector in reply.vectors] == [True, False, True]


def test_a_long_text_that_cannot_be_cut_has_the_vector_of_its_beginning() -> None:
    """It is asked for again, and said to be cut."""

    async def main() -> list[DocumentVectors | ItemError]:
        watched = Watched()

        async def split(request: SplitRequest) -> SplitReply:
            return SplitReply([[(0, len(text))] for text in request.texts])

        long = " ".join(SENTENCES.split()[: CONTEXT + 4])
        try:
            return await DocumentEncoder(watched.encode, split).vectors(
                [Parts("short"), Parts(long), Parts(SENTENCES)]
            )
        finally:
            await asyncio.to_thread(watched.service.close)

    for each, is_cut in zip(asyncio.run(main()), (False, True, True), strict=True):
        assert isinstance(each, DocumentVectors)
        assert each.truncated == is_cut
        assert each.text is not None
        assert each.text.any()


def test_what_nobody_sees_is_no_passage() -> None:
    """Nor does it make a document fail; what the model cannot read has no vector."""
    hidden, foreign = "\u200b " * 200, "Это на другом языке. " * 20
    [made], _ = encoded([f"{hidden}\n\n{'Words to read. ' * 20}\n\n{foreign}"])
    assert isinstance(made, DocumentVectors)
    assert made.passages[0].vector is not None
    assert made.passages[-1].vector is None


def test_without_passages_a_long_text_is_said_to_be_cut() -> None:
    """Its vector is that of its beginning; nothing is said of one that was read to its end."""

    async def main() -> list[DocumentVectors | ItemError]:
        watched = Watched()
        try:
            return await DocumentEncoder(watched.encode, None).vectors(
                [Parts(text) for text in ("short", SENTENCES, None, "last")]
            )
        finally:
            await asyncio.to_thread(watched.service.close)

    made = asyncio.run(main())
    assert [isinstance(each, DocumentVectors) and each.truncated for each in made] == [
        False,
        True,
        False,
        False,
    ]
    [whole], _ = encoded([SENTENCES])
    assert isinstance(whole, DocumentVectors)
    assert not whole.truncated


def test_a_text_that_cannot_be_cut_fails_alone() -> None:
    """It is one passage, and the log says why."""

    class Rotten(WordTower):
        def count(self, texts: Sequence[str]) -> list[int]:
            if any("rotten" in text for text in texts):
                raise ValueError("no tokens for this")
            return super().count(texts)

    request = SplitRequest(["good words here", "rotten", "good again"], [(), (), ()])
    steps = split_steps(Rotten(), request)
    ends: list[list[list[Range]]] = []

    def run() -> Generator[None, None, None]:
        ends.append((yield from steps))

    with capture_logs() as logged:
        for _ in run():
            pass
    [event] = logged
    assert (event["event"], event["log_level"]) == ("splitting.failed", "error")
    assert event["characters"] == len("rotten")
    assert "no tokens for this" in str(event["exc_info"])
    assert ends == [[[(0, 15)], [(0, 6)], [(0, 10)]]]
