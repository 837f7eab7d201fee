"""Long texts: are their passages found as single ones are, and does the hit show the right one?

Fifty documents of 35 to 45 passages of the questions' own data, each passage used once; all others
are documents of their own. In process, with the text model of the demo.
"""

import argparse
import asyncio
import json
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tqdm import tqdm

from deployments.batching.batch import BatchLimits
from deployments.encoding.service import EncodingService
from retrieval.clip.encoder import ModelSpec, build_encoder
from retrieval.clip.pictures.decode import PictureLimits
from retrieval.clip.runtime import set_threads
from retrieval.documents import Document
from retrieval.drafts import DocumentEncoder, DocumentVectors, document_of
from retrieval.encoding import EncodeRequest
from retrieval.passages.sections import Sections
from retrieval.search.request import SearchHit, SearchRequest
from retrieval.store.fingerprint import Fingerprint
from retrieval.store.reading.reader import IndexReader
from retrieval.store.writing.writer import IndexStore
from scripts.bench.passages.questions import Question, read
from scripts.bench.support.service import report, row

LONG_DOCUMENTS = 50
PASSAGES = (35, 45)
TOP = 10
THIRDS = ("first", "middle", "last")
JOINTS = {"blank lines": "\n\n", "line ends": "\n", "spaces": " "}
CHUNK = 64
BAR = 0.95


@dataclass(frozen=True)
class LongText:
    """Passages joined to one document; where each of them stands in it."""

    id: str
    text: str
    places: Mapping[int, tuple[int, int]]

    def third(self, passage: int) -> str:
        """Return which third of the text a passage begins in."""
        start, _ = self.places[passage]
        return THIRDS[min(2, 3 * start // len(self.text))]


@dataclass(frozen=True)
class _Draft:
    id: str
    text: str
    picture: None = None
    sections: Sections = ()
    metadata: Mapping[str, Any] = None  # type: ignore[assignment]
    source: Any = "LTM"
    created_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    """Build both indexes, ask every question of both, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/multihop"))
    parser.add_argument("--joined-by", nargs="+", choices=list(JOINTS), default=list(JOINTS))
    args = parser.parse_args()
    passages, questions = read(args.data)
    set_threads(1)
    with tempfile.TemporaryDirectory(prefix="brainwav-bench-passages-") as folder:
        asyncio.run(_compare(passages, questions, Path(folder), args.joined_by))


def long_texts(passages: Sequence[str], joint: str) -> list[LongText]:
    """Join passages drawn at random, each used once; the same ones whatever joins them."""
    draw = random.Random(15)
    left = draw.sample(range(len(passages)), len(passages))
    texts = []
    for number in range(LONG_DOCUMENTS):
        size = draw.randint(*PASSAGES)
        chosen, left = left[:size], left[size:]
        places, at = {}, 0
        for passage in chosen:
            places[passage] = (at, at + len(passages[passage]))
            at += len(passages[passage]) + len(joint)
        text = joint.join(passages[passage] for passage in chosen)
        texts.append(LongText(f"long-{number}", text, places))
    return texts


async def _encoded(service: EncodingService, drafts: Sequence[_Draft], name: str) -> list[Document]:
    encoder = DocumentEncoder(service.encode, service.split)
    documents: list[Document] = []
    for at in tqdm(range(0, len(drafts), CHUNK), name, unit="chunk"):
        part = drafts[at : at + CHUNK]
        documents += map(_document, part, await encoder.vectors(part))
    return documents


async def _indexed(folder: Path, documents: Sequence[Document], dimension: int) -> IndexReader:
    store = await IndexStore.open(str(folder))
    await store.claim(Fingerprint("t", "p", dimension, dimension, "fp32", True))
    await store.upsert("pool", documents)
    await store.maintain("pool")
    await store.close()
    return await IndexReader.open(str(folder))


def _document(draft: _Draft, vectors: Any) -> Document:
    assert isinstance(vectors, DocumentVectors)
    return document_of(draft, vectors)


async def _compare(
    passages: Sequence[str], questions: Sequence[Question], folder: Path, joined_by: Sequence[str]
) -> None:
    limits = PictureLimits(max_bytes=1 << 20, max_pixels=1 << 20)
    service = EncodingService(build_encoder(ModelSpec(), limits), BatchLimits(), 2, 2)
    dimension = service.encoder.text.dimension
    drafts = [_draft(f"p{number}", text) for number, text in enumerate(passages)]
    singles = await _encoded(service, drafts, "single passages")
    reader = await _indexed(folder / "single", singles, dimension)
    queries = await service.encode(
        EncodeRequest([question.text for question in questions], "text", input_type="query")
    )
    alone = [await _asked(reader, vector) for vector in queries.vectors]
    rows, found = [], {}
    for name in joined_by:
        long = long_texts(passages, JOINTS[name])
        used = {number for text in long for number in text.places}
        rest = [single for number, single in enumerate(singles) if number not in used]
        joined = await _encoded(service, [_draft(text.id, text.text) for text in long], name)
        reader = await _indexed(folder / name.replace(" ", "-"), [*joined, *rest], dimension)
        hits = [await _asked(reader, vector) for vector in queries.vectors]
        figures = judged(questions, long, alone, hits)
        vectors = sum(len(document.passages) for document in joined)
        found[name] = figures | {"passages": vectors}
        rows += list(_rows(name, found[name]))
        print(json.dumps(found[name]), flush=True)
    await asyncio.to_thread(service.close)
    report("passages", rows, found)


def _draft(id: str, text: str) -> _Draft:
    return _Draft(id, text, metadata={})


async def _asked(reader: IndexReader, vector: Any) -> list[SearchHit]:
    request = SearchRequest("pool", text_query_vector=vector, mode="semantic", limit=TOP)
    return (await reader.search(request)).hits


def judged(
    questions: Sequence[Question],
    long: Sequence[LongText],
    alone: Sequence[Sequence[SearchHit]],
    joined: Sequence[Sequence[SearchHit]],
) -> dict[str, Any]:
    """Return recall of gold passages by the third they stand in, alone and joined, and covers."""
    text_of = {number: text for text in long for number in text.places}
    counts = {third: {"gold": 0, "alone": 0, "joined": 0} for third in THIRDS}
    shown = covered = 0
    for question, of_alone, of_joined in zip(questions, alone, joined, strict=True):
        singles = {hit.id for hit in of_alone}
        hits = {hit.id: hit for hit in of_joined}
        for number in question.gold & text_of.keys():
            text = text_of[number]
            count = counts[text.third(number)]
            count["gold"] += 1
            count["alone"] += f"p{number}" in singles
            count["joined"] += text.id in hits
            if text.id in hits and f"p{number}" in singles:
                shown += 1
                covered += _covers(hits[text.id], text, question)
    return {"by third": counts, "shown": shown, "covered": covered}


def _covers(hit: SearchHit, text: LongText, question: Question) -> bool:
    """Whether the passage of a hit holds a gold passage of the question whole."""
    assert hit.passage is not None
    golds = [text.places[number] for number in question.gold & text.places.keys()]
    return any(hit.passage.start <= start and end <= hit.passage.end for start, end in golds)


def _rows(name: str, figures: Mapping[str, Any]) -> Iterator[Any]:
    for third, count in figures["by third"].items():
        share = count["joined"] / max(1, count["alone"])
        said = f"{count['joined']} against {count['alone']} of {count['gold']}"
        what = f"joined by {name}: recall@10, {third} third, share of single passages'"
        yield row(what, share, f"≥ {BAR}", share >= BAR, said)
    share = figures["covered"] / max(1, figures["shown"])
    said = (
        f"{figures['covered']} of {figures['shown']} gold texts that both find; "
        f"{figures['passages']} passages"
    )
    yield row(f"joined by {name}: `passage` covers the gold text", share, "", None, said)


if __name__ == "__main__":
    main()
