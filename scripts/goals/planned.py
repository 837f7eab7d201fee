"""The goals of `scripts/goals` planned in process: how many are answered rightly, form by form.

`python -m scripts.goals.planned` works with the open half. The closed half is run once.
"""

import argparse
import asyncio
import json
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from tqdm import tqdm

from agents.planner import plan
from agents.requests import PlanRequest, in_process
from scripts.bench.support.agent_index import IndexRow, LocalIndex
from scripts.bench.support.agent_services import InProcess
from scripts.bench.support.service import report, row
from scripts.goals.case import TODAY, Given, GoalCase
from scripts.goals.halves import cases_of
from scripts.goals.judge import judge, score
from scripts.goals.second_person import second_person_cases
from scripts.goals.tables import TABLES, goal_table
from scripts.goals.third.third_templates import third_person_cases

COMPLETE = "complete"
UNEXPLAINED = "unexplained"
MOST_WRONG_AND_COMPLETE = 0.02
HALVES = ("open", "closed", "second", "third")
UNREAD = ("closed", "third")
"""Of these the report tells how many went wrong, not which."""


def now() -> datetime:
    """Return the day that the goals are asked on."""
    return TODAY


async def given_for(service: InProcess, case: GoalCase, strategy: str) -> Given:
    """Plan a goal and return what was given, in the judge's words."""
    dependencies = replace(in_process(service.toolbox(case.table)), now=now)
    request = PlanRequest(case.text, strategy, case.table)
    return given_of((await plan(request, dependencies)).to_json())


def given_of(answer: Mapping[str, Any]) -> Given:
    """Return what a plan's answer gives."""
    ids = tuple(item["id"] for item in answer["results"])
    groups: dict[int, list[str]] = defaultdict(list)
    for item in answer["results"]:
        if "group" in item:
            groups[item["group"]].append(item["id"])
    figure = answer.get("aggregate")
    values = None
    if figure is not None and figure["op"] == "values":
        values = tuple(item["value"] for item in figure["values"])
    return Given(
        ids if not groups else tuple(groups[0]),
        tuple(tuple(members) for _, members in sorted(groups.items())),
        None if figure is None else figure["value"],
        values,
        answer["stop_reason"] == COMPLETE,
        tuple(item["words"] for item in answer.get("ignored", ())),
    )


async def single_shot(service: InProcess, case: GoalCase) -> Given:
    """Return what one hybrid search gives, which claims nothing of itself."""
    return Given(tuple(await service.search(case.table, case.text)))


async def tables(folder: Path) -> InProcess:
    """Return a planner over the four tables, indexed."""
    service = InProcess(await LocalIndex.open(folder))
    for name in TABLES:
        rows = [
            IndexRow(str(d["id"]), str(d["text"]), dict(d["metadata"]))  # pyright: ignore
            for d in goal_table(name).documents()
        ]
        await service.index(name, rows)
    return service


def lines_of(name: str, pairs: Sequence[tuple[Given, GoalCase]]) -> list[dict[str, Any]]:
    """Return the report's lines for one way of answering."""
    found = []
    forms: dict[str, list[tuple[Given, GoalCase]]] = defaultdict(list)
    for given, case in pairs:
        forms["all" if case.form != UNEXPLAINED else UNEXPLAINED].append((given, case))
        if case.form != UNEXPLAINED:
            forms[case.form].append((given, case))
    for form, own in forms.items():
        result = score(own)
        bar = {"all": "≥ 0.93", UNEXPLAINED: "1"}.get(form, "")
        met = {"all": result.right_share >= 0.93, UNEXPLAINED: result.right_share == 1}.get(form)
        share = result.wrong_and_complete_share
        note = f"{result.goals} goals, wrong and complete {share:.3f}"
        found.append(row(f"{name}: {form}", result.right_share, bar, met, note))
    return found


def cases_by_name(half: str) -> list[GoalCase]:
    """Return the goals of a half, or those of the second or the third person."""
    if half == "second":
        return second_person_cases()
    return third_person_cases() if half == "third" else cases_of(half)  # pyright: ignore


async def run(args: argparse.Namespace, folder: Path) -> None:
    """Plan the goals and report."""
    cases = cases_by_name(args.half)
    service = await tables(folder)
    pairs, single = [], []
    for case in tqdm(cases, "goals"):
        pairs.append((await given_for(service, case, args.strategy), case))
        single.append((await single_shot(service, case), case))
    lines = lines_of(args.strategy, pairs) + lines_of("single-shot hybrid", single)[:1]
    wrong = [
        {"id": case.id, "goal": case.text, "complete": given.complete, "ids": given.ids[:5]}
        for given, case in pairs
        if judge(given, case) == "wrong"
    ]
    if args.wrong:
        args.wrong.write_text(json.dumps(wrong, indent=1), encoding="utf-8")
    report("goals", lines, {"wrong": len(wrong) if args.half in UNREAD else wrong})


def main() -> None:
    """Parse arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=HALVES, default="open")
    parser.add_argument("--third", dest="half", action="store_const", const="third")
    parser.add_argument("--final-run", action="store_true", help="needed for the closed half")
    parser.add_argument("--strategy", default="auto")
    parser.add_argument("--wrong", type=Path, help="a file for the goals that went wrong")
    args = parser.parse_args()
    if args.half == "closed" and not args.final_run:
        parser.error("the closed half is opened once, at the end: --final-run")
    with tempfile.TemporaryDirectory(prefix="brainwav-bench-goals-") as folder:
        asyncio.run(run(args, Path(folder)))


if __name__ == "__main__":
    main()
