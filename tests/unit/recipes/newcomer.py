"""The newcomer's tasks of CONTRIBUTING.md, each as the edits that it takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Recipe:
    """Files that are new, and rows that join others: what stands there, and what it becomes."""

    heading: str
    new: Mapping[str, str]
    rows: Mapping[str, Sequence[tuple[str, str]]]

    @property
    def files(self) -> list[str]:
        """Return the files that change."""
        return [*self.new, *self.rows]

    def carry_out(self, tree: Path) -> None:
        """Make the edits in a copy of the project."""
        for name, text in self.new.items():
            (tree / name).write_text(text)
        for name, edits in self.rows.items():
            text = (tree / name).read_text()
            for old, new in edits:
                assert text.count(old) == 1, (name, old)
                text = text.replace(old, new)
            (tree / name).write_text(text)


ROUTE = Recipe(
    "A route",
    {
        "api/routes/greeting.py": '''"""`GET /greeting`: a word for whoever asks."""

from fastapi import APIRouter

from api.answers.responses import JsonResponse

router = APIRouter(tags=["greeting"])


@router.get("/greeting")
async def greet() -> JsonResponse:
    """Say hello."""
    return JsonResponse({"hello": "world"})
'''
    },
    {
        "api/app.py": [
            ("    embed,\n    jobs,", "    embed,\n    greeting,\n    jobs,"),
            ("    console,\n)\n", "    console,\n    greeting,\n)\n"),
        ],
        "api/access/route_rules.py": [
            (
                '    ("GET", "/slo"): FIGURES,\n',
                '    ("GET", "/slo"): FIGURES,\n    ("GET", "/greeting"): READ,\n',
            )
        ],
    },
)
LIMIT_CLASS = Recipe(
    "A limit class",
    {},
    {
        "api/access/rate_settings.py": [
            (
                "    reflect: Limit = Limit(limit=20)\n",
                "    reflect: Limit = Limit(limit=20)\n    greeting: Limit = Limit(limit=7)\n",
            )
        ],
        "api/access/route_rules.py": [
            (
                '    ("GET", "/greeting"): READ,\n',
                '    ("GET", "/greeting"): RouteRule("greeting", "client"),\n',
            )
        ],
        "serve_config.yaml": [
            (
                "          rate_limits:\n",
                "          rate_limits:\n            greeting: {limit: 7, period_s: 60}\n",
            )
        ],
    },
)
METRIC = Recipe(
    "A metric",
    {},
    {
        "telemetry/metric_table.py": [
            (
                "_SEARCH = (\n",
                "_SEARCH = (\n"
                '    _counter("brainwav_greetings_total", "greetings", "word", "Words said."),\n',
            )
        ],
        "deployments/indexing/search_metrics.py": [
            (
                "    took_s = result.took_ms / 1000\n",
                '    registry.add("brainwav_greetings_total", "hello")\n'
                "    took_s = result.took_ms / 1000\n",
            )
        ],
    },
)
TOOL = Recipe(
    "A tool for agents",
    {
        "agents/tools/reversal.py": '''"""The tool that turns a ranking round."""

from agents.tools.evidence import DocSet
from agents.tools.operators import ranked, scaled
from agents.tools.tool import Param, Tool, ToolCall, pure


def _reverse(call: ToolCall) -> DocSet:
    turned = {id: -score for id, score in scaled(call.sets[0]).items()}
    return DocSet(ranked(turned).hits[: call.args["most"]])


REVERSE = Tool(
    "reverse",
    "turn a ranking round",
    (Param("most", "integer", required=True, minimum=1, maximum=9),),
    "DocSet",
    pure(_reverse),
    ("DocSet",),
    1,
    1,
    cost=0.05,
)
'''
    },
    {
        "agents/tools/registry.py": [
            ("import GROUP\n", "import GROUP\nfrom agents.tools.reversal import REVERSE\n"),
            ("    SUMMARIZE,\n)\n", "    SUMMARIZE,\n    REVERSE,\n)\n"),
        ],
    },
)
LEG = Recipe(
    "A search leg",
    {
        "retrieval/store/reading/legs/everything.py": '''"""A leg that finds all, all alike."""

import numpy as np

from retrieval.search.ranking import LegHits


class EverythingLeg:
    name = "everything"
    side = "keyword"

    def search(self, request, schema):
        return None if request.query_text is None else _all


async def _all(work):
    query = work.table.query().select(["id"]).with_row_id()
    rows = await work.clocked("everything", query.to_arrow())
    ids = rows["_rowid"].to_numpy().astype(np.int64)
    alike = np.full(len(ids), 0.5)
    return LegHits(ids, alike, alike, np.empty(0, "datetime64[us]"))


EVERYTHING = EverythingLeg()
'''
    },
    {
        "retrieval/store/reading/search.py": [
            (
                "from retrieval.store.reading.legs.keyword",
                "from retrieval.store.reading.legs.everything import EVERYTHING\n"
                "from retrieval.store.reading.legs.keyword",
            ),
            ("(KEYWORD, TEXT, IMAGE)", "(KEYWORD, TEXT, IMAGE, EVERYTHING)"),
        ],
    },
)
COMMAND = Recipe(
    "A command",
    {
        "deployments/commands/hello.py": '''"""Say hello."""

import click

from deployments.commands.base import Command


@click.command(cls=Command)
def command() -> None:
    """Say hello to whoever asks."""
    click.echo("hello")
'''
    },
    {"deployments/cli.py": [('    "up": "up",\n', '    "up": "up",\n    "hello": "hello",\n')]},
)
MODEL = Recipe(
    "A model",
    {
        "retrieval/clip/towers/greys.py": '''"""A model of two numbers: dark and light."""

import numpy as np

from retrieval.clip.pictures.geometry import Geometry
from retrieval.clip.pictures.recipe import PictureRecipe
from retrieval.clip.tower_protocol import Prepared, prepared_here

NAME = "greys"


def _vectors(lightness):
    return np.asarray([[1 - each, each] for each in lightness], np.float32)


class GreyText:
    name = identity = NAME
    dimension = 2
    context_length = 9
    tells_queries = False

    def prepare(self, texts, input_type="passage"):
        return [Prepared(np.asarray([float("white" in text)]), 1) for text in texts]

    def encode(self, batch):
        return _vectors(item.data[0] for item in batch)


class GreyPicture:
    name = identity = NAME
    dimension = 2

    def __init__(self, limits):
        self.recipe = PictureRecipe(limits, Geometry(4, 4, "squash"))

    def prepare(self, picture):
        return prepared_here(self.recipe, picture)

    def encode(self, batch):
        return _vectors(item.data.mean() / 255 for item in batch)
'''
    },
    {
        "retrieval/clip/encoder.py": [
            (
                "from retrieval.clip.towers.minilm import MiniLM\n",
                "from retrieval.clip.towers.greys import NAME, GreyPicture, GreyText\n"
                "from retrieval.clip.towers.minilm import MiniLM\n",
            ),
            (
                "    return _open_clip_encoder(spec, limits)\n",
                "    if spec.model == NAME:\n"
                "        text = GreyText()\n"
                "        return Encoder(text, text, GreyPicture(limits), ())\n"
                "    return _open_clip_encoder(spec, limits)\n",
            ),
        ],
        "deployments/checking/known_models.py": [
            (
                "    if model == DEMO:\n",
                '    if model == "greys":\n        return\n    if model == DEMO:\n',
            )
        ],
    },
)
RECIPES = (ROUTE, LIMIT_CLASS, METRIC, TOOL, LEG, COMMAND, MODEL)
