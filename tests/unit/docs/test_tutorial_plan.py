"""The tutorial's plan finds what its text says, over the table that its reader has just written."""

import asyncio
import csv
import io
import re
from pathlib import Path

from agents.planner import plan
from agents.requests import PlanRequest, in_process
from tests.unit.agents.agent_fakes import ListToolbox, doc

TUTORIAL = (Path(__file__).resolve().parents[3] / "docs" / "tutorial.md").read_text()


def test_the_pair_is_the_one_that_the_tutorial_names() -> None:
    """One pair fits, and only because kinds, colours and prices are fields."""
    table = re.search(r"<<'END'\n(.*?)^END$", TUTORIAL, re.S | re.M)
    goal = re.search(r'brainwav plan "(.+?)" --namespace shop', TUTORIAL)
    assert table
    assert goal
    rows = list(csv.DictReader(io.StringIO(table[1])))
    docs = [
        doc(row.pop("sku"), row.pop("description"), **row | {"price": float(row["price"])})
        for row in rows
    ]
    answer = asyncio.run(plan(PlanRequest(goal=goal[1]), in_process(ListToolbox(docs))))
    assert [(each["id"], each["group"]) for each in answer.results] == [("T-2", 0), ("M-2", 0)]
    assert "the red pot and the red mug, since the blue ones cost 36" in TUTORIAL
    assert sum(each.metadata["price"] for each in docs if each.metadata["colour"] == "blue") == 36
