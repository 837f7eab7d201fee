"""Clients made for OpenAI, in the versions that are locked, against the running service.

Each works by its defaults, or is told which setting makes it work.
"""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.environments import node_with_clients, run
from tests.serve.conftest import Service

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

HERE = Path(__file__).parent
ALIAS = "text-embedding-3-small"
"""Of the text side, by the settings of the shared service."""
REMEDIES = {
    "langchain_by_default": "check_embedding_ctx_length=False",
    "llama_index_by_default": "model_aliases",
}
"""What those are told whose defaults cannot work: token ids, and a name that nobody gave."""


@pytest.fixture(scope="module")
def vectors(service: Service) -> list[list[float]]:
    """What the service itself says of the texts that every client sends."""
    body = {"model": ALIAS, "input": ["a red mug", "a blue chair"]}
    answer = httpx.post(f"{service.url}/v1/embeddings", json=body, timeout=60)
    return [item["embedding"] for item in answer.raise_for_status().json()["data"]]


@pytest.fixture(scope="module")
def asked(service: Service, clients_python: str) -> dict[str, dict[str, Any]]:
    """What each Python client got, or raised."""
    lines = run(clients_python, str(HERE / "ask.py"), f"{service.url}/v1", ALIAS).splitlines()
    said = [json.loads(line) for line in lines if line.startswith('{"client"')]
    return {one["client"]: one for one in said}


@pytest.fixture
def node(tmp_path: Path) -> Path:
    """A folder with OpenAI's client for Node."""
    return node_with_clients(tmp_path, HERE / "ask.mjs")


WORKING = [
    "openai_client",
    "langchain",
    "llama_index",
    "haystack",
    "haystack_by_default",
    "litellm",
]


@pytest.mark.parametrize("name", WORKING)
def test_a_python_client_gets_the_services_vectors(asked, vectors, name: str) -> None:
    """Through an alias, in whatever format it asks for."""
    assert "error" not in asked[name], asked[name]
    got = asked[name]["vectors"]
    assert len(got) == 2
    assert got[0] == pytest.approx(vectors[0], abs=1e-5)
    assert got[1] == pytest.approx(vectors[1], abs=1e-5)


@pytest.mark.parametrize("name", REMEDIES)
def test_a_client_whose_defaults_cannot_work_is_told_the_setting(asked, name: str) -> None:
    """In the error that its user sees."""
    assert REMEDIES[name] in asked[name].get("error", ""), asked[name]


def test_the_client_for_node_gets_the_services_vectors(
    service: Service, node: Path, vectors: list[list[float]]
) -> None:
    """By default, in floats, and a refusal in its own exception."""
    said = json.loads(run("node", "ask.mjs", f"{service.url}/v1", ALIAS, cwd=node))
    assert said["id"] == ALIAS
    for got in (said["vectors"], said["floats"]):
        assert got[0] == pytest.approx(vectors[0], abs=1e-5)
        assert got[1] == pytest.approx(vectors[1], abs=1e-5)
    assert (said["refusal"]["status"], said["refusal"]["code"]) == (404, "model_not_found")
    assert "model_aliases" in said["refusal"]["message"]
