"""Planning over HTTP on a service of its own: quality, time, replicas, equal trees.

`agents.py` has every arm, in process; here is what only a running service shows. The
thoughts of half a second are those of a language model engine whose server (the tests' fault
server) waits that long before it answers: each replica takes one call at a time.
"""

import argparse
import asyncio
import itertools
import json
import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx
import yaml

from deployments.commands.client.plan_stream import follow_run
from deployments.local import cluster, rollout
from retrieval.catalogue.wording import SYNONYMS
from scripts.bench.agents import (
    GOAL_SEED,
    catalogue,
    catalogue_row,
    drawn_products,
    latency,
    multihop,
)
from scripts.bench.support import service as bench_service
from scripts.bench.support.agent_goals import COLOURS, goals
from scripts.bench.support.agent_services import OverHttp
from scripts.bench.support.multihop_questions import SETS
from scripts.bench.support.service import PROJECT, report, row, url
from tests.fault_server import Says, material, serving

THOUGHT_S = 0.5
REPLICAS = (1, 2, 4)
RUNS = 20
TIMEOUT_S = 300
CATALOGUE = "bench-catalogue"
AUTO = {"auto": ("auto", {})}
_queries = itertools.cycle(
    f"{colour} {kind}" for kind, colour in itertools.product(sorted(SYNONYMS), COLOURS)
)


def slow_model(request: Mapping[str, Any], number: int) -> Says:
    """Votes, and four searches for each state that find different things; half a second each."""
    states = [state["state"] for state in material(dict(request))["states"]]
    if "votes" in request["messages"][0]["content"]:
        said: dict[str, Any] = {"votes": [{"state": n, "score": 7} for n in states]}
    else:
        said = {
            "moves": [
                {"state": n, "tool": "search_text", "query": next(_queries)}
                for n in states
                for _ in range(4)
            ][:24]
        }
    return Says(json.dumps(said), wait_s=THOUGHT_S)


@contextmanager
def services(model_url: str) -> Iterator[Path]:
    """Run the service with that model; yields its state folder."""

    def change(config: dict[str, Any], state: Path) -> None:
        config["applications"][0]["args"]["llm"] = {"base_url": model_url, "model": "slow"}
        _branches(config)["max_ongoing_requests"] = 1

    with bench_service.service({"model": "brainwav-demo"}, 0.5, change=change) as state:
        yield state


def _branches(config: Mapping[str, Any]) -> dict[str, Any]:
    deployments = config["applications"][0]["deployments"]
    return next(item for item in deployments if item["name"] == "ThoughtBranch")


def scale(state: Path, replicas: int) -> None:
    """Run so many ThoughtBranch replicas; returns when they do."""
    settings = deepcopy(yaml.safe_load((state / "serve_config.yaml").read_text()))
    _branches(settings)["autoscaling_config"] |= {
        "min_replicas": replicas,
        "max_replicas": replicas,
    }
    running = cluster.recorded(state)
    assert running is not None
    rollout.deploy(running, settings, PROJECT, state, TIMEOUT_S, lambda line: None)
    deadline_s = time.monotonic() + TIMEOUT_S
    while _running(running, state) != replicas:
        if time.monotonic() > deadline_s:
            raise RuntimeError(f"{replicas} replicas never ran")
        time.sleep(0.5)


def _running(running: cluster.Cluster, state: Path) -> int:
    deployments = rollout.status(running, state)["applications"]["brainwav"]["deployments"]
    return sum(r["state"] == "RUNNING" for r in deployments["ThoughtBranch"]["replicas"])


def level_s(branches: int) -> float:
    """Return the seconds of a level of so many branches, from the events of a streamed run."""
    body = {
        "goal": "something red to drink from",
        "namespace": CATALOGUE,
        "engine": "llm",
        "strategy": "tot",
        "stream": True,
        "budget": {
            "max_depth": 3,
            "beam_width": branches,
            "branching": branches,
            "level_width": branches,
            "deadline_ms": 60_000,
            "max_tokens": 500_000,
        },
    }
    sent: dict[str, float] = {}
    with httpx.Client(base_url=url(), timeout=60) as client:
        for told in follow_run(client, body):
            now_s = time.perf_counter()
            if told.name == "node.created" and told.data["parent"] not in (None, "n0"):
                sent.setdefault(told.data["id"], now_s)
            elif told.name == "node.scored" and told.data["id"] in sent:
                # The level's branches are merged together, so its first score is its end.
                if len(sent) != branches:
                    raise RuntimeError(f"{len(sent)} branches instead of {branches}")
                return now_s - min(sent.values())
    raise RuntimeError("the run had no second level")


def scaling(state: Path) -> tuple[list[dict], dict]:
    """Return lines for four branches of thoughts of half a second, by replicas."""
    lines, detail = [], {}
    for replicas in REPLICAS:
        scale(state, replicas)
        level_s(1)
        one = statistics.median(level_s(1) for _ in range(3))
        four = statistics.median(level_s(4) for _ in range(3))
        detail[replicas] = {"one_s": one, "four_s": four}
        bar, met = ("≤ 1.3", four <= 1.3 * one) if replicas == 4 else ("", None)
        lines.append(
            row(
                f"4 branches on {replicas} replicas, times of one",
                four / one,
                bar,
                met,
                f"{four:.2f} s, one branch {one:.2f} s",
            )
        )
    return lines, detail


def determinism(state: Path) -> tuple[list[dict], dict]:
    """Return the line for trees over many runs and every number of replicas."""
    asked = [(goal.text, "auto") for goal in goals(drawn_products(), 3, GOAL_SEED + 2)]
    asked += [("a present for somebody who plays music", "tot"), ("light for reading", "cot")]
    trees: dict[str, set[str]] = {}
    with httpx.Client(base_url=url(), timeout=60) as client:
        for replicas in REPLICAS:
            scale(state, replicas)
            for (goal, strategy), _ in itertools.product(asked, range(RUNS)):
                body = {"goal": goal, "strategy": strategy, "namespace": CATALOGUE}
                answer = client.post("/agents/plan", json=body).raise_for_status().json()
                trees.setdefault(f"{strategy}: {goal}", set()).add(answer["tree"]["hash"])
    most = max(len(found) for found in trees.values())
    note = f"{len(asked)} goals, {RUNS} runs on each of 1, 2 and 4 replicas"
    return [row("different trees for a request", most, "1", most == 1, note)], {
        goal: sorted(found) for goal, found in trees.items()
    }


async def answers(parts: list[str], data: Path) -> tuple[list[dict], dict]:
    """Return the lines for planning time and multi-hop questions."""
    service = OverHttp(url())
    lines, detail = [], {}
    if set(parts) & {"latency", "scaling", "determinism"}:
        await service.index(CATALOGUE, [catalogue_row(item) for item in drawn_products()])
    if "latency" in parts:
        lines, detail["latency_ms"] = await latency(service)
    if "catalogue" in parts:
        more, detail["catalogue"] = await catalogue(service)
        lines += more
    for name in SETS:
        if name in parts:
            more, detail[name] = await multihop(service, data / "multihop", name, AUTO)
            lines += more
    return lines, detail


PARTS = ("latency", "catalogue", "scaling", "determinism", *SETS)


def main() -> None:
    """Parse arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    args = parser.parse_args()
    with serving(slow_model) as model, services(model.url) as state:
        lines, detail = asyncio.run(answers(args.only, args.data))
        for name, measure in (("scaling", scaling), ("determinism", determinism)):
            if name in args.only:
                more, detail[name] = measure(state)
                lines += more
    report("planning", lines, detail)


if __name__ == "__main__":
    main()
