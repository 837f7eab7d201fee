"""What one can ask of the service, but for long lists: one operation a route."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from urllib.parse import quote

import httpx

from brainwav_client.answers import (
    DeleteAnswer,
    DocumentPage,
    Health,
    Namespaces,
    StoredDocument,
    StoredPicture,
    of_json,
    read,
)
from brainwav_client.exchange import More, Operation, Request, as_json, given
from brainwav_client.pictures import Picture, picture_base64
from brainwav_client.plan_answers import PlanAnswer, Reflection


def get(document_id: str, *, namespace: str = "default") -> Operation[StoredDocument]:
    """Read one document; its ``etag`` is for ``patch``."""
    reply: httpx.Response = yield Request(
        "GET", document_path(document_id), params={"namespace": namespace}
    )
    etag = reply.headers.get("ETag")
    return read(StoredDocument, reply).model_copy(update={"etag": etag})


def picture(
    document_id: str, *, namespace: str = "default", width: int | None = None
) -> Operation[StoredPicture]:
    """Read a document's picture as it was stored; with ``width`` (64, 128, 256, 512) a small JPEG.

    A narrower picture is never enlarged.
    """
    path = f"{document_path(document_id)}/image"
    params: dict[str, str | int] = {"namespace": namespace}
    if width is not None:
        params["width"] = width
    reply: httpx.Response = yield Request("GET", path, params=params)
    return StoredPicture(content=reply.content, mime_type=reply.headers.get("Content-Type", ""))


def documents(
    *, namespace: str = "default", limit: int = 50, offset: int = 0
) -> Operation[DocumentPage]:
    """List documents in the order of their ids."""
    params = {"namespace": namespace, "limit": limit, "offset": offset}
    reply = yield Request("GET", "/documents", params=params)
    return read(DocumentPage, reply)


def delete(document_id: str, *, namespace: str = "default") -> Operation[DeleteAnswer]:
    """Delete one document; `NotFound` if there is none of that id."""
    # Sent again after a lost answer it would be told that there is no such document.
    params = {"namespace": namespace}
    reply = yield Request("DELETE", document_path(document_id), params=params, repeatable=False)
    return read(DeleteAnswer, reply)


def document_path(document_id: str) -> str:
    """Return where a document is."""
    told = quote(document_id, safe="")
    # A path of dots would be taken for steps upwards, to another route.
    return f"/documents/{told.replace('.', '%2E') if set(told) == {'.'} else told}"


def namespaces() -> Operation[Namespaces]:
    """Name the namespaces that hold documents."""
    reply = yield Request("GET", "/namespaces")
    return read(Namespaces, reply)


def health() -> Operation[Health]:
    """Say how every component answered when it was really used."""
    reply = yield Request("GET", "/health")
    return read(Health, reply)


def plan_request(
    goal: str,
    *,
    namespace: str = "default",
    context: Mapping[str, Any] | None = None,
    strategy: str = "auto",
    engine: Literal["auto", "embedded", "llm"] = "auto",
    tools: Sequence[str] | None = None,
    execute: bool = True,
    limit: int = 10,
    budget: Mapping[str, float] | None = None,
    seed: int = 0,
    picture: Picture | None = None,
    recall: bool = False,
    remember: bool = False,
    more: More | None = None,
) -> Request:
    """Plan a goal, carry the plan out, return the best with what it found.

    Args:
        goal: In words.
        namespace: What is searched.
        context: Data for the planner, never instructions.
        strategy: auto, single, cot, tot, tot_bfs, tot_dfs.
        engine: What plans.
        tools: Those allowed; all by default.
        execute: Carry the plan out.
        limit: Results at the end.
        budget: Bounds, such as ``max_nodes`` and ``deadline_ms``.
        seed: The same one plans the same.
        picture: One that the goal speaks of.
        recall: Look at earlier plans for like goals first.
        remember: Write the finished plan into the namespace.
        more: Members that this version does not know.
    """
    body = {
        "goal": goal,
        "namespace": namespace,
        "context": None if context is None else dict(context),
        "strategy": strategy,
        "engine": engine,
        "tools": None if tools is None else list(tools),
        "execute": execute,
        "limit": limit,
        "budget": None if budget is None else dict(budget),
        "seed": seed,
        "image_base64": None if picture is None else picture_base64(picture),
        "recall": recall,
        "remember": remember,
    }
    sent = as_json(given(body, more))
    # A plan that is remembered is a write: done again it would be written again.
    return Request("POST", "/agents/plan", sent, repeatable=not remember)


def planned(request: Request) -> Operation[PlanAnswer]:
    """Send a request for a plan."""
    reply = yield request
    return read(PlanAnswer, reply)


def finished_plan(run_id: str) -> Operation[PlanAnswer]:
    """Return the answer of a streamed run that has ended; `RunNotFinished` while it goes on."""
    reply = yield Request("GET", f"/agents/plan/{quote(run_id, safe='')}")
    return read(PlanAnswer, reply)


def reflect(
    goal: str,
    *,
    plan: PlanAnswer | Mapping[str, Any] | None = None,
    answer: str | None = None,
    results: Sequence[str] = (),
    namespace: str = "default",
    max_rounds: int = 1,
    quality_threshold: float = 0.7,
    tools: Sequence[str] | None = None,
    budget: Mapping[str, float] | None = None,
    limit: int = 10,
    seed: int = 0,
    remember: bool = False,
    more: More | None = None,
) -> Operation[Reflection]:
    """Judge a plan, an answer or results (ids) against a goal, and revise what can be revised."""
    body = {
        "goal": goal,
        "plan": plan.model_dump(mode="json") if isinstance(plan, PlanAnswer) else plan,
        "answer": answer,
        "results": list(results),
        "namespace": namespace,
        "max_rounds": max_rounds,
        "quality_threshold": quality_threshold,
        "tools": None if tools is None else list(tools),
        "budget": None if budget is None else dict(budget),
        "limit": limit,
        "seed": seed,
        "remember": remember,
    }
    sent = as_json(given(body, more))
    reply = yield Request("POST", "/agents/reflect", sent, repeatable=not remember)
    return read(Reflection, reply)


def call(
    method: str, path: str, body: Any = None, *, params: Mapping[str, str | int] | None = None
) -> Operation[Any]:
    """Ask any route, such as `/slo`, and return its decoded answer.

    Nothing but GET is sent again after a lost answer: what a route does is not known here.
    """
    sent = None if body is None else as_json(body)
    safe = method.upper() == "GET"
    reply: httpx.Response = yield Request(method.upper(), path, sent, params or {}, repeatable=safe)
    return of_json(reply.content, reply.status_code)
