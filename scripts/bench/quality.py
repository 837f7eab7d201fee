"""Search quality through HTTP on a test collection: nDCG@10 of keyword, semantic and hybrid."""

import argparse
import csv
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from tqdm import tqdm

from retrieval.search.evaluation import ndcg_at, recall_at
from scripts.bench.support.service import TWO_THREADS_CPUS, report, row, service, url

NAMESPACE = "vaswani"
BATCH = 400
NOW = {"Prefer": "wait=300"}
"""What is measured is the write itself, not a job."""
MODES = ("keyword", "semantic", "hybrid")


def main() -> None:
    """Index the collection with the embedded model and ask every query in every mode."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="a folder with corpus, queries and qrels as TSV")
    args = parser.parse_args()
    if not (args.data / "corpus.tsv").is_file():
        sys.exit(f"brAInwav: no corpus.tsv in {args.data}")
    client = httpx.Client(base_url=url(), timeout=300)
    with service({"model": "brainwav-demo"}, TWO_THREADS_CPUS), client:
        seconds = index(client, read_pairs(args.data / "corpus.tsv"))
        judge(client, args.data, seconds)


def index(client: httpx.Client, corpus: Mapping[str, str]) -> float:
    """Write the corpus; return the seconds it took."""
    items, start_s = list(corpus.items()), time.perf_counter()
    for start in tqdm(range(0, len(items), BATCH), "indexing", unit="batch"):
        documents = [{"id": id, "text": text} for id, text in items[start : start + BATCH]]
        body = {"namespace": NAMESPACE, "documents": documents}
        answer = client.put("/documents", json=body, headers=NOW)
        answer.raise_for_status()
        if answer.json()["failed"]:
            raise RuntimeError(answer.json()["failed"][0])
    return time.perf_counter() - start_s


def judge(client: httpx.Client, data: Path, indexing_s: float) -> None:
    """Search every query in every mode and report."""
    queries, qrels = read_pairs(data / "queries.tsv"), read_qrels(data / "qrels.tsv")
    scores: dict[str, float] = {}
    recalls: dict[str, float] = {}
    for mode in MODES:
        gains, found = [], []
        for id, text in queries.items():
            body = {"namespace": NAMESPACE, "query": text, "mode": mode, "limit": 100}
            answer = client.post("/search", json=body)
            answer.raise_for_status()
            ranking = [hit["id"] for hit in answer.json()["results"]]
            gains.append(ndcg_at(ranking, qrels[id], 10))
            found.append(recall_at(ranking, qrels[id], 100))
        scores[mode], recalls[mode] = statistics.mean(gains), statistics.mean(found)
    better = max(scores["keyword"], scores["semantic"])
    gain = scores["hybrid"] / better - 1
    legs = f"keyword {scores['keyword']:.4f}, semantic {scores['semantic']:.4f}"
    rows = [
        row("hybrid nDCG@10", scores["hybrid"], "≥ 0.50", scores["hybrid"] >= 0.5, legs),
        row("gain over the better leg", gain, "≥ 0.10", gain >= 0.1, legs),
        *(row(f"{mode} recall@100", recalls[mode], "", None) for mode in MODES),
        row("seconds to index the collection", indexing_s, "", None),
    ]
    report("quality", rows, {"ndcg_at_10": scores, "recall_at_100": recalls})


def read_pairs(path: Path) -> dict[str, str]:
    """Read `id<TAB>text`."""
    with path.open(encoding="utf-8") as file:
        return {line[0]: line[1] for line in csv.reader(file, delimiter="\t", quoting=3)}


def read_qrels(path: Path) -> Mapping[str, Any]:
    """Read `query<TAB>document<TAB>grade`."""
    grades: defaultdict[str, dict[str, int]] = defaultdict(dict)
    with path.open(encoding="utf-8") as file:
        for query, document, grade in csv.reader(file, delimiter="\t"):
            grades[query][document] = int(grade)
    return grades


if __name__ == "__main__":
    main()
