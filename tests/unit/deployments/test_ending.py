"""A service is ended when nothing is left that could lose a request or a count."""

from pathlib import Path
from threading import Event

import httpx
import pytest

from deployments.local import ending, processes, rollout
from deployments.local.cluster import Cluster
from deployments.local.environment import Ports

CLUSTER = Cluster("mark", Ports(*range(1, 10)))


def test_replicas_are_known_by_the_titles_of_their_processes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also while one works on a call; workers and supervisors are none."""
    titles = {
        1: "ray::ServeReplica:brainwav:MetricsHub",
        2: "ray::ServeReplica:brainwav:IndexWriter.handle_request",
        3: "ray::ServeController",
        4: "ray::IDLE",
        5: "",
    }
    monkeypatch.setattr(processes, "family", lambda instance: list(titles))
    monkeypatch.setattr(ending, "_title", titles.__getitem__)
    assert ending.replicas("mark") == {"MetricsHub", "IndexWriter"}


def test_the_hubs_own_wait_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Serve still waits; the others went one after another, and it had its interval."""
    answered = Event()
    left = iter([{"Ingress", "MetricsHub"}, {"EnergyMeter", "MetricsHub"}, {"MetricsHub"}])
    hub = {"deployment_config": {"user_config": {"save_interval_s": 0.001}}}
    status = {"applications": {"brainwav": {"deployments": {"MetricsHub": hub}}}}
    monkeypatch.setattr(rollout, "withdraw", lambda *_arguments: answered.wait(60))
    monkeypatch.setattr(rollout, "status", lambda *_arguments: status)
    monkeypatch.setattr(ending, "replicas", lambda _instance: next(left))
    monkeypatch.setattr(ending, "SLACK_S", 0.0)
    assert ending.withdraw(CLUSTER, tmp_path, lambda _seconds: None) is True
    assert list(left) == []
    assert not answered.is_set()
    answered.set()


@pytest.mark.parametrize("went", [True, False])
def test_what_serve_says_counts_where_nothing_can_be_seen(
    went: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dashboard that gives no account, and an end that came or did not."""

    def fail(*_arguments: object) -> None:
        raise httpx.ConnectError("gone")

    monkeypatch.setattr(rollout, "withdraw", lambda *_arguments: went)
    monkeypatch.setattr(rollout, "status", fail)
    monkeypatch.setattr(ending, "replicas", lambda _instance: set())
    assert ending.withdraw(CLUSTER, tmp_path, lambda _seconds: None) is went
