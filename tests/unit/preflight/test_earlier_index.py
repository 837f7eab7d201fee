"""Whoever changes the model is told what the new index lacks."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from deployments.checking.config import GRAPH
from deployments.preflight.earlier_index import Switched, lacking, left_behind, switched
from deployments.settings.service import IndexSettings
from retrieval.store.connection import connect
from retrieval.store.schema import table_of


def config(uri: Path) -> dict[str, Any]:
    """Return a configuration over an index."""
    return {"applications": [{"import_path": GRAPH, "args": {"index": {"uri": str(uri)}}}]}


def index(folder: Path, *namespaces: str) -> Path:
    """Make an index with namespaces of nothing."""

    async def make() -> None:
        db = await connect(str(folder))
        await db.create_table("settings", [{"key": "schema", "value": "5"}])
        for namespace in namespaces:
            await db.create_table(table_of(namespace), [{"id": "1"}])
        db.close()

    asyncio.run(make())
    return folder


def ran(home: Path, uri: Path, port: int = 1, at_s: int = 1) -> None:
    """Write down, as a deployment does, what ran."""
    file = home / f"last-run-127.0.0.1-{port}.json"
    file.write_text(json.dumps(config(uri)))
    os.utime(file, (at_s, at_s))


def pair(before: Path, now: Path) -> Switched:
    """Return two indexes."""
    return Switched(IndexSettings(uri=str(now)), IndexSettings(uri=str(before)))


def test_the_index_of_what_ran_last_is_the_one_of_before(tmp_path: Path) -> None:
    """Whichever ports the cluster had; what was deployed to other machines is none of ours."""
    ran(tmp_path, tmp_path / "first", port=1, at_s=1)
    ran(tmp_path, tmp_path / "second", port=2, at_s=2)
    (tmp_path / "last-run-other-3.json").write_text(json.dumps(config(tmp_path / "third")))
    found = switched(tmp_path, config(tmp_path / "new"))
    assert found is not None
    assert (Path(found.before.uri).name, Path(found.now.uri).name) == ("second", "new")


@pytest.mark.parametrize("written", [None, "", "{", "{}", "[]", '{"applications": [{}]}'])
def test_nothing_is_said_where_nothing_is_known(tmp_path: Path, written: str | None) -> None:
    """A first start, a file of another version, the same index as before."""
    if written is not None:
        (tmp_path / "last-run-127.0.0.1-1.json").write_text(written)
    assert switched(tmp_path, config(tmp_path / "new")) is None
    ran(tmp_path, tmp_path / "new")
    assert switched(tmp_path, config(tmp_path / "new")) is None


def test_what_the_old_index_holds_is_said_where_the_new_one_is_empty(tmp_path: Path) -> None:
    """With the way to bring it over."""
    old, new = index(tmp_path / "old", *"abcdefg"), index(tmp_path / "new")
    said = left_behind(pair(old, new))
    assert said is not None
    assert "the new index is empty; the old one" in said
    assert "holds 7 namespaces" in said
    assert "brainwav reembed" in said
    assert "holds 1 namespace:" in str(left_behind(pair(index(tmp_path / "one", "a"), new)))


def test_nothing_is_said_of_an_index_with_documents_or_of_an_old_one_without(
    tmp_path: Path,
) -> None:
    """Nobody misses anything."""
    old, new = index(tmp_path / "old", "a"), index(tmp_path / "new", "b")
    assert left_behind(pair(old, new)) is None
    assert left_behind(pair(index(tmp_path / "none"), index(tmp_path / "empty"))) is None
    assert left_behind(pair(tmp_path / "gone", index(tmp_path / "another"))) is None


def test_an_old_index_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    """It stops nothing: the service runs."""
    (tmp_path / "file").write_text("no folder")
    said = left_behind(pair(tmp_path / "file", index(tmp_path / "new")))
    assert said is not None
    assert "cannot be read" in said


def test_namespaces_that_only_the_old_index_has_are_named(tmp_path: Path) -> None:
    """So that whoever switched by hand is not told that all is done."""
    old, new = index(tmp_path / "old", "b", "a", "c"), index(tmp_path / "new", "c", "d")
    assert lacking(pair(old, new)) == "a, b"
    assert lacking(pair(new, new)) == ""
