"""A switch of models ends with one model over an index that holds everything."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from deployments.checking.config import GRAPH
from deployments.remote.errors import DeployError, GateClosed, NoWayBack, Refused, Unreachable
from deployments.remote.model_switch import PAUSE_S, ModelSwitch, SwitchSide, paused, unpaused
from deployments.remote.release import ReleaseClock, ReleaseGate

TIMEOUT_S = 60.0


def side(name: str) -> SwitchSide:
    app = {
        "name": "brainwav",
        "import_path": GRAPH,
        "args": {"index": {"uri": f"/{name}"}},
        "deployments": [
            {"name": "IndexWriter", "user_config": {"maintenance_interval_s": 5}},
            {"name": "HybridSearch"},
            {"name": "Embedder", "user_config": {"max_batch_items": 8}},
        ],
    }
    return SwitchSide({"applications": [app]}, {"uri": f"/{name}", "storage_options": {}})


NOW, THEN = side("old"), side("new")


class FakeServe:
    """Runs whatever it is given at once; tells what was in force, in words."""

    def __init__(self, failing: Sequence[int] = (), error: DeployError | None = None) -> None:
        self.config: Mapping[str, Any] = NOW.config
        self.history: list[str] = []
        self.now_s = 0.0
        self._puts = 0
        self._failing = failing
        self._error = error or Unreachable("busy")

    def put(self, config: Mapping[str, Any]) -> None:
        self._puts += 1
        if self._puts - 1 in self._failing:
            raise self._error
        self.config = config
        self.history.append(self.words())

    def words(self) -> str:
        [app] = self.config["applications"]
        tunables = {d["name"]: d.get("user_config") or {} for d in app["deployments"]}
        writer, search = tunables["IndexWriter"], tunables["HybridSearch"]
        others = [index["uri"] for index in search.get("other_indexes", [])]
        assert others == [index["uri"] for index in writer.get("other_indexes", [])]
        assert writer["maintenance_interval_s"] == 5
        assert tunables["Embedder"] == {"max_batch_items": 8}
        said = " ".join([app["args"]["index"]["uri"], *(f"beside {uri}" for uri in others)])
        return said + (", paused" if writer.get("paused_until") else "")

    def details(self) -> dict[str, Any]:
        return {
            "applications": {
                app["name"]: {"status": "RUNNING", "deployed_app_config": app, "deployments": {}}
                for app in self.config["applications"]
            }
        }

    def is_paused(self) -> bool:
        return self.words().endswith("paused")

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


def switch(serve: FakeServe, gate: ReleaseGate = list) -> ModelSwitch:
    clock = ReleaseClock(lambda: serve.now_s, serve.sleep)
    return ModelSwitch(serve, gate, serve.is_paused, TIMEOUT_S, lambda line: None, clock)


def test_writes_pause_from_the_last_copy_until_one_model_is_left() -> None:
    """Each side understands the other as long as both may answer."""
    serve = FakeServe()
    seen: list[str] = []
    judged: list[str] = []

    def gate() -> list[str]:
        judged.append(serve.words())
        return []

    switch(serve, gate).run(NOW, THEN, lambda: seen.append(serve.words()))
    paused, switched = "/old beside /new, paused", "/new beside /old, paused"
    assert serve.history == [paused, switched, "/new"]
    assert seen == [paused]
    assert judged == [switched]


def test_a_model_that_the_gate_refuses_is_taken_back_before_anybody_wrote() -> None:
    """Both ways over configurations in which the two understand each other."""
    serve = FakeServe()
    with pytest.raises(GateClosed, match="p95"):
        switch(serve, lambda: ["search: p95 900 ms"]).run(NOW, THEN, lambda: None)
    paused, switched = "/old beside /new, paused", "/new beside /old, paused"
    assert serve.history == [paused, switched, paused, paused, "/old"]


class Interrupted(BaseException):
    """As Ctrl-C is."""


@pytest.mark.parametrize("error", [DeployError("full disk"), Interrupted()])
def test_a_copy_that_fails_leaves_the_service_writing(error: BaseException) -> None:
    """Whatever ended it."""
    serve = FakeServe()

    def copy() -> None:
        raise error

    with pytest.raises(type(error)):
        switch(serve).run(NOW, THEN, copy)
    assert serve.history[-1] == "/old"


def test_a_copy_that_takes_too_long_ends_the_switch() -> None:
    """The pause is a lease: it must not run out before one model is left."""
    serve = FakeServe()

    def copy() -> None:
        serve.now_s += PAUSE_S - 2 * TIMEOUT_S

    with pytest.raises(DeployError, match="too long"):
        switch(serve).run(NOW, THEN, copy)
    assert serve.history == ["/old beside /new, paused", "/old"]


def test_a_pause_that_is_refused_changes_nothing() -> None:
    """The first step fails: nothing was copied, the service writes."""
    serve = FakeServe([0], Refused("no"))
    with pytest.raises(Refused):
        switch(serve).run(NOW, THEN, lambda: pytest.fail("copied all the same"))
    assert serve.words() == "/old"


def test_what_does_not_pause_is_not_switched() -> None:
    """Serve tells no replica of a configuration that has not changed."""
    serve = FakeServe()
    deaf = replace(switch(serve), is_paused=lambda: False)
    with pytest.raises(DeployError, match="does not say"):
        deaf.run(NOW, THEN, lambda: pytest.fail("copied all the same"))
    assert serve.words() == "/old"


def test_the_last_step_is_tried_again_and_never_taken_back() -> None:
    """A dashboard that is busy for a moment must not have the service pause once more."""
    serve = FakeServe([2, 3])
    switch(serve).run(NOW, THEN, lambda: None)
    assert serve.history[-1] == "/new"
    serve = FakeServe([2, 3, 4])
    with pytest.raises(NoWayBack, match="by itself 30 minutes"):
        switch(serve).run(NOW, THEN, lambda: None)
    assert serve.words() == "/new beside /old, paused"


def test_an_interrupted_rollout_goes_back_the_way_it_came() -> None:
    """Both models answer: the old index is not left before the new model has gone."""
    serve = FakeServe()

    def gate() -> list[str]:
        raise Interrupted

    with pytest.raises(Interrupted):
        switch(serve, gate).run(NOW, THEN, lambda: None)
    paused, switched = "/old beside /new, paused", "/new beside /old, paused"
    assert serve.history == [paused, switched, paused, "/old"]


def test_a_switch_that_was_killed_is_begun_anew_or_finished() -> None:
    """What it left in the configuration is replaced by another time, or taken out."""
    serve = FakeServe()
    left = paused(NOW.config, THEN.index, datetime(2026, 11, 27, tzinfo=UTC))
    serve.config = left
    switch(serve).run(replace(NOW, config=left), THEN, lambda: None)
    assert serve.history[-1] == "/new"
    serve = FakeServe()
    serve.config = paused(THEN.config, NOW.index, datetime(2026, 11, 27, tzinfo=UTC))
    switch(serve).finish(THEN)
    assert serve.words() == "/new"


def test_deployments_that_a_configuration_leaves_out_pause_all_the_same() -> None:
    """And are told when it is over: of no `user_config` at all Serve tells nobody."""
    app = {"name": "brainwav", "import_path": GRAPH}
    other = {"name": "theirs", "import_path": "theirs:build"}
    until = datetime(2026, 11, 27, tzinfo=UTC)
    made = paused({"applications": [app, other]}, THEN.index, until)
    tunables = {d["name"]: d["user_config"] for d in made["applications"][0]["deployments"]}
    assert tunables["IndexWriter"]["paused_until"] == until.isoformat()
    assert tunables["HybridSearch"] == {"other_indexes": [THEN.index]}
    assert made["applications"][1] == other
    after = unpaused(made)["applications"][0]["deployments"]
    assert [d["user_config"] for d in after] == [{}, {}]
