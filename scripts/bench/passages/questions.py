"""Passages and questions of HotpotQA, 2WikiMultihopQA and MuSiQue."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Question:
    """What is asked, and the numbers of the passages that answer it."""

    text: str
    gold: frozenset[int]


def read(folder: Path) -> tuple[list[str], list[Question]]:
    """Return all passages of the three sets, each once, and their questions."""
    numbers: dict[str, int] = {}
    questions = []
    for question, paragraphs in _questions(folder):
        gold = set()
        for text, is_gold in paragraphs:
            number = numbers.setdefault(text, len(numbers))
            if is_gold:
                gold.add(number)
        questions.append(Question(question, frozenset(gold)))
    return list(numbers), questions


def _questions(folder: Path) -> Iterator[tuple[str, list[tuple[str, bool]]]]:
    for name in ("hotpotqa_train.json", "2wiki_dev.json"):
        for one in json.loads((folder / name).read_text()):
            gold = {title for title, _ in one["supporting_facts"]}
            yield (
                one["question"],
                [(_said(title, " ".join(text)), title in gold) for title, text in one["context"]],
            )
    for one in json.loads((folder / "musique_train.json").read_text()):
        paragraphs = one["paragraphs"]
        said = [(_said(p["title"], p["paragraph_text"]), p["is_supporting"]) for p in paragraphs]
        yield one["question"], said


def _said(title: str, text: str) -> str:
    return " ".join(f"{title}. {text}".split())
