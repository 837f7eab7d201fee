"""From one model and its index to another: searches go on, writes pause, nothing is torn.

Serve replaces deployments one by one, so that for a while Embedders of both models answer. A
query is answered from the index of the model that encoded it, since every replica of HybridSearch
holds both (`retrieval.store.readers`); and nobody writes, so that both hold the same documents
until only one is left.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from deployments.remote.errors import DeployError
from deployments.remote.release import Api, Clock, Gate, Release

PAUSE_S = 1800.0
"""The longest that writes are refused, whatever becomes of whoever switches."""

Config = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Side:
    """A configuration and the index (`uri`, `storage_options`) of its model."""

    config: Config
    index: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ModelSwitch:
    """Switches a running service.

    Args:
        gate: Judges the new model before it is written to; reads only.
        timeout_s: For each step of Serve's.
        say: Told of every step.
    """

    api: Api
    gate: Gate
    timeout_s: float
    say: Callable[[str], None]
    clock: Clock = field(default_factory=Clock)

    def run(self, now: Side, then: Side, copy: Callable[[], None]) -> None:
        """Return once the service runs the other model.

        Args:
            now: What is in force.
            then: What shall be.
            copy: Brings the other index up to date; called while nobody writes.

        Raises:
            DeployError: It does not; the previous model serves, and nothing was lost: every
                acknowledged document is in the index that is in use.
        """
        try:
            self.say("writing pauses")
            began_s = self.clock.now_s()
            self._deploy(paused(now.config, then.index), list)
            copy()
            # Enough for the way there and, should it fail, the way back.
            if self.clock.now_s() - began_s > PAUSE_S - 2 * self.timeout_s:
                raise DeployError("what was written meanwhile took too long to copy")
            self._deploy(paused(then.config, now.index), self.gate)
        except BaseException:
            self._go_on(now)
            raise
        self.say("writing goes on")
        self._deploy(then.config, list)

    def _go_on(self, now: Side) -> None:
        self.say("writing goes on with the previous model")
        try:
            self._deploy(now.config, list)
        except DeployError as error:
            self.say(
                f"failed: {error}; it goes on by itself {PAUSE_S / 60:g} minutes after it began"
            )

    def _deploy(self, config: Config, gate: Gate) -> None:
        Release(self.api, gate, self.timeout_s, self.say, self.clock).deploy(config)


def paused(config: Config, other_index: Mapping[str, Any], pause_s: float = PAUSE_S) -> Config:
    """Return a configuration in which nobody writes and the other model is understood too."""
    copy = deepcopy(dict(config))
    for app in copy["applications"]:
        for deployment in app.get("deployments") or []:
            tunables = deployment.get("user_config") or {}
            if deployment["name"] == "IndexWriter":
                tunables |= {"pause_s": pause_s, "other_indexes": [dict(other_index)]}
            elif deployment["name"] == "HybridSearch":
                tunables |= {"other_indexes": [dict(other_index)]}
            else:
                continue
            deployment["user_config"] = tunables
    return copy
