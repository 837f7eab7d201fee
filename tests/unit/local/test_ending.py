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


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done before Serve was asked, in its order."""
    done: list[str] = []
    monkeypatch.setattr(ending.proxy_drain, "drain", lambda *_arguments: done.append("drained"))
    monkeypatch.setattr(ending.hastening, "hasten", lambda *_arguments: done.append("hastened"))
    hub = {"deployment_config": {"user_config": {"save_interval_s": 0.001}}}
    status = {"applications": {"brainwav": {"deployments": {"MetricsHub": hub}}}}
    monkeypatch.setattr(rollout, "status", lambda *_arguments: status)
    return done


@pytest.mark.parametrize(
    "seen",
    [
        [{"Ingress", "MetricsHub"}, {"MetricsHub"}, set()],
        [set(), {"EnergyMeter", "MetricsHub"}, {"MetricsHub"}, {"MetricsHub"}, {"MetricsHub"}],
    ],
    ids=["none is left", "only a hub that had its time"],
)
def test_once_the_replicas_have_gone_serve_is_not_waited_for(
    seen: list[set[str]], said: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It still ends proxies and itself; requests came to their end before it was asked."""
    answered, left = Event(), iter(seen)

    def withdraw(*_arguments: object) -> bool:
        said.append("asked")
        return answered.wait(60)

    monkeypatch.setattr(rollout, "withdraw", withdraw)
    monkeypatch.setattr(ending, "replicas", lambda _instance: next(left))
    assert ending.withdraw(CLUSTER, tmp_path, said.append, lambda _seconds: None) is True
    assert list(left) == []
    assert not answered.is_set()
    answered.set()
    assert said == ["drained", "hastened", "asked"]


def test_requests_that_do_not_end_are_told_of(
    said: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are cut off, which nobody should have to find out."""
    monkeypatch.setattr(ending.proxy_drain, "drain", lambda *_arguments: 2)
    monkeypatch.setattr(rollout, "withdraw", lambda *_arguments: True)
    monkeypatch.setattr(ending, "replicas", lambda _instance: set())
    assert ending.withdraw(CLUSTER, tmp_path, said.append, lambda _seconds: None) is True
    assert "2 requests did not end within 30 s and are cut off" in said


@pytest.mark.parametrize("went", [True, False])
def test_what_serve_says_counts_where_nothing_can_be_seen(
    went: bool, said: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dashboard that gives no account, and an end that came or did not."""

    def fail(*_arguments: object) -> None:
        raise httpx.ConnectError("gone")

    monkeypatch.setattr(rollout, "withdraw", lambda *_arguments: went)
    monkeypatch.setattr(rollout, "status", fail)
    monkeypatch.setattr(ending, "replicas", lambda _instance: set())
    assert ending.withdraw(CLUSTER, tmp_path, said.append, lambda _seconds: None) is went
    assert said == ["drained"]
