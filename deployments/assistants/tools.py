"""The tools, each with what it is called with, what it does and what it may change."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from deployments.assistants.answers import (
    DOCUMENT,
    REFLECTION,
    ToolAnswer,
    ToolPicture,
    found,
    part,
    planned,
)
from deployments.assistants.arguments import (
    DeleteArguments,
    GetArguments,
    NamespacesArguments,
    PlanArguments,
    PutArguments,
    PutFilesArguments,
    ReflectArguments,
    SearchArguments,
    ToolArguments,
)
from deployments.assistants.caller import ServiceCaller, ServiceRefused, document_path
from deployments.assistants.files import FolderOfFiles

MOST_PICTURES = 4
MOST_PICTURE_BYTES = 1024 * 1024
SHOWN_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Pictures that assistants read."""
ToolRun = Callable[[ServiceCaller, Any], Awaitable[ToolAnswer]]


@dataclass(frozen=True, slots=True)
class AssistantTool:
    """A tool; its words are ours alone, nothing that is stored is part of them."""

    name: str
    title: str
    description: str
    kind: str
    arguments: type[ToolArguments]
    run: ToolRun
    writes: bool = False


async def _namespaces(caller: ServiceCaller, asked: NamespacesArguments) -> ToolAnswer:
    answer = await caller.ask("GET", "/namespaces")
    return ToolAnswer("namespaces", {"namespaces": answer["namespaces"]})


async def _search(caller: ServiceCaller, asked: SearchArguments) -> ToolAnswer:
    body = asked.model_dump(exclude={"pictures"}, exclude_none=True)
    answer = await caller.ask("POST", "/search", json=body)
    ids = [hit["id"] for hit in answer["results"] if hit["modality"] == "IMAGE"]
    wanted = ids[:MOST_PICTURES] if asked.pictures else []
    shown, data = await _pictures(caller, asked.namespace, wanted), found(answer)
    return ToolAnswer("search_results", data | _told(shown), _content(shown))


async def _get(caller: ServiceCaller, asked: GetArguments) -> ToolAnswer:
    params = {"namespace": asked.namespace}
    document = await caller.ask("GET", document_path(asked.id), params=params)
    has_picture = asked.picture and document["modality"] == "IMAGE"
    shown = await _pictures(caller, asked.namespace, [asked.id] if has_picture else [])
    return ToolAnswer("document", part(document, DOCUMENT) | _told(shown), _content(shown))


async def _plan(caller: ServiceCaller, asked: PlanArguments) -> ToolAnswer:
    return ToolAnswer(
        "plan", planned(await caller.ask("POST", "/agents/plan", json=asked.model_dump()))
    )


async def _reflect(caller: ServiceCaller, asked: ReflectArguments) -> ToolAnswer:
    body = asked.model_dump(exclude_none=True)
    if asked.plan is not None:
        body["plan"] = part(asked.plan, ("steps", "answer_step"))
    answer = await caller.ask("POST", "/agents/reflect", json=body)
    return ToolAnswer("reflection", part(answer, REFLECTION))


async def _put(caller: ServiceCaller, asked: PutArguments) -> ToolAnswer:
    documents = [document.model_dump(exclude_none=True) for document in asked.documents]
    if not documents:
        raise ServiceRefused("there is nothing to write")
    body = {"namespace": asked.namespace, "documents": documents}
    return _written(await caller.ask("PUT", "/documents", json=body))


def _put_files(folder: FolderOfFiles) -> ToolRun:
    async def put(caller: ServiceCaller, asked: PutFilesArguments) -> ToolAnswer:
        if not asked.files:
            return await _put(caller, asked)
        if asked.documents:
            raise ServiceRefused("give documents or files, one kind a call")
        files = [folder.read(name) for name in asked.files]
        return _written(await caller.upload(asked.namespace, files, json.dumps({})))

    return put


async def _delete(caller: ServiceCaller, asked: DeleteArguments) -> ToolAnswer:
    deleted, failed = [], []
    for id in asked.ids:
        try:
            params = {"namespace": asked.namespace}
            await caller.ask("DELETE", document_path(id), params=params)
            deleted.append(id)
        except ServiceRefused as error:
            failed.append({"id": id, "why": str(error)})
    if not deleted:
        raise ServiceRefused(failed[0]["why"])
    return ToolAnswer("deleted", {"deleted": deleted, "failed": failed})


def _written(answer: dict[str, Any]) -> ToolAnswer:
    return ToolAnswer("written", part(answer, ("upserted", "ids", "failed", "warnings")))


_Shown = Sequence[tuple[str, ToolPicture | None]]


async def _pictures(caller: ServiceCaller, namespace: str, ids: Sequence[str]) -> _Shown:
    shown = []
    for id in ids:
        path, params = f"{document_path(id)}/image", {"namespace": namespace}
        answer = await caller.answered("GET", path, params=params)
        picture = ToolPicture(answer.content, answer.headers.get("content-type", ""))
        fits = len(picture.content) <= MOST_PICTURE_BYTES and picture.mime_type in SHOWN_TYPES
        shown.append((id, picture if fits else None))
    return shown


def _content(shown: _Shown) -> tuple[ToolPicture, ...]:
    return tuple(picture for _, picture in shown if picture is not None)


def _told(shown: _Shown) -> dict[str, Any]:
    """Say whose pictures follow, in their order, and whose do not fit."""
    return {
        "pictures_of": [id for id, picture in shown if picture is not None],
        "pictures_left_out": [id for id, picture in shown if picture is None],
    }


READING = (
    AssistantTool(
        "namespaces",
        "Name the namespaces",
        "Names the namespaces that hold documents: what can be searched.",
        "namespaces",
        NamespacesArguments,
        _namespaces,
    ),
    AssistantTool(
        "search",
        "Search",
        "Searches one namespace by words and by meaning; texts and pictures alike.",
        "search_results",
        SearchArguments,
        _search,
    ),
    AssistantTool(
        "get",
        "Read a document",
        "Reads one document by its id, with its picture.",
        "document",
        GetArguments,
        _get,
    ),
    AssistantTool(
        "plan",
        "Plan several searches",
        "For a goal that no single search answers: plans searches, carries them out, and returns "
        "the steps with what they found.",
        "plan",
        PlanArguments,
        _plan,
    ),
    AssistantTool(
        "reflect",
        "Judge a plan or an answer",
        "Says what is wrong with a plan, an answer or results for a goal, by what is stored.",
        "reflection",
        ReflectArguments,
        _reflect,
    ),
)


def tools_for(allow_writes: bool, folder: FolderOfFiles | None) -> dict[str, AssistantTool]:
    """Return the tools that are offered.

    Args:
        allow_writes: Offer `put` and `delete`; without, there is nothing that changes anything.
        folder: What `put` may read files below; None: no file is read.
    """
    put = (PutArguments, _put) if folder is None else (PutFilesArguments, _put_files(folder))
    writing = (
        AssistantTool(
            "put",
            "Write documents",
            "Writes documents; one of the same id is replaced.",
            "written",
            *put,
            writes=True,
        ),
        AssistantTool(
            "delete",
            "Delete documents",
            "Deletes documents by their ids, for good.",
            "deleted",
            DeleteArguments,
            _delete,
            writes=True,
        ),
    )
    return {tool.name: tool for tool in (*READING, *(writing if allow_writes else ()))}
