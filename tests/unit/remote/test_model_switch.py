"""A switch of models ends with one model over an index that holds everything."""

from collections.abc import Mapping
from typing import Any

import pytest

from deployments.remote.errors import DeployError, GateClosed, Refused
from deployments.remote.model_switch import PAUSE_S, ModelSwitch, Side
from deployments.remote.release import Clock, Gate

TIMEOUT_S = 60.0


def side(name: str) -> Side:
    app = {
        "name": "brainwav",
        "args": {"index": {"uri": f"/{name}"}},
        "deployments": [
            {"name": "IndexWriter", "user_config": {"maintenance_interval_s": 5}},
            {"name": "HybridSearch"},
            {"name": "Embedder", "user_config": {"max_batch_items": 8}},
        ],
    }
    return Side({"applications": [app]}, {"uri": f"/{name}", "storage_options": {}})


NOW, THEN = side("old"), side("new")


class FakeServe:
    """Runs whatever it is given at once; tells what was in force, in words."""

    def __init__(self, refused: int | None = None) -> None:
        self.config: Mapping[str, Any] = NOW.config
        self.history: list[str] = []
        self._refused = refused
        self.now_s = 0.0

    def put(self, config: Mapping[str, Any]) -> None:
        if len(self.history) == self._refused:
            self._refused = None
            raise Refused("no")
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
        return said + (", paused" if writer.get("pause_s") else "")

    def details(self) -> dict[str, Any]:
        return {
            "applications": {
                app["name"]: {"status": "RUNNING", "deployed_app_config": app, "deployments": {}}
                for app in self.config["applications"]
            }
        }

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


def switch(serve: FakeServe, gate: Gate = list) -> ModelSwitch:
    clock = Clock(lambda: serve.now_s, serve.sleep)
    return ModelSwitch(serve, gate, TIMEOUT_S, lambda line: None, clock)


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
    assert serve.history == [paused, switched, paused, "/old"]


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
    serve = FakeServe(refused=0)
    with pytest.raises(Refused):
        switch(serve).run(NOW, THEN, lambda: pytest.fail("copied all the same"))
    assert serve.words() == "/old"
