"""Run in a copy of the project with every recipe carried out: what came of each, as JSON."""

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner

from agents.plans.execute import StepOutputs, run_step
from agents.plans.plan import Plan, Step
from agents.plans.validate import plan_defects
from agents.tools.evidence import DocSet, ScoredDocument
from agents.tools.registry import allowed_tools
from api.access.rate_settings import LIMIT_CLASSES, RateLimits
from deployments.checking import config
from deployments.cli import cli
from deployments.encoding.setup import load
from deployments.indexing.search_metrics import counted
from deployments.settings.service import ModelSettings, ServiceSettings
from retrieval.search.request import SearchRequest, SearchResult
from telemetry.exposition import text
from telemetry.registry import Registry
from tests.http.doors import Clock, client_of, guarded
from tests.towers import picture_file
from tests.unit.agents.agent_fakes import ListToolbox
from tests.unit.retrieval.retrieval_samples import document, on_index


def route() -> Any:
    """The route answers, and its rule counts it."""
    answer = client_of(None, guarded(RateLimits(), Clock())).get("/greeting")  # type: ignore[arg-type]
    return answer.status_code, answer.json(), answer.headers["X-RateLimit-Limit"]


def limit_class() -> Any:
    """All that knows classes of limits knows it; the shipped configuration may set it."""
    shipped = yaml.safe_load(Path("serve_config.yaml").read_text())
    faults = list(config.check(shipped))
    config.raise_limits(shipped)
    ingress = shipped["applications"][0]["deployments"][0]["user_config"]["rate_limits"]
    degraded = RateLimits(refuse_when_degraded=("greeting",))
    policy = degraded.policy("greeting")
    assert policy is not None
    return LIMIT_CLASSES[-1], faults, ingress["greeting"]["limit"], policy.limit


def metric() -> Any:
    """It is counted where it happens, and Prometheus may read it."""
    registry = Registry()

    async def search(request: SearchRequest) -> SearchResult:
        return SearchResult([], 0, 0, 1.0)

    asyncio.run(counted(registry, search, SearchRequest("shop", query_text="mug")))
    snapshot = registry.snapshot()
    lines = text(snapshot.sums, snapshot.gauges, {}).splitlines()
    return [line for line in lines if line.startswith("brainwav_greetings_total")]


def tool() -> Any:
    """It is allowed, checked by its schema and run."""
    step = Step("s2", "reverse", {"most": 1}, ("s1",), ("s1",))
    wrong = Step("s2", "reverse", {"most": 10}, ("s1",), ("s1",))
    memory = StepOutputs({"s1": DocSet((ScoredDocument("a", 2.0), ScoredDocument("b", 1.0)))})
    ran = asyncio.run(run_step(step, memory, ListToolbox([])))
    assert ran.output is not None
    first = Step("s1", "search_text", {"query": "mug"})
    defects = [defect.message for defect in plan_defects(Plan("mugs", (first, wrong), "s2"))]
    return "reverse" in allowed_tools(None), list(ran.output.ids), defects


def leg() -> Any:
    """It counts in the order, is explained and timed."""
    documents = [document("a", "a mug"), document("b", "a lamp")]

    async def act(store: Any, reader: Any) -> Any:
        found = await reader.search(SearchRequest("shop", query_text="mug"))
        said = {hit.id: sorted(hit.explain) for hit in found.hits}
        return [hit.id for hit in found.hits], said, sorted(found.legs_s)

    with tempfile.TemporaryDirectory() as folder:
        return on_index(Path(folder), documents, act)


def command() -> Any:
    """It runs, and the help lists it."""
    runner = CliRunner()
    return runner.invoke(cli, ["hello"]).output, "Say hello." in runner.invoke(cli, ["-h"]).output


def model() -> Any:
    """A configuration may name it, a replica loads it, and its two towers share a space."""
    shipped = yaml.safe_load(Path("serve_config.yaml").read_text())
    shipped["applications"][0]["args"]["model"] = {"model": "greys"}
    faults = list(config.check(shipped))
    encoder, _ = load(ServiceSettings(model=ModelSettings(model="greys", precision="fp32")))
    text = encoder.text.encode(encoder.text.prepare(["a white wall"]))
    picture = encoder.picture.encode([encoder.picture.prepare(picture_file("white"))])
    return faults, encoder.one_space, float((text * picture).sum())


CHECKS = (route, limit_class, metric, tool, leg, command, model)

if __name__ == "__main__":
    json.dump({check.__name__: check() for check in CHECKS}, sys.stdout)
