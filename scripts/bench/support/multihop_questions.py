"""Multi-hop questions with the passages that answer them: HotpotQA, MuSiQue, 2WikiMultihopQA."""

import json
from pathlib import Path

from scripts.bench.support.agent_index import IndexRow

SETS = ("hotpotqa", "musique", "2wiki")
POOLED = {"2wiki": "2wiki_dev.json"}
"""Sets whose questions bring their passages: those of the other sets are pooled with them."""
LEAST = {"2wiki": 0.90}
"""The share of questions with all gold passages in the first ten that a set is to have."""


def questions(folder: Path, name: str) -> tuple[list[IndexRow], list[tuple[str, set[str]]]]:
    """Return passages as rows, and questions with the ids of their gold passages."""
    if name in POOLED:
        return _pooled(folder, name)
    corpus = json.loads((folder / f"{name}_train_corpus.json").read_text(encoding="utf-8"))
    asked = json.loads((folder / f"{name}_train.json").read_text(encoding="utf-8"))
    if isinstance(corpus, dict):
        passages = [(title, "".join(lines)) for title, lines in corpus.items()]
        ids = {title: f"p{n}" for n, (title, _) in enumerate(passages)}
        gold = [{ids[title] for title, _ in item["supporting_facts"]} for item in asked]
    else:
        passages = [(item["title"], item["text"]) for item in corpus]
        by_passage = {passage: f"p{n}" for n, passage in enumerate(passages)}
        gold = [
            {
                by_passage[p["title"], p["paragraph_text"]]
                for p in item["paragraphs"]
                if p["is_supporting"]
            }
            for item in asked
        ]
    rows = [IndexRow(f"p{n}", text, {"title": title}) for n, (title, text) in enumerate(passages)]
    return rows, [(item["question"], ids) for item, ids in zip(asked, gold, strict=True)]


def _pooled(folder: Path, name: str) -> tuple[list[IndexRow], list[tuple[str, set[str]]]]:
    asked = json.loads((folder / POOLED[name]).read_text(encoding="utf-8"))
    own = [(title, " ".join(lines)) for item in asked for title, lines in item["context"]]
    others = [
        (str(row.metadata["title"]), row.text or "")
        for other in SETS
        if other not in POOLED
        for row in questions(folder, other)[0]
    ]
    passages = list(dict.fromkeys([*own, *others]))
    ids = {passage: f"p{n}" for n, passage in enumerate(passages)}
    gold = []
    for item in asked:
        texts = {title: " ".join(lines) for title, lines in item["context"]}
        gold.append({ids[title, texts[title]] for title, _ in item["supporting_facts"]})
    rows = [IndexRow(ids[p], p[1], {"title": p[0]}) for p in passages]
    return rows, [(item["question"], found) for item, found in zip(asked, gold, strict=True)]
