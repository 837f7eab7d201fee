"""`brainwav up` of a configuration that fails puts back the one that ran before."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from deployments.local import rollout
from deployments.local.cluster import Cluster
from deployments.local.ports import PREFERRED


def config(version: str) -> dict[str, Any]:
    return {"applications": [{"name": "brainwav", "args": {"version": version}}]}


class Serve:
    """In place of the dashboard's two calls; versions with `bad` in them never run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.config: Mapping[str, Any] = {"applications": []}
        self.puts: list[str] = []
        monkeypatch.setattr(rollout, "put", self.put)
        monkeypatch.setattr(rollout, "status", self.status)
        monkeypatch.setattr(rollout, "await_ready", self.await_ready)
        monkeypatch.setattr(rollout, "POLL_S", 0)

    def put(self, cluster: Cluster, body: Mapping[str, Any], state: Path, say: object) -> None:
        self.config = body
        self.puts.append(self.version)

    @property
    def version(self) -> str:
        return self.config["applications"][0]["args"]["version"]

    def status(self, cluster: Cluster, state: Path) -> dict[str, Any]:
        return {
            "applications": {
                app["name"]: {
                    "status": "DEPLOY_FAILED" if "bad" in app["args"]["version"] else "RUNNING",
                    "message": "no such model",
                    "deployed_app_config": app,
                    "deployments": {},
                }
                for app in self.config["applications"]
            }
        }

    def await_ready(self, url: str, timeout_s: float) -> None:
        if "unready" in self.version:
            raise rollout.RolloutError(f"{url}/health/ready is not ready")


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    return Serve(monkeypatch)


def up(home: Path, version: str, said: list[str]) -> None:
    cluster = Cluster("test", PREFERRED)
    rollout.deploy(cluster, config(version), home, home, 30, said.append, "http://127.0.0.1:1")


def test_a_failed_configuration_is_replaced_by_the_one_that_ran(
    serve: Serve, tmp_path: Path
) -> None:
    """Twice in a row, whether it does not run or is not ready; then a good one stays."""
    said: list[str] = []
    up(tmp_path, "one", said)
    for version, problem in [("bad", "no such model"), ("unready", "is not ready")]:
        with pytest.raises(rollout.RolloutError, match=problem) as error:
            up(tmp_path, version, said)
        assert "the configuration that ran before serves again" in str(error.value)
    assert serve.puts == ["one", "bad", "one", "unready", "one"]
    assert "putting the configuration that ran before back" in said
    up(tmp_path, "two", said)
    assert serve.version == "two"


def test_one_that_failed_is_never_put_back(serve: Serve, tmp_path: Path) -> None:
    """Somebody stopped it before it could go back: what ran is in the home."""
    up(tmp_path, "one", [])
    serve.config = config("bad and interrupted")
    with pytest.raises(rollout.RolloutError):
        up(tmp_path, "bad", [])
    assert serve.version == "one"


def test_where_nothing_ran_there_is_nothing_to_put_back(serve: Serve, tmp_path: Path) -> None:
    """After `down` neither: it was stopped on purpose. What is left running is said."""
    with pytest.raises(rollout.RolloutError) as error:
        up(tmp_path, "bad", [])
    assert "serves again" not in str(error.value)
    assert "left running" in str(error.value)
    assert "`brainwav down` stops it" in str(error.value)
    up(tmp_path, "one", [])
    serve.config, serve.puts = {"applications": []}, []
    with pytest.raises(rollout.RolloutError):
        up(tmp_path, "bad", [])
    assert serve.puts == ["bad"]


def test_a_way_back_that_fails_too_says_so(serve: Serve, tmp_path: Path) -> None:
    """Somebody has to look."""
    up(tmp_path, "one", [])
    serve.config = {**serve.config, "applications": [*serve.config["applications"]]}
    serve.config["applications"][0]["args"]["version"] = "unready"
    with pytest.raises(rollout.RolloutError, match="did not come back"):
        up(tmp_path, "bad", [])
