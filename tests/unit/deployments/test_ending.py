"""A service is ended when nothing is left that could lose a request or a count."""

from pathlib import Path
from threading import Event

import httpx
import pytest

from deployments.local import ending, rollout
from deployments.local.cluster import Cluster
from deployments.local.environment import Ports

CLUSTER = Cluster("mark", Ports(*range(1, 10)))


def applications(**replicas: int) -> dict:
    found = {name: {"replicas": [{}] * number} for name, number in replicas.items()}
    return {"brainwav": {"deployments": found}}


def test_the_hub_is_alone_when_all_others_have_ended() -> None:
    """A deployment without replicas has; one that still has some has not."""
    assert ending.hub_alone(applications(MetricsHub=1, Ingress=0)) == ending.SAVED_S
    assert ending.hub_alone(applications(MetricsHub=1, EnergyMeter=1)) is None
    assert ending.hub_alone(applications(Ingress=1)) is None
    assert ending.hub_alone({}) is None
    named = applications(MetricsHub=1)
    hub = named["brainwav"]["deployments"]["MetricsHub"]
    hub["deployment_config"] = {"user_config": {"save_interval_s": 4}}
    assert ending.hub_alone(named) == 4


def test_the_hubs_own_wait_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Serve still waits; the others went one after another, and it had its interval."""
    answered = Event()
    rounds = iter([applications(Ingress=1, MetricsHub=1), {}, applications(MetricsHub=1)])
    monkeypatch.setattr(rollout, "withdraw", lambda *_arguments: answered.wait(60))
    monkeypatch.setattr(rollout, "status", lambda *_arguments: {"applications": next(rounds)})
    monkeypatch.setattr(ending, "SAVED_S", 0.0)
    monkeypatch.setattr(ending, "SLACK_S", 0.0)
    assert ending.withdraw(CLUSTER, tmp_path, lambda _seconds: None) is True
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
    assert ending.withdraw(CLUSTER, tmp_path, lambda _seconds: None) is went
