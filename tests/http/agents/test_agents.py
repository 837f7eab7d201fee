"""`/agents` over the real planner and a small real index, with fake towers and without Ray."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.errors import Overloaded
from tests.fakes import LocalBackend
from tests.http.agents.film_samples import GOAL, NAMESPACE, ask, refusal


def test_a_goal_of_two_hops_is_answered_by_following_titles(client: TestClient) -> None:
    """The answer has the contract's fields, and the second hop's document."""
    answer = ask(client).json()
    assert {"d1", "d2"} <= {result["id"] for result in answer["results"]}
    assert answer["degraded"] is False
    assert answer["engine"] == "embedded"
    assert {step["status"] for step in answer["steps"]} == {"done"}
    assert answer["tree"]["best"] == answer["best_branch_id"]
    assert answer["usage"]["tool_calls"] <= 40


@pytest.mark.parametrize("strategy", ["auto", "single", "cot", "tot", "tot_bfs", "tot_dfs"])
def test_equal_requests_grow_equal_trees(client: TestClient, strategy: str) -> None:
    """The tree's hash repeats for every strategy."""
    first, second = (ask(client, strategy=strategy).json() for _ in range(2))
    assert first["tree"]["hash"] == second["tree"]["hash"]
    assert first["id"] != second["id"]


@pytest.mark.parametrize("strategy", ["single", "tot"])
def test_a_goal_that_the_model_cannot_read_is_planned_and_said(client, strategy: str) -> None:
    """Searches by meaning leave its words out; a goal that it can read is warned of nothing."""
    [warning] = ask(client, goal="熊猫 在 哪里", strategy=strategy).json()["warnings"]
    assert (warning["code"], warning["where"]) == ("unreadable_by_model", "goal")
    assert ask(client, goal="the café films", strategy=strategy).json().get("warnings") is None


def test_a_plan_may_be_made_without_being_run(client: TestClient) -> None:
    """Steps are planned, nothing is found, no call is made."""
    answer = ask(client, execute=False).json()
    assert {step["status"] for step in answer["steps"]} == {"planned"}
    assert answer["results"] == []
    assert answer["stop_reason"] == "not_executed"
    assert answer["usage"]["tool_calls"] == 0


@pytest.mark.parametrize(
    ("bound", "reason"),
    [({"max_nodes": 1}, "budget_nodes"), ({"max_tool_calls": 1}, "budget_tool_calls")],
)
def test_a_budget_that_runs_out_gives_the_best_so_far(client, bound, reason: str) -> None:
    """200 with its stop reason."""
    answer = ask(client, strategy="tot", budget=bound).json()
    assert answer["stop_reason"] == reason


@pytest.mark.parametrize(
    ("fields", "code", "where"),
    [
        ({"goal": ""}, "invalid_goal", "goal"),
        ({"goal": " ?!\n"}, "invalid_goal", "goal"),
        ({"goal": "word " * 1000}, "invalid_goal", "goal"),
        ({"strategy": "guess"}, "unknown_strategy", "strategy"),
        ({"tools": ["search_text", "rm"]}, "unknown_tool", "tools.1"),
        ({"tools": []}, "invalid_request", "tools"),
        ({"budget": {"max_nodes": 0}}, "invalid_budget", "budget.max_nodes"),
        ({"budget": {"max_nodes": 10**9}}, "invalid_budget", "budget.max_nodes"),
        ({"budget": {"deadline_ms": 120_001}}, "invalid_budget", "budget.deadline_ms"),
        ({"budget": {"max_cost": -1.0}}, "invalid_budget", "budget.max_cost"),
        ({"namespace": "No Such!"}, "invalid_namespace", "namespace"),
        ({"image_base64": "!!"}, "invalid_base64", "image_base64"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_cannot_be_planned_is_refused_by_name(client, fields, code, where, stream) -> None:
    """422 with the place, streamed or not."""
    assert refusal(ask(client, stream=stream, **fields), 422, code)["where"] == where


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"engine": "oracle"}, "engine"),
        ({"budget": {"max_node": 1}}, "budget.max_node"),
        ({"budget": {"max_nodes": "many"}}, "budget.max_nodes"),
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"seed": -1}, "seed"),
        ({"contxt": {}}, "contxt"),
        ({"goal": None}, "goal"),
    ],
)
def test_a_malformed_plan_request_names_the_place(client: TestClient, fields, where: str) -> None:
    """422 of the schema."""
    details = refusal(ask(client, **fields), 422, "invalid_request")
    assert where in [error["where"] for error in details["errors"]]


@pytest.mark.parametrize(
    "goal",
    [
        "\x00 film",
        "9" * 4000,
        "film under " + "9" * 400,
        "not " * 999 + "x",
        "film, " * 660,
        "both of them both of the same both",
        "🎞" * 400 + " film",
        "'; DROP TABLE films; --",
        "film between NaN and 1e999",
        "(" * 900 + "film",
        "film\u202e film",
        "ß" * 3999,
    ],
)
@pytest.mark.parametrize("strategy", ["auto", "tot"])
def test_strange_goals_have_an_answer(client: TestClient, goal: str, strategy: str) -> None:
    """200 with a stop reason: whatever is said, it is a search at worst."""
    answer = ask(client, goal=goal, strategy=strategy)
    assert answer.status_code == 200, answer.text
    assert answer.json()["stop_reason"]


def test_the_smallest_budget_has_an_answer(client: TestClient) -> None:
    """Every bound at one: nothing is found, and that is said."""
    bounds = tuple(
        """max_nodes max_depth beam_width branching level_width max_tool_calls max_tokens max_cost
    deadline_ms""".split()
    )
    answer = ask(client, budget=dict.fromkeys(bounds, 1))
    assert answer.status_code == 200
    assert answer.json()["stop_reason"] in ("deadline", "budget_nodes", "budget_tool_calls")


def test_a_plan_that_cites_documents_that_do_not_exist_is_told_so(client: TestClient) -> None:
    """By fetch and by picture; 200 with the issue and its place."""
    steps = [
        {"id": "s1", "tool": "fetch", "args": {"ids": ["d1", "gone"]}},
        {"id": "s2", "tool": "search_image", "args": {"document_id": "gone"}},
    ]
    response = look_at(client, plan={"steps": steps})
    assert response.status_code == 200, response.text
    issues = [i for i in response.json()["issues"] if i["code"] == "missing_input"]
    assert {issue["where"] for issue in issues} == {"s1.args.ids", "s2.args.document_id"}


@pytest.mark.parametrize(
    ("path", "fields", "where"),
    [
        ("plan", {"goal": "\ud800 film"}, "goal"),
        ("plan", {"goal": "\ud800 film", "stream": True}, "goal"),
        ("plan", {"context": {"a": "\ud800"}}, "context"),
        ("reflect", {"goal": "\ud800 film", "answer": "x"}, "goal"),
        ("reflect", {"answer": "\udfff"}, "answer"),
    ],
)
def test_half_a_surrogate_pair_is_refused(client: TestClient, path, fields, where: str) -> None:
    """It cannot be written as UTF-8: no model can read it and no answer repeat it."""
    body = json.dumps({"goal": GOAL, "namespace": NAMESPACE} | fields)
    headers = {"content-type": "application/json"}
    response = client.post(f"/agents/{path}", content=body, headers=headers)
    assert refusal(response, 422, "invalid_text")["where"] == where


def test_an_oversize_context_is_refused(client: TestClient) -> None:
    """413."""
    response = ask(client, context={"notes": "x" * 30_000})
    assert refusal(response, 413, "text_too_long")["where"] == "context"


def look_at(client: TestClient, **fields: Any):
    """Post a reflect request."""
    return client.post("/agents/reflect", json={"goal": GOAL, "namespace": NAMESPACE} | fields)


def test_a_plan_answer_can_be_sent_back_as_it_is(client: TestClient) -> None:
    """Its plan is run again and judged; the results alone will do too."""
    answer = ask(client).json()
    reflection = look_at(client, plan=answer).json()
    assert 0 <= reflection["quality_score"] <= 1
    assert reflection["rounds"] <= 1
    assert reflection["potential_after"] <= reflection["potential_before"]
    assert look_at(client, results=answer["results"]).status_code == 200


def test_a_broken_plan_gets_its_issues_and_not_an_error(client: TestClient) -> None:
    """A cycle, an unknown tool and a missing input are named with their steps."""
    steps = [
        {"id": "s1", "tool": "filter", "depends_on": ["s2"]},
        {"id": "s2", "tool": "filter", "depends_on": ["s1"]},
        {"id": "s3", "tool": "fly", "args": {}},
        {"id": "s4", "tool": "intersect", "inputs": ["s9"], "depends_on": ["s9"]},
    ]
    reflection = look_at(client, plan={"steps": steps}).json()
    assert {"cycle", "unknown_tool", "missing_input"} <= {i["code"] for i in reflection["issues"]}
    assert reflection["potential_after"] <= reflection["potential_before"]


def test_a_claim_without_support_is_found(client: TestClient) -> None:
    """The span of the sentence that no document bears out is named."""
    reflection = look_at(
        client,
        answer="Ada Lind was born in Norrtal [d2]. She owned nine tame wolves.",
        max_rounds=1,
    ).json()
    issue = next(i for i in reflection["issues"] if i["code"] == "unsupported_claim")
    assert issue["where"].startswith("answer[")


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({}, 422, "invalid_plan"),
        ({"answer": "  "}, 422, "invalid_plan"),
        ({"answer": "x", "max_rounds": 0}, 422, "invalid_budget"),
        ({"answer": "x", "max_rounds": 4}, 422, "invalid_budget"),
        ({"answer": "x", "quality_threshold": 2}, 422, "invalid_budget"),
        ({"answer": "x", "budget": {"max_nodes": 0}}, 422, "invalid_budget"),
        ({"results": ["no-such-document"]}, 422, "unknown_document"),
        ({"results": ["a/b"]}, 422, "invalid_document_id"),
        ({"plan": {"steps": [{"id": "s1"}]}}, 422, "invalid_plan"),
        ({"plan": {"steps": "none"}}, 422, "invalid_plan"),
        ({"plan": {"steps": [{"id": "\ud800", "tool": "x"}]}}, 422, "invalid_text"),
        ({"plan": 7}, 422, "invalid_request"),
        ({"goal": "", "answer": "x"}, 422, "invalid_goal"),
        ({"answer": "x", "tools": ["fly"]}, 422, "unknown_tool"),
    ],
)
def test_what_cannot_be_reflected_on_is_refused(client, fields, status, code) -> None:
    """4xx in the one shape."""
    body = json.dumps({"goal": GOAL, "namespace": NAMESPACE} | fields)
    headers = {"content-type": "application/json"}
    refusal(client.post("/agents/reflect", content=body, headers=headers), status, code)


def test_a_plan_is_remembered_only_when_asked_for(client: TestClient) -> None:
    """It becomes a document of its namespace, and a later plan for a like goal finds it."""
    first = ask(client, remember=False).json()
    assert first["remembered"] is None
    kept = ask(client, remember=True).json()["remembered"]
    document = client.get(f"/documents/{kept}", params={"namespace": NAMESPACE}).json()
    assert document["metadata"]["kind"] == "artifact"
    later = ask(client, recall=True, goal="Where was the director of Stern Kessel born, again?")
    assert [item["id"] for item in later.json()["recalled"]] == [kept]
    assert kept not in [result["id"] for result in later.json()["results"]]
    reflected = look_at(client, results=["d1"], remember=True).json()["remembered"]
    assert client.get(f"/documents/{reflected}", params={"namespace": NAMESPACE}).status_code == 200


def test_every_run_is_counted_once(client: TestClient, backend: LocalBackend) -> None:
    """What was answered with its figures, a component that fails as refused; streams as well."""
    before = len(backend.counted)
    answer = ask(client, strategy="tot").json()
    reflection = look_at(client, results=["d5"]).json()
    ask(client, strategy="cot", stream=True)
    backend.failing = Overloaded("full")
    try:
        assert ask(client, strategy="single").status_code == 503
    finally:
        backend.failing = None
    planned, looked, streamed, refused = backend.counted[before:]
    assert (planned.strategy, planned.status) == ("tot", "ok")
    assert planned.branches == len(answer["tree"]["nodes"]) - 1
    assert looked.quality == pytest.approx(reflection["quality_score"], abs=1e-4)
    assert looked.improvements == int(reflection["accepted"])
    assert (streamed.strategy, streamed.status) == ("cot", "ok")
    assert (refused.strategy, refused.status, refused.branches) == ("single", "refused", 0)
