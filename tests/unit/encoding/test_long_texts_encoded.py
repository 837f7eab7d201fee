"""Long texts on their way to vectors: passage by passage, behind what somebody waits for."""

import asyncio
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np

from deployments.batching.batch import BatchLimits
from deployments.encoding.service import EncodingService
from deployments.encoding.splitting import split_steps
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


def test_what_nobody_sees_is_no_passage() -> None:
    """Nor does it make a document fail; what the model cannot read has no vector."""
    hidden, foreign = "\u200b " * 200, "Это на другом языке. " * 20
    [made], _ = encoded([f"{hidden}\n\n{'Words to read. ' * 20}\n\n{foreign}"])
    assert isinstance(made, DocumentVectors)
    assert made.passages[0].vector is not None
    assert made.passages[-1].vector is None


def test_a_text_that_cannot_be_cut_fails_alone() -> None:
    """Encoding it says why."""

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

    for _ in run():
        pass
    assert ends == [[[(0, 15)], [(0, 6)], [(0, 10)]]]
