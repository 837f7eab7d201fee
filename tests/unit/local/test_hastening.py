"""Before a service ends, its replicas are told to wait for no late requests."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from deployments.local import hastening, rollout
from deployments.local.cluster import Cluster
from deployments.local.ports import PREFERRED

CLUSTER = Cluster("test", PREFERRED)
APP = {
    "name": "brainwav",
    "import_path": "graph:build",
    "runtime_env": {"env_vars": {"RELEASE": "1"}},
    "deployments": [{"name": "Planner", "graceful_shutdown_wait_loop_s": 8.0, "num_replicas": 1}],
}


def details(status: str = "RUNNING") -> dict[str, Any]:
    """Serve's account of one application, of whose deployments the configuration names one."""
    app = {"status": status, "deployed_app_config": APP}
    return {"applications": {"brainwav": app | {"deployments": {"Planner": {}, "Embedder": {}}}}}


def test_every_deployment_waits_no_more_and_nothing_else_changes() -> None:
    """Those that the configuration does not name too."""
    hastened = hastening.without_waits(details())
    assert hastened is not None
    (app,) = hastened["applications"]
    short = {"graceful_shutdown_wait_loop_s": hastening.WAIT_S}
    assert app["deployments"] == [
        {"name": "Planner", "num_replicas": 1} | short,
        {"name": "Embedder"} | short,
    ]
    assert {k: v for k, v in app.items() if k != "deployments"} == {
        k: v for k, v in APP.items() if k != "deployments"
    }
    assert APP["deployments"][0]["graceful_shutdown_wait_loop_s"] == 8.0  # type: ignore[index]


@pytest.mark.parametrize("listed", [[], [{"name": "Ingress", "user_config": {"heartbeat_s": 4.0}}]])
def test_the_door_closes_at_once_and_keeps_its_other_settings(
    listed: list[dict[str, Any]],
) -> None:
    """Whether the configuration names it or its settings come from elsewhere."""
    account = details()
    app = account["applications"]["brainwav"]
    app["deployed_app_config"] = APP | {"deployments": listed}
    app["deployments"] = {"Ingress": {"deployment_config": {"user_config": {"heartbeat_s": 4.0}}}}
    hastened = hastening.without_waits(account)
    assert hastened is not None
    (door,) = hastened["applications"][0]["deployments"]
    assert door["user_config"] == {"heartbeat_s": 4.0, "drain_s": 0.0}


@pytest.mark.parametrize("status", ["DEPLOYING", "UNHEALTHY", "DELETING", "DEPLOY_FAILED"])
def test_what_does_not_wholly_run_is_left_as_it_is(status: str) -> None:
    """A change of it might build it anew."""
    assert hastening.without_waits(details(status)) is None
    assert hastening.without_waits({"applications": {}}) is None


def test_replicas_are_waited_for_until_they_have_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Serve says DEPLOYING until all have; not for longer than some seconds."""
    put: list[Mapping[str, Any]] = []
    states = iter(["DEPLOYING", "DEPLOYING", "RUNNING"])
    monkeypatch.setattr(rollout, "put", lambda _cluster, body, _state: put.append(body))
    monkeypatch.setattr(rollout, "status", lambda *_arguments: details(next(states)))
    clock = iter(range(10))
    nobody = (lambda _s: None, lambda: 0.1 * next(clock))
    assert hastening.hasten(CLUSTER, tmp_path, details(), *nobody)
    assert put == [hastening.without_waits(details())]
    assert list(states) == []
    monkeypatch.setattr(rollout, "status", lambda *_arguments: details("DEPLOYING"))
    assert hastening.hasten(CLUSTER, tmp_path, details(), lambda _s: None, lambda: next(clock))


def test_a_serve_that_takes_nothing_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service ends as slowly as in a rollout."""

    def refuse(*_arguments: object) -> None:
        raise rollout.RolloutError("Serve took no configuration")

    monkeypatch.setattr(rollout, "put", refuse)
    assert not hastening.hasten(CLUSTER, tmp_path, details(), lambda _s: None, lambda: 0.0)
