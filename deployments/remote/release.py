"""A release: deploy, wait until it runs, let traffic judge it, go back if it fails."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from deployments.remote.complaints import complaints
from deployments.remote.errors import DeployError, GateClosed, NotRunning, NoWayBack
from deployments.remote.last_run import LastRun, ran
from deployments.remote.serve_api import replica_states, states

POLL_S = 1.0
BROKEN = {"DEPLOY_FAILED", "UNHEALTHY"}
CHANGING = {"UPDATING", "STOPPING"}
"""Of replicas. One that is starting may wait for room for ever."""
SETTLED = 3
"""Looks in a row: Serve says RUNNING of the old version until it has seen the new one."""

ReleaseGate = Callable[[], Sequence[str]]
"""Puts traffic on the service; returns what it found wrong, nothing if it may stay."""


class Api(Protocol):
    """The part of ``ServeApi`` that a release needs."""

    def put(self, config: Mapping[str, Any]) -> None:
        """Replace the configuration."""
        ...

    def details(self) -> dict[str, Any]:
        """Return Serve's account."""
        ...


@dataclass(frozen=True, slots=True)
class ReleaseClock:
    """Time, so that tests need none."""

    now_s: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Release:
    """Brings one configuration into service.

    Args:
        timeout_s: For the applications to run, the old ones again included.
        say: Told of every step.
        last_run: Remembers what ran; without it only what runs now is gone back to.
    """

    api: Api
    gate: ReleaseGate
    timeout_s: float
    say: Callable[[str], None]
    clock: ReleaseClock = ReleaseClock()
    last_run: LastRun | None = None

    def deploy(self, config: Mapping[str, Any]) -> None:
        """Return once the new version serves and passed the gate.

        Serve replaces replicas one by one and keeps the old ones until their successors are
        ready, so that neither the way there nor the way back interrupts the service.

        Raises:
            DeployError: It did not; where there was a previous version, that one serves again.
        """
        details = self.api.details()
        previous = ran(details) if self.last_run is None else self.last_run.before(details)
        try:
            self.bring_up(config)
            self.say("running; the gate")
            if problems := self.gate():
                raise GateClosed("; ".join(problems))
            if self.last_run is not None:
                self.last_run.keep(config)
        except DeployError as error:
            self.say(f"failed: {error}")
            self._go_back(previous, error)
            raise

    def _go_back(self, previous: Mapping[str, Any] | None, cause: DeployError) -> None:
        if previous is None:
            self.say("no version is known that ran before: there is none to go back to")
            return
        self.say("putting the previous configuration back")
        try:
            self.bring_up(previous)
        except DeployError as error:
            raise NoWayBack(f"{error}, after: {cause}") from error
        self.say("the previous version serves")

    def bring_up(self, config: Mapping[str, Any]) -> None:
        """Put a configuration and return once it runs, with no way back.

        Raises:
            DeployError: It was not taken or does not run in time.
        """
        self.api.put(config)
        wanted = {app["name"] for app in config["applications"]}
        deadline_s, good, shown = self.clock.now_s() + self.timeout_s, 0, ""
        while good < SETTLED:
            details = self.api.details()
            found = states(details)
            line = ", ".join(f"{name} {state}" for name, state in sorted(found.items()))
            if line != shown:
                self.say(line)
                shown = line
            if BROKEN & set(found.values()):
                raise NotRunning(complaints(details))
            running = set(found) == wanted and set(found.values()) == {"RUNNING"}
            # An autoscaler's decision may make it RUNNING in the middle of a change.
            good = good + 1 if running and not CHANGING & replica_states(details) else 0
            if self.clock.now_s() > deadline_s:
                raise NotRunning(f"not running after {self.timeout_s:g} s: {complaints(details)}")
            self.clock.sleep(POLL_S)
