"""From one model and its index to another: searches go on, writes pause, nothing is torn.

Serve replaces deployments one by one, so that for a while Embedders of both models answer. A
query is answered from the index of the model that encoded it, since every replica of HybridSearch
holds both (`retrieval.store.reading.readers`); and nobody writes, so that both hold the same
documents until only one is left.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from deployments.checking.config import GRAPH
from deployments.remote.errors import DeployError, NoWayBack
from deployments.remote.release import Api, Release, ReleaseClock, ReleaseGate

PAUSE_S = 1800.0
"""The longest that writes are refused, whatever becomes of whoever switches."""
ATTEMPTS = 3
PAUSED_UNTIL = "paused_until"
OTHERS = "other_indexes"

Config = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SwitchSide:
    """A configuration and the index (`uri`, `storage_options`) of its model."""

    config: Config
    index: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ModelSwitch:
    """Switches a running service.

    Args:
        gate: Judges the new model before it is written to; reads only.
        is_paused: Asks the service whether it refuses writes.
        timeout_s: For each step of Serve's.
        say: Told of every step.
    """

    api: Api
    gate: ReleaseGate
    is_paused: Callable[[], bool]
    timeout_s: float
    say: Callable[[str], None]
    clock: ReleaseClock = field(default_factory=ReleaseClock)

    def run(self, now: SwitchSide, then: SwitchSide, copy: Callable[[], None]) -> None:
        """Return once the service runs the other model.

        Args:
            now: What is in force.
            then: What shall be.
            copy: Brings the other index up to date; called while nobody writes.

        Raises:
            DeployError: It does not; the previous model serves, and nothing was lost: every
                acknowledged document is in the index that is in use.
            NoWayBack: A step that must not fail did, several times; somebody has to look at
                which model is deployed. Writing goes on by itself when the pause is over.
        """
        began_s, until = self.clock.now_s(), datetime.now(UTC) + timedelta(seconds=PAUSE_S)
        ours = paused(now.config, then.index, until)
        theirs = paused(then.config, now.index, until)
        replacing = False
        try:
            self.say("writing pauses")
            self._release(list).deploy(ours)
            if not self.is_paused():
                raise DeployError("the writer does not say that it pauses")
            copy()
            # Enough for the way there and, should it fail, the way back.
            if self.clock.now_s() - began_s > PAUSE_S - 2 * self.timeout_s:
                raise DeployError("what was written meanwhile took too long to copy")
            replacing = True
            self._release(self.gate).deploy(theirs)
        except BaseException as error:
            self.say("writing goes on with the previous model")
            # A second time where the release has gone back itself, which changes nothing.
            for config in ([ours] if replacing else []) + [unpaused(now.config)]:
                self._insist(config)
            if isinstance(error, NoWayBack):
                # But there was one.
                raise DeployError(str(error)) from error
            raise
        self.finish(then)

    def finish(self, side: SwitchSide) -> None:
        """Have a model that serves written to, and forget the other.

        Raises:
            NoWayBack: It could not be told to; writing goes on by itself when the pause is over.
        """
        self.say("writing goes on")
        self._insist(unpaused(side.config))

    def _insist(self, config: Config) -> None:
        # Not a release: the way back would pause again what must go on.
        problem = None
        for _ in range(ATTEMPTS):
            try:
                self._release(list).bring_up(config)
            except DeployError as error:
                self.say(f"failed: {error}")
                problem = error
            else:
                return
        minutes = PAUSE_S / 60
        raise NoWayBack(
            f"{problem}; writing goes on by itself {minutes:g} minutes after it paused, with the "
            f"model that is deployed then"
        ) from problem

    def _release(self, gate: ReleaseGate) -> Release:
        return Release(self.api, gate, self.timeout_s, self.say, self.clock)


def paused(config: Config, other_index: Mapping[str, Any], until: datetime) -> Config:
    """Return a configuration in which nobody writes and the other model is understood too."""
    others = [dict(other_index)]
    changes = {
        "IndexWriter": {PAUSED_UNTIL: until.isoformat(), OTHERS: others},
        "HybridSearch": {OTHERS: others},
    }
    return _changed(config, changes)


def unpaused(config: Config) -> Config:
    """Return a configuration without what ``paused`` puts in."""
    return _changed(config, {"IndexWriter": {}, "HybridSearch": {}})


def _changed(config: Config, changes: Mapping[str, Mapping[str, Any]]) -> Config:
    copy = deepcopy(dict(config))
    for app in _ours(copy):
        deployments: list[Mapping[str, Any]] = list(app.get("deployments") or [])
        app["deployments"] = [_tuned(d, changes.get(d["name"])) for d in deployments]
        missing = set(changes) - {deployment["name"] for deployment in deployments}
        app["deployments"] += [_tuned({"name": n}, changes[n]) for n in sorted(missing)]
    return copy


def _tuned(deployment: Mapping[str, Any], change: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if change is None:
        return deployment
    given = deployment.get("user_config") or {}
    kept = {key: given[key] for key in given if key not in (PAUSED_UNTIL, OTHERS)}
    # Never nothing at all: of that Serve tells no replica.
    return {**deployment, "user_config": {**kept, **change}}


def _ours(config: Config) -> list[dict[str, Any]]:
    return [app for app in config["applications"] if app["import_path"] == GRAPH]
