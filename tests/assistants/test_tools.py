"""What assistants may ask, by the SDK's own client against the application."""

import json
from pathlib import Path
from typing import Any

import pytest
from assistant_samples import HOSTILE, PICTURE, KeyedService, ask, call

from deployments.assistants.answers import NOTICE
from deployments.assistants.tools import tools_for

READING = {"namespaces", "search", "get", "plan", "reflect"}
WRITING = {"put", "delete"}
GOAL = {"goal": "a red mug", "namespace": "shop"}
CALLS: dict[str, dict[str, Any]] = {
    "namespaces": {},
    "search": {"query": "a red mug", "namespace": "shop", "limit": 1},
    "get": {"id": "mug", "namespace": "shop"},
    "plan": GOAL,
    "reflect": GOAL | {"answer": "a red mug [mug]"},
    "put": {"namespace": "made", "documents": [{"id": "hat", "text": "a hat"}]},
    "delete": {"namespace": "made", "ids": ["hat"]},
}
KINDS = {
    "namespaces": "namespaces",
    "search": "search_results",
    "get": "document",
    "plan": "plan",
    "reflect": "reflection",
    "put": "written",
    "delete": "deleted",
}


def listed(service: KeyedService, allow_writes: bool) -> dict[str, Any]:
    """Return the tools by name, as a client lists them."""
    told = ask(service, lambda client: client.list_tools(), allow_writes=allow_writes)
    return {tool.name: tool for tool in told.tools}


@pytest.mark.parametrize("name", CALLS)
def test_every_tool_is_called_and_answers_in_its_schema(service: KeyedService, name: str) -> None:
    """As typed content, and in words for those who read no types."""
    if name == "delete":
        assert not call(service, "put", CALLS["put"], allow_writes=True).is_error
    result = call(service, name, CALLS[name], allow_writes=True)
    assert not result.is_error, result.content
    marked = result.structured_content
    assert (marked["kind"], marked["notice"]) == (KINDS[name], NOTICE)
    assert json.loads(result.content[0].text) == marked
    assert marked["data"]


def test_without_allowed_writes_nothing_can_be_changed(service: KeyedService) -> None:
    """The tools are not listed, and calling them by name does nothing."""
    assert set(listed(service, allow_writes=False)) == READING
    before = service.ids("shop")
    for name in sorted(WRITING):
        arguments = {**CALLS[name], "namespace": "shop"}
        assert call(service, name, arguments).is_error
    assert service.ids("shop") == before


def test_tools_say_whether_they_change_anything(service: KeyedService) -> None:
    """Those that write are marked destructive."""
    tools = listed(service, allow_writes=True)
    assert set(tools) == READING | WRITING
    hints = {name: tool.annotations for name, tool in tools.items()}
    assert {name for name, hint in hints.items() if hint.destructive_hint} == WRITING
    assert {name for name, hint in hints.items() if hint.read_only_hint} == READING


def test_no_description_holds_what_is_stored(service: KeyedService) -> None:
    """Neither text nor names: what the tools say is fixed before anything is stored."""
    told = json.dumps([tool.model_dump(mode="json") for tool in listed(service, True).values()])
    assert not [word for word in (HOSTILE, "mug", "shop", "pictures_of") if word in told]
    assert tools_for(False, None).keys() == READING


def test_a_hostile_text_is_data(service: KeyedService) -> None:
    """It stands in a field of its own, beside the notice, never in it."""
    result = call(service, "get", {"id": "note", "namespace": "shop"})
    assert HOSTILE in result.structured_content["data"]["text"]
    assert HOSTILE not in result.structured_content["notice"]
    assert len(result.content) == 1


def test_pictures_are_shown_as_pictures(service: KeyedService) -> None:
    """In the type in which they are stored, each named."""
    found = call(service, "search", {"query": "red", "namespace": "pictures", "pictures": True})
    (id,) = found.structured_content["data"]["pictures_of"]
    assert (found.content[1].type, found.content[1].mime_type) == ("image", "image/png")
    alone = call(service, "get", {"id": id, "namespace": "pictures"})
    assert alone.content[1].data == found.content[1].data
    without = call(service, "get", {"id": id, "namespace": "pictures", "picture": False})
    assert len(without.content) == 1
    assert len(PICTURE) > 50


def test_a_plan_is_reflected_on(service: KeyedService) -> None:
    """What one tool returns the other takes."""
    plan = call(service, "plan", GOAL).structured_content["data"]
    assert plan["steps"]
    result = call(service, "reflect", GOAL | {"plan": plan})
    assert not result.is_error, result.content
    assert 0 <= result.structured_content["data"]["quality_score"] <= 1


def test_a_readers_key_cannot_write(service: KeyedService) -> None:
    """The service refuses, whatever the server offers."""
    result = call(service, "put", CALLS["put"], key=service.reader, allow_writes=True)
    assert result.is_error
    assert "read_only_key" in result.content[0].text
    assert "a red mug" in call(service, "get", CALLS["get"], key=service.reader).content[0].text


def test_a_bound_key_sees_its_own_namespaces_alone(service: KeyedService) -> None:
    """By every tool that reads."""
    for name in ("search", "get", "plan"):
        result = call(service, name, CALLS[name], key=service.foreign)
        assert result.is_error
        assert "a red mug" not in result.content[0].text.replace(CALLS["search"]["query"], "", 1)
    names = call(service, "namespaces", {}, key=service.foreign).structured_content["data"]
    assert names == {"namespaces": []}


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("search", {"query": "red"}, "namespace"),
        ("search", {"query": "red", "namespace": "shop", "limt": 3}, "limt"),
        ("search", {"query": "red", "namespace": "shpo"}, "unknown_namespace"),
        ("get", {"id": "gone", "namespace": "shop"}, "not_found"),
        ("get", {"id": "..", "namespace": "shop"}, "invalid_document_id"),
        ("nothing", {}, "no tool"),
    ],
)
def test_what_is_wrong_is_said_to_the_assistant(
    service: KeyedService, name: str, arguments: dict[str, Any], said: str
) -> None:
    """So that it can mend its call."""
    result = call(service, name, arguments)
    assert result.is_error
    assert said in result.content[0].text


def test_files_are_written_from_below_the_folder(service: KeyedService, tmp_path: Path) -> None:
    """By their names within it."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "red.png").write_bytes(PICTURE)
    arguments = {"namespace": "files", "files": ["sub/red.png"]}
    result = call(service, "put", arguments, allow_writes=True, folder=tmp_path)
    assert result.structured_content["data"]["upserted"] == 1
    refused = call(service, "put", arguments, allow_writes=True)
    assert refused.is_error
    assert "files" in refused.content[0].text


@pytest.mark.parametrize(
    "name", ["../out.txt", "link.txt", "/etc/hostname", ".env", "sub", "", "no"]
)
def test_no_file_is_read_from_anywhere_else(
    service: KeyedService, tmp_path: Path, name: str
) -> None:
    """Neither by steps upwards, by links, by whole paths, nor hidden ones."""
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (tmp_path / "out.txt").write_text("a secret")
    (root / ".env").write_text("a secret")
    (root / "link.txt").symlink_to(tmp_path / "out.txt")
    arguments = {"namespace": "stolen", "files": [name]}
    result = call(service, "put", arguments, allow_writes=True, folder=root)
    assert result.is_error
    assert "secret" not in result.content[0].text
    assert service.ids("stolen") == set()
