"""Measure completions: how often a word is among five of which a part is typed, and what it takes.

Words are drawn as often as they are written. In process: what HTTP adds is measured elsewhere.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import uvloop

from retrieval.store.reading.readers import suggest
from retrieval.words.stop_words import STOP_WORDS
from retrieval.words.written import written_words
from scripts.bench.quality import read_pairs
from scripts.bench.support.service import report, row
from scripts.bench.words.typos import indexed

ASKED = 100
AMONG = 5
LEAST = 4
"""Letters of a word, since who types a shorter one is done before anything is shown."""
WORD_BAR, MS_BAR = 0.95, 10.0


def main() -> None:
    """Index a collection and complete a hundred of its words."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="a folder with corpus.tsv")
    args = parser.parse_args()
    corpus = read_pairs(args.data / "corpus.tsv")
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(_measure(Path(folder), corpus, list(drawn(corpus, ASKED, seed=17))))


def drawn(corpus: Mapping[str, str], count: int, seed: int) -> Sequence[str]:
    """Return words drawn from all that are written, stop words and short ones left out."""
    written = [word for text in corpus.values() for word in written_words(text)]
    told = [word for word in written if len(word) >= LEAST and word not in STOP_WORDS]
    return random.Random(seed).choices(told, k=count)


async def _measure(folder: Path, corpus: Mapping[str, str], words: Sequence[str]) -> None:
    reader = await indexed(folder, corpus)
    rows = []
    for share in (0.5, 0.7):
        found, took_ms = 0, list[float]()
        for word in words:
            typed = word[: max(2, round(share * len(word)))]
            start_s = time.perf_counter()
            told = await suggest(reader, "texts", typed, AMONG)
            took_ms.append((time.perf_counter() - start_s) * 1000)
            found += word in [one.text for one in told.found]
        among = found / len(words)
        bar, met = ("", None) if share < 0.7 else (f"≥ {WORD_BAR}", among >= WORD_BAR)
        of = f"{len(words)} words of {len(corpus):,} texts, {share:.0%} of the letters typed"
        rows.append(row(f"{of}: the word among {AMONG}", among, bar, met))
        p95_ms = sorted(took_ms)[int(0.95 * len(words))]
        met = p95_ms <= MS_BAR
        rows.append(row("the same, in process, ms at p95", p95_ms, f"≤ {MS_BAR:.0f}", met))
    report("suggestions", rows, {"words": list(words)})


if __name__ == "__main__":
    main()
