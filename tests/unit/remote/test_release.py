"""A release ends with a version that serves: the new one, or the one before."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from deployments.remote.errors import GateClosed, NotRunning, NoWayBack, Refused
from deployments.remote.gate import Bounds, GateSample, judge
from deployments.remote.release import SETTLED, Release, ReleaseClock, ReleaseGate
from deployments.remote.serve_api import configuration

OLD = {"applications": [{"name": "brainwav", "args": {"version": "old"}}]}
NEW = {"applications": [{"name": "brainwav", "args": {"version": "new"}}]}


class FakeServe:
    """A Serve that reports the old version for two looks before it notices the new one.

    Args:
        broken: Versions that fail to deploy.
        refused: Versions it does not even take.
    """

    def __init__(
        self, running: Mapping[str, Any] | None = OLD, broken: Sequence[str] = (), refused: str = ""
    ) -> None:
        self.config = running
        self.puts: list[str] = []
        self._broken = broken
        self._refused = refused
        self._looks = 0

    def put(self, config: Mapping[str, Any]) -> None:
        version = config["applications"][0]["args"]["version"]
        if version == self._refused:
            raise Refused("no")
        self.puts.append(version)
        self.config, self._looks = config, 0

    def details(self) -> dict[str, Any]:
        if self.config is None:
            return {"applications": {}}
        self._looks += 1
        return {
            "proxy_location": "EveryNode",
            "applications": {
                app["name"]: {
                    "status": self._status(app),
                    "message": "as planted",
                    "deployed_app_config": app,
                    "deployments": {},
                }
                for app in self.config["applications"]
            },
        }

    def _status(self, app: Mapping[str, Any]) -> str:
        if self._looks <= 1:
            return "RUNNING"
        if app["args"]["version"] in self._broken:
            return "DEPLOY_FAILED"
        return "DEPLOYING" if self._looks < 6 else "RUNNING"


class Time:
    def __init__(self) -> None:
        self.now_s = 0.0

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


def release(serve: FakeServe, gate: ReleaseGate = list) -> Release:
    time = Time()
    return Release(serve, gate, 60, lambda line: None, ReleaseClock(lambda: time.now_s, time.sleep))


def test_a_good_version_stays() -> None:
    """One put, and the gate is asked only once it runs."""
    serve = FakeServe()
    seen: list[int] = []

    def gate() -> list[str]:
        seen.append(serve._looks)
        return []

    release(serve, gate).deploy(NEW)
    assert serve.puts == ["new"]
    assert seen == [5 + SETTLED]


def test_a_version_that_the_gate_refuses_is_replaced_by_its_predecessor() -> None:
    """What is put back is what Serve says was in force."""
    serve = FakeServe()
    with pytest.raises(GateClosed, match="p95"):
        release(serve, lambda: ["search: p95 900 ms"]).deploy(NEW)
    assert serve.puts == ["new", "old"]
    assert serve.config == {"proxy_location": "EveryNode", **OLD}


def test_a_version_that_does_not_start_is_replaced_without_asking_the_gate() -> None:
    """Serve's own message comes along."""
    serve = FakeServe(broken=["new"])
    with pytest.raises(NotRunning, match="as planted"):
        release(serve, lambda: pytest.fail("asked")).deploy(NEW)
    assert serve.puts == ["new", "old"]


def test_a_refused_configuration_leaves_the_old_one_in_force() -> None:
    """It is put again, which changes nothing."""
    serve = FakeServe(refused="new")
    with pytest.raises(Refused):
        release(serve).deploy(NEW)
    assert serve.puts == ["old"]


def test_a_first_deployment_has_nothing_to_go_back_to() -> None:
    """It fails with its own error."""
    serve = FakeServe(running=None, broken=["new"])
    with pytest.raises(NotRunning):
        release(serve).deploy(NEW)
    assert serve.puts == ["new"]


def test_a_way_back_that_fails_too_is_another_error() -> None:
    """Somebody has to look at once: it must not read like an ordinary rollback."""
    with pytest.raises(NoWayBack, match="as planted"):
        release(FakeServe(broken=["new", "old"])).deploy(NEW)


def test_what_is_in_force_is_none_where_nothing_is() -> None:
    """An application that is being deleted has no configuration any more."""
    gone = {"applications": {"a": {"status": "DELETING", "deployed_app_config": None}}}
    assert configuration(gone) is None


def samples(kind: str, took_ms: float, count: int = 40, failed: int = 0) -> list[GateSample]:
    return [GateSample(kind, n >= failed, took_ms) for n in range(count)]


def test_a_quick_version_passes_the_gate() -> None:
    """Every kind within its bounds."""
    assert judge(samples("search", 20) + samples("embed", 30), Bounds()) == []


@pytest.mark.parametrize(
    ("some", "problem"),
    [
        (samples("search", 900), "search: p95 900 ms, at most 400 ms"),
        (samples("search", 20, failed=3), "search: 7.5% failed, at most 1.0%"),
        (samples("search", 20, count=5), "search: 5 answers, at least 20 are needed"),
        # Failures that come at once must not make a version look quick.
        (samples("search", 1, failed=40), "search: 0 answers, at least 20 are needed"),
        ([], "nothing was asked"),
    ],
)
def test_the_gate_says_what_is_wrong(some: list[GateSample], problem: str) -> None:
    """In words that name the kind of request, what was measured and the bound."""
    assert problem in judge(some, Bounds())
