"""Measure whether answers tell that nothing fits: questions with an answer against others.

Two namespaces: encyclopaedia passages and abstracts of electronics. Each is asked its own questions
and those of the other. A query counts by the best relevance among its first ten hits.
"""

import argparse
import asyncio
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from deployments.batching.batch import BatchLimits
from deployments.encoding.service import EncodingService
from retrieval.clip.encoder import ModelSpec, build_encoder
from retrieval.clip.pictures.decode import PictureLimits
from retrieval.clip.runtime import set_threads
from retrieval.documents import Document, Vectors
from retrieval.encoding import EncodeRequest
from retrieval.input_type import InputType
from retrieval.search.request import SearchHit, SearchRequest
from retrieval.store import Fingerprint, IndexReader, IndexStore
from scripts.bench.passages.questions import read
from scripts.bench.quality import read_pairs, read_qrels
from scripts.bench.support.service import report, row

BAR = 0.95
EACH = 100
"""Queries of each kind that each namespace is asked."""
ABSTRACTS = 4000
CHUNK = 256
THRESHOLDS = (0.1, 0.3, 0.5, 0.7, 0.9)
DAY = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Questions:
    """A namespace's texts, questions that they answer, and questions about something else."""

    name: str
    texts: Sequence[str]
    answered: Sequence[str]
    elsewhere: Sequence[str]


def main() -> None:
    """Index both, ask both, report how well the two kinds of questions are told apart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="a folder with multihop/ and vaswani/")
    args = parser.parse_args()
    set_threads(1)
    asyncio.run(_measure(list(namespaces(args.data))))


def namespaces(data: Path) -> Iterator[Questions]:
    """Yield both, from all questions there are, drawn with a seed."""
    rng = random.Random(17)
    passages, questions = read(data / "multihop")
    corpus, queries = (
        read_pairs(data / "vaswani/corpus.tsv"),
        read_pairs(data / "vaswani/queries.tsv"),
    )
    judged = {id for of_query in read_qrels(data / "vaswani/qrels.tsv").values() for id in of_query}
    others = rng.sample(sorted(corpus.keys() - judged), max(0, ABSTRACTS - len(judged)))
    encyclopaedia = [question.text for question in rng.sample(questions, len(questions))]
    electronics = rng.sample(list(queries.values()), len(queries))
    yield Questions("encyclopaedia", passages, encyclopaedia[:EACH], electronics)
    abstracts = [corpus[id] for id in sorted(judged | set(others))]
    yield Questions("electronics", abstracts, electronics, encyclopaedia[EACH : 2 * EACH])


async def _measure(asked: Sequence[Questions]) -> None:
    limits = PictureLimits(max_bytes=1 << 20, max_pixels=1 << 20)
    service = EncodingService(build_encoder(ModelSpec(), limits), BatchLimits(), 2, 2)
    found: dict[str, tuple[list[list[SearchHit]], list[list[SearchHit]]]] = {}
    with tempfile.TemporaryDirectory(prefix="brainwav-bench-relevance-") as folder:
        for one in asked:
            reader = await _indexed(Path(folder) / one.name, one.texts, service)
            found[one.name] = (
                [await _hits(reader, query, service) for query in one.answered],
                [await _hits(reader, query, service) for query in one.elsewhere],
            )
    await asyncio.to_thread(service.close)
    report("relevance", list(_rows(found)), {"hits": _figures(found)})


async def _encoded(service: EncodingService, texts: Sequence[str], kind: InputType) -> Vectors:
    parts = [texts[at : at + CHUNK] for at in range(0, len(texts), CHUNK)]
    replies = [
        await service.encode(EncodeRequest(list(part), "text", input_type=kind)) for part in parts
    ]
    return np.concatenate([reply.vectors for reply in replies])


async def _indexed(folder: Path, texts: Sequence[str], service: EncodingService) -> IndexReader:
    vectors = await _encoded(service, texts, "passage")
    store = await IndexStore.open(str(folder))
    dimension = vectors.shape[1]
    await store.claim(Fingerprint("t", "p", dimension, dimension, "fp32", True))
    documents = [
        Document(f"d{at:06d}", text, None, None, {}, "LTM", DAY, vector, None)
        for at, (text, vector) in enumerate(zip(texts, vectors, strict=True))
    ]
    for at in range(0, len(documents), 1000):
        await store.upsert("texts", documents[at : at + 1000])
    await store.close()
    reader = await IndexReader.open(str(folder))
    # A namespace so large is read beside its first searches.
    while not len(reader.held):
        await reader.search(SearchRequest("texts", "warm", mode="keyword"))
    return reader


async def _hits(reader: IndexReader, query: str, service: EncodingService) -> list[SearchHit]:
    [vector] = await _encoded(service, [query], "query")
    request = SearchRequest("texts", query, text_query_vector=vector, typos=True)
    return (await reader.search(request)).hits


HitsByNamespace = Mapping[str, tuple[Sequence[Sequence[SearchHit]], Sequence[Sequence[SearchHit]]]]
"""Hits of each answered question and of each about something else, by the namespace."""


def area_under_curve(answered: Sequence[float], elsewhere: Sequence[float]) -> float:
    """Return the chance that an answered question has more than one about something else."""
    first, second = np.array(answered)[:, None], np.array(elsewhere)[None]
    return float(np.mean((first > second) + 0.5 * (first == second)))


def _best(hits: Sequence[Sequence[SearchHit]]) -> list[float]:
    return [max((hit.relevance or 0.0 for hit in one), default=0.0) for one in hits]


def _rows(found: HitsByNamespace) -> Iterator[Mapping[str, str]]:
    best = {name: (_best(answered), _best(other)) for name, (answered, other) in found.items()}
    for name, (answered, other) in best.items():
        yield row(f"AUC, {name}", area_under_curve(answered, other), "", None)
    answered = [value for one, _ in best.values() for value in one]
    other = [value for _, one in best.values() for value in one]
    area = area_under_curve(answered, other)
    of = f"{len(answered)} questions with an answer, {len(other)} about something else"
    yield row(f"AUC, {of}", area, f"≥ {BAR}", area >= BAR)
    for threshold in THRESHOLDS:
        kept = float(np.mean(np.array(answered) >= threshold))
        wrong = float(np.mean(np.array(other) >= threshold))
        said = f"{wrong:.3g} of those about something else"
        yield row(f"questions with an answer that keep a hit at {threshold}", kept, "", None, said)


def _figures(found: HitsByNamespace) -> dict[str, list[list[list[float | None]]]]:
    """Return sigmas, BM25 and relevance of each hit, by which other thresholds can be tried."""
    return {
        f"{name}, {kind}": [
            [[hit.semantic_score, hit.keyword_score, hit.relevance] for hit in one] for one in hits
        ]
        for name, both in found.items()
        for kind, hits in zip(("answered", "elsewhere"), both, strict=True)
    }


if __name__ == "__main__":
    main()
