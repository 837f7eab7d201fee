"""How well the embedded model finds judged photographs by text, and what one costs.

    python -m scripts.bench photographs --set FOLDER

Vectors are compared in this process as a search in mode `semantic` compares them.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.catalogue.products import Product, products
from retrieval.clip.encoder import Encoder, ModelSpec, build_encoder
from retrieval.clip.pictures.decode import PictureLimits
from retrieval.clip.runtime import keep_freed_memory, set_threads
from retrieval.documents import Vectors
from retrieval.photograph_mark import are_photographs
from retrieval.search.calibration import SAMPLE_ROWS, calibrate
from retrieval.search.kinds import calibrate_by_kind
from scripts.bench.photographs.held_out import held_out_rows
from scripts.bench.photographs.judged import FIRST, JudgedQuery, JudgedSet, best, read_set
from scripts.bench.support.service import report, row

BATCH = 16
ROUNDS = 9
DRAWN = 500
DRAWN_ASKED = 200
ScoresOfQueries = Sequence[np.ndarray]
"""For each query, sigmas above the best noise of each picture."""


def main() -> None:
    """Encode the set, ask every query, and report."""
    parser = argparse.ArgumentParser(description="Search judged photographs.")
    parser.add_argument("--set", type=Path, required=True, help="Folder of the judged set.")
    judged = read_set(parser.parse_args().set)
    set_threads(1)
    keep_freed_memory()
    encoder = build_encoder(ModelSpec(), PictureLimits())
    drawn = list(products(DRAWN, seed=77))
    photographs = _pictures(encoder, [file.read_bytes() for file in judged.files])
    others = _pictures(encoder, [product.picture for product in drawn])
    rows = [
        *_alone(encoder, judged, photographs),
        *_mixed(encoder, judged, photographs, others, drawn),
        *_kinds(photographs, others),
        *held_out_rows(encoder),
        _cost(encoder, judged),
    ]
    report("photographs", rows, {"photographs": len(judged.files), "drawn": DRAWN})


def _pictures(encoder: Encoder, files: Sequence[bytes]) -> Vectors:
    tower = encoder.picture
    parts = [files[at : at + BATCH] for at in range(0, len(files), BATCH)]
    return _unit(
        np.concatenate([tower.encode([tower.prepare(file) for file in part]) for part in parts])
    )


def _texts(encoder: Encoder, texts: Sequence[str]) -> Vectors:
    return _unit(encoder.joint_text.encode(encoder.joint_text.prepare(list(texts))))


def _unit(vectors: Vectors) -> Vectors:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _alone(encoder: Encoder, judged: JudgedSet, pictures: Vectors) -> Iterator[dict[str, Any]]:
    queries = _texts(encoder, [query.text for query in judged.queries])
    sample = _sample(pictures)
    scores = [
        calibrate(query, sample, len(pictures)).score((pictures @ query).astype(np.float64))
        for query in queries
    ]
    asked = list(zip(judged.queries, scores, strict=True))
    shown = [(query, score) for query, score in asked if query.relevant]
    everyday = [pair for pair in asked if not pair[0].is_broad]
    for name, bar, chosen in (
        ("everyday", 0.35, everyday),
        ("broad words", 0.65, [pair for pair in asked if pair[0].is_broad]),
        ("everyday with five pictures", None, [p for p in everyday if p[0].reachable == 1]),
        ("everyday in ImageNet's names", None, [p for p in everyday if p[0].in_imagenet]),
        ("everyday outside of them", None, [p for p in everyday if not p[0].in_imagenet]),
    ):
        if not chosen:
            continue
        precision = _precision(chosen)
        what = f"{len(chosen)} queries, {name}: precision@{FIRST}"
        met = None if bar is None else precision >= bar
        can_be = np.mean([query.reachable for query, _ in chosen])
        yield row(what, precision, f"≥ {bar}" if bar else "", met, f"at best {can_be:.2f}")
    nothing = [score.max() <= 0 for query, score in asked if not query.relevant]
    silent = [score.max() <= 0 for _, score in shown]
    yield row("queries that said they found nothing", float(np.mean(silent)), "", None)
    if nothing:
        what = f"the same, of {len(nothing)} for which there is no picture"
        yield row(what, float(np.mean(nothing)), "", None)


def _precision(asked: Sequence[tuple[JudgedQuery, np.ndarray]]) -> float:
    return float(np.mean([query.precision(best(score)) for query, score in asked]))


def _sample(vectors: Vectors) -> Vectors:
    return np.random.default_rng(0).permutation(vectors)[:SAMPLE_ROWS]


def _mixed(
    encoder: Encoder,
    judged: JudgedSet,
    photographs: Vectors,
    others: Vectors,
    drawn: Sequence[Product],
) -> Iterator[dict[str, Any]]:
    """Ask for both kinds where both are in one column."""
    column = np.concatenate([photographs, others])
    sample, kinds = _sample(column), are_photographs(column)

    def scores(queries: Vectors) -> ScoresOfQueries:
        return [
            calibrate_by_kind(query, sample, len(column)).score(
                (column @ query).astype(np.float64), kinds
            )
            for query in queries
        ]

    shown = [query for query in judged.queries if query.relevant]
    found = scores(_texts(encoder, [query.text for query in shown]))
    precision = _precision(list(zip(shown, found, strict=True)))
    share = np.mean([np.mean(~kinds[best(score)]) for score in found])
    what = f"all queries beside {len(others)} drawn pictures: precision@{FIRST}"
    yield row(what, precision, "", None, f"drawn ones take {share:.2f} of the places")
    looks = [product.look for product in drawn[:DRAWN_ASKED]]
    asked = [f"a {look.pattern} {look.colour} {look.kind}" for look in looks]
    found = scores(_texts(encoder, asked))
    firsts = [best(score)[0] - len(photographs) for score in found]
    kind = [
        at >= 0 and drawn[at].look.kind == look.kind for at, look in zip(firsts, looks, strict=True)
    ]
    share = np.mean([np.mean(kinds[best(score)]) for score in found])
    what = (
        f"{DRAWN_ASKED} drawn looks beside {len(photographs)} photographs: the first is of its kind"
    )
    yield row(what, float(np.mean(kind)), "", None, f"photographs take {share:.2f} of the places")


def _kinds(photographs: Vectors, others: Vectors) -> Iterator[dict[str, Any]]:
    wrong = float((~are_photographs(photographs)).mean())
    yield row("photographs taken for drawn pictures", wrong, "", None)
    taken = float(are_photographs(others).mean())
    yield row("drawn pictures taken for photographs", taken, "0", taken == 0)


def _cost(encoder: Encoder, judged: JudgedSet) -> dict[str, Any]:
    tower = encoder.picture
    files = [file.read_bytes() for file in judged.files[:BATCH]]
    batch = [tower.prepare(file) for file in files]
    ms = _least_ms(lambda: tower.encode(batch))
    decoding_ms = _least_ms(lambda: [tower.prepare(file) for file in files])
    beside = f"decoding and fitting it {decoding_ms:.1f} ms more"
    return row(f"a photograph at batch {BATCH}, ms of a core", ms, "≤ 15", ms <= 15, beside)


def _least_ms(call: Callable[[], object]) -> float:
    """Return what a picture of a batch takes at least: other work on the machine only adds."""
    took = []
    for _ in range(ROUNDS):
        start_s = time.thread_time()
        call()
        took.append(time.thread_time() - start_s)
    return 1000 * min(took) / BATCH


if __name__ == "__main__":
    main()
