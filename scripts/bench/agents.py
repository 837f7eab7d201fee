"""Planning against single-shot search: multi-hop questions, catalogue goals, Game of 24, latency.

In process by default; `--url` asks a running service over HTTP instead. Nothing was tuned to
these questions: weights and settings come from other data (docs/explanation/planning.md).
"""

import argparse
import asyncio
import csv
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from agents.examples.game24 import solve, verify
from retrieval.catalogue.products import Product, products
from scripts.bench.support.agent_goals import Goal, goals, single_goals
from scripts.bench.support.agent_index import IndexRow, LocalIndex
from scripts.bench.support.agent_services import (
    TOP,
    GoalPlanner,
    InProcess,
    OverHttp,
    PlanBody,
)
from scripts.bench.support.multihop_questions import LEAST, SETS, questions
from scripts.bench.support.service import report, row

RESAMPLES = 2000
PARTS = ("catalogue", "latency", "game24")
CATALOGUE = 1000
GOALS = 108
GOAL_SEED = 2026
ARMS: dict[str, tuple[str, dict[str, int]]] = {
    "single": ("single", {}),
    "cot depth 2": ("cot", {"max_depth": 2}),
    "cot depth 3": ("cot", {"max_depth": 3}),
    "cot depth 4": ("cot", {"max_depth": 4}),
    "cot depth 6": ("cot", {"max_depth": 6}),
    "cot depth 11": ("cot", {"max_depth": 11}),
    "tot depth 2": ("tot", {"max_depth": 2}),
    "tot depth 3": ("tot", {"max_depth": 3}),
    "auto": ("auto", {}),
}
"""A tree of beam 5 makes at most 6 calls at depth 2 and 11 at depth 3: chains of 6 and 11
thoughts have as many."""

Doer = Callable[[str, str, str, Mapping[str, int]], Any]


@cache
def drawn_products() -> list[Product]:
    """Return the demonstration catalogue; drawing it takes a while."""
    return list(products(CATALOGUE))


async def multihop(
    service: GoalPlanner,
    folder: Path,
    name: str,
    arms: Mapping[str, tuple[str, dict[str, int]]] = ARMS,
) -> tuple[list[dict], dict]:
    """Return the report's lines for one set, and every arm's hits."""
    rows, asked = questions(folder, name)
    namespace = f"bench-{name}"
    await service.index(namespace, rows)
    hits: dict[str, list[bool]] = {"single-shot hybrid": []}
    calls: dict[str, list[int]] = {}
    for goal, gold in tqdm(asked, name, unit="question"):
        found = await service.search(namespace, goal)
        hits["single-shot hybrid"].append(gold <= set(found))
        for arm, (strategy, budget) in arms.items():
            answer = await service.plan(namespace, goal, strategy, budget)
            _note(hits, calls, arm, answer, gold)
        if isinstance(service, InProcess):
            answer = await service.plan(namespace, goal, "auto", {}, placebo=True)
            _note(hits, calls, "auto, permuted links", answer, gold)
    lines = []
    base = hits["single-shot hybrid"]
    for arm, found in hits.items():
        gain, low, high = paired(found, base)
        ends = f"gain {gain:+.3f} [{low:+.3f}, {high:+.3f}]"
        made = f", {statistics.mean(calls[arm]):.1f} calls" if arm in calls else ""
        share = statistics.mean(found)
        bar, met = ("gain ≥ 0.10", gain >= 0.10) if arm == "auto" else ("", None)
        if arm == "auto" and name in LEAST:
            bar, met = f"≥ {LEAST[name]:.2f}", share >= LEAST[name]
        lines.append(row(f"{name}: {arm}", share, bar, met, ends + made))
    return lines, {arm: [int(hit) for hit in found] for arm, found in hits.items()}


def _note(
    hits: dict[str, list[bool]],
    calls: dict[str, list[int]],
    arm: str,
    answer: PlanBody,
    gold: set,
) -> None:
    found = {result["id"] for result in answer["results"][:TOP]}
    hits.setdefault(arm, []).append(gold <= found)
    calls.setdefault(arm, []).append(answer["usage"]["tool_calls"])


def paired(found: Sequence[bool], base: Sequence[bool]) -> tuple[float, float, float]:
    """Return the mean gain over the same questions with its 95 % bootstrap interval."""
    gains = np.asarray(found, float) - np.asarray(base, float)
    rng = np.random.default_rng(0)
    means = gains[rng.integers(0, len(gains), (RESAMPLES, len(gains)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(gains.mean()), float(low), float(high)


async def catalogue(service: GoalPlanner) -> tuple[list[dict], dict]:
    """Return the report's lines for composed goals over the demonstration catalogue."""
    drawn = drawn_products()
    by_sku = {item.sku: item for item in drawn}
    await service.index("bench-catalogue", [catalogue_row(item) for item in drawn])
    asked = goals(drawn, GOALS, GOAL_SEED)
    solved: dict[str, list[bool]] = {}
    for goal in tqdm(asked, "catalogue", unit="goal"):
        for strategy in ("single", "cot", "tot", "auto"):
            answer = await service.plan("bench-catalogue", goal.text, strategy, {})
            solved.setdefault(strategy, []).append(
                goal.solved_by(best_answer(answer, goal, by_sku))
            )
        found = [by_sku[id] for id in await service.search("bench-catalogue", goal.text)]
        first = solved.setdefault("single-shot hybrid, first results", [])
        first.append(goal.solved_by(found[: len(goal.checks)]))
        within = solved.setdefault("single-shot hybrid, anywhere in its 10", [])
        within.append(goal.solved_within(found))
    lines = [
        row(
            f"goals: {arm}",
            statistics.mean(hits),
            "≥ 0.80" if arm == "auto" else "",
            statistics.mean(hits) >= 0.8 if arm == "auto" else None,
            f"{len(hits)} goals",
        )
        for arm, hits in solved.items()
    ]
    more, detail = await pictures_only(service, drawn)
    return lines + more, {"goals": solved, "pictures_only": detail}


async def pictures_only(service: GoalPlanner, drawn: Sequence[Product]) -> tuple[list[dict], dict]:
    """Return lines for goals about one item where only its picture and its price are known."""
    rows = [IndexRow(item.sku, None, {"price": item.price}, item.picture) for item in drawn]
    await service.index("bench-pictures", rows)
    by_sku = {item.sku: item for item in drawn}
    solved: dict[str, list[bool]] = {"auto": [], "single-shot hybrid, first result": []}
    for goal in single_goals(drawn, 50, GOAL_SEED):
        answer = await service.plan("bench-pictures", goal.text, "auto", {})
        solved["auto"].append(goal.solved_by(best_answer(answer, goal, by_sku)))
        found = [by_sku[id] for id in await service.search("bench-pictures", goal.text)]
        solved["single-shot hybrid, first result"].append(goal.solved_by(found[:1]))
    lines = [
        row(
            f"goals, pictures and prices only: {arm}",
            statistics.mean(hits),
            "",
            None,
            f"{len(hits)} goals of one item",
        )
        for arm, hits in solved.items()
    ]
    return lines, solved


def catalogue_row(item: Product) -> IndexRow:
    """Return a product as the demonstration indexes it."""
    metadata = {
        "name": item.name,
        "brand": item.brand,
        "price": item.price,
        "kind": item.look.kind,
        "colour": item.look.colour,
        "pattern": item.look.pattern,
    }
    return IndexRow(item.sku, f"{item.name}. {item.description}", metadata, item.picture)


def best_answer(answer: PlanBody, goal: Goal, by_sku: Mapping[str, Product]) -> list[Product]:
    """Return the products of the best combination, or as many first results as there are items."""
    first = [result for result in answer["results"] if result.get("group", 0) == 0]
    return [by_sku[result["id"]] for result in first[: len(goal.checks)]]


async def latency(service: GoalPlanner) -> tuple[list[dict], dict]:
    """Return the lines for planning time over the catalogue, one request at a time."""
    drawn = drawn_products()
    asked = [goal.text for goal in goals(drawn, 18, GOAL_SEED + 1)]
    asked += [
        "a present for somebody who plays music",
        "something for rainy days in the garden",
        "cheerful things for a child's room",
        "light for reading at night",
    ] * 4
    lines, detail = [], {}
    for strategy, bar_ms in (("single", 0), ("cot", 50), ("tot", 80), ("auto", 0)):
        times_ms = []
        for goal in asked:
            start_s = time.perf_counter()
            await service.plan("bench-catalogue", goal, strategy, {})
            times_ms.append((time.perf_counter() - start_s) * 1000)
        p50, p95 = np.percentile(times_ms, [50, 95])
        bar = f"≤ {bar_ms} ms" if bar_ms else ""
        lines.append(
            row(
                f"{strategy}: p50 ms",
                float(p50),
                bar,
                p50 <= bar_ms if bar else None,
                f"p95 {p95:.0f} ms over {len(asked)} goals",
            )
        )
        detail[strategy] = times_ms
    return lines, detail


async def game24(folder: Path) -> tuple[list[dict], dict]:
    """Return the line for puzzles 900-999, beam 5, with the symbolic engine."""
    with (folder / "24.csv").open(encoding="utf-8") as file:
        puzzles = [[int(n) for n in line["Puzzles"].split()] for line in csv.DictReader(file)]
    solved, nodes = [], []
    for puzzle in tqdm(puzzles[900:1000], "game of 24", unit="puzzle"):
        expression, tree = await solve(puzzle, time.monotonic)
        solved.append(verify(expression, puzzle))
        nodes.append(len(tree.nodes))
    share = statistics.mean(solved)
    note = f"symbolic engine, no language model; {statistics.mean(nodes):.0f} nodes a puzzle"
    return [row("Game of 24, puzzles 900-999", share, "≥ 0.90", share >= 0.9, note)], {
        "solved": [int(hit) for hit in solved]
    }


async def run(args: argparse.Namespace, folder: Path) -> None:
    """Measure what was asked for."""
    service = OverHttp(args.url) if args.url else InProcess(await LocalIndex.open(folder))
    lines: list[dict] = []
    detail: dict[str, Any] = {"where": args.url or "in process"}
    parts = args.only or [*PARTS, *SETS]
    if "catalogue" in parts:
        lines, detail["catalogue"] = await catalogue(service)
    if "latency" in parts:
        if "catalogue" not in parts:
            rows = [catalogue_row(item) for item in drawn_products()]
            await service.index("bench-catalogue", rows)
        more, detail["latency_ms"] = await latency(service)
        lines += more
    if "game24" in parts:
        more, detail["game24"] = await game24(args.data / "game24")
        lines += more
    for name in SETS:
        if name in parts:
            more, detail[name] = await multihop(service, args.data / "multihop", name)
            lines += more
    report("agents", lines, detail)


def main() -> None:
    """Parse arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--url", help="a running service; by default everything is in process")
    parser.add_argument("--only", nargs="+", choices=[*PARTS, *SETS])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="brainwav-bench-agents-") as folder:
        asyncio.run(run(args, Path(folder)))


if __name__ == "__main__":
    main()
