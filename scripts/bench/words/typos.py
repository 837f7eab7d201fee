"""Measure misspelt queries by words alone: how often the document that was meant is in the ten.

No model is asked, so that nothing but the words can find a document.
"""

import argparse
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from retrieval.documents import Document
from retrieval.search.request import SearchRequest
from retrieval.store import Fingerprint, IndexReader, IndexStore
from scripts.bench.quality import read_pairs
from scripts.bench.support.service import report, row
from scripts.bench.words.misspellings import KnownItem, known_items

ITEMS = 240
"""Of which those without a word of four letters are left out."""
ASKED = 200
BAR = 0.95
DIMENSION = 8
"""Of vectors that no text has."""
DAY = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    """Index a collection and ask for two hundred of its documents by misspelt words."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="a folder with corpus.tsv")
    args = parser.parse_args()
    corpus = read_pairs(args.data / "corpus.tsv")
    items = list(known_items(corpus, ITEMS, seed=17))[:ASKED]
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(_measure(Path(folder), corpus, items))


async def _measure(folder: Path, corpus: Mapping[str, str], items: Sequence[KnownItem]) -> None:
    reader = await indexed(folder, corpus)
    exact, _, first = await _found(reader, items, wrong=False, typos=True)
    strict, _, same = await _found(reader, items, wrong=False, typos=False)
    without, _, _ = await _found(reader, items, wrong=True, typos=False)
    found, took_ms, _ = await _found(reader, items, wrong=True, typos=True)
    of = f"{len(items)} misspelt queries of two words, {len(corpus):,} texts"
    alike = sum(one == other for one, other in zip(first, same, strict=True)) / len(items)
    rows = [
        row(
            f"{of}: the document in ten", found, f"≥ {BAR}", found >= BAR, f"{without:.3g} without"
        ),
        row("the same, spelt right", exact, "", None, f"{strict:.3g} with `typos: false`"),
        row("spelt right: the ten hits and their order as without", alike, "1", alike == 1),
        row("a search with a misspelt word, in process, ms at p95", took_ms, "", None),
    ]
    report("typos", rows, {"items": [[item.id, item.wrong] for item in items]})


async def indexed(folder: Path, corpus: Mapping[str, str]) -> IndexReader:
    """Return a reader that holds a collection without vectors in memory."""
    store = await IndexStore.open(str(folder))
    await store.claim(Fingerprint("t", "p", DIMENSION, DIMENSION, "fp32", True))
    texts = list(corpus.items())
    for at in range(0, len(texts), 1000):
        await store.upsert("texts", [_document(id, text) for id, text in texts[at : at + 1000]])
    await store.maintain("texts")
    await store.close()
    reader = await IndexReader.open(str(folder))
    # A namespace so large is read beside its first searches.
    while not len(reader.held):
        await reader.search(SearchRequest("texts", "warm", mode="keyword"))
    return reader


def _document(id: str, text: str) -> Document:
    return Document(id, text, None, None, {}, "LTM", DAY, None, None)


async def _found(
    reader: IndexReader, items: Sequence[KnownItem], *, wrong: bool, typos: bool
) -> tuple[float, float, list[list[str]]]:
    """Return the share of documents found, the time at p95, and the hits of each query."""
    took_ms: list[float] = []
    hits: list[list[str]] = []
    for item in items:
        query = item.wrong if wrong else item.right
        start_s = time.perf_counter()
        result = await reader.search(
            SearchRequest("texts", query, mode="keyword", limit=10, typos=typos)
        )
        took_ms.append((time.perf_counter() - start_s) * 1000)
        hits.append([hit.id for hit in result.hits])
    share = sum(item.id in ids for item, ids in zip(items, hits, strict=True)) / len(items)
    return share, sorted(took_ms)[int(0.95 * len(items))], hits


if __name__ == "__main__":
    main()
