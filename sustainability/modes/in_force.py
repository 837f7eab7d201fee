"""Which mode is in force: chosen by an administrator or the configuration, kept over restarts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sustainability.modes.auto_policy import AutoRules, Decision, Situation, decide
from sustainability.modes.profiles import Directive, EnergyMode, Profiles, steered_duty

AT_START = Decision("full", "started", float("-inf"))


@dataclass(slots=True)
class ModeService:
    """Holds the choice, and decides where it is `auto`."""

    profiles: Profiles = field(default_factory=Profiles)
    rules: AutoRules = field(default_factory=AutoRules)
    cap_w: float | None = None
    """For `power_cap`: total power to stay under."""
    chosen: EnergyMode = "full"
    configured: EnergyMode | None = None
    """What the configuration said when it was last looked at."""
    decision: Decision = AT_START
    duty: float = 1.0

    @property
    def directive(self) -> Directive:
        """Return how replicas are to work now."""
        mode = self.decision.mode if self.chosen == "auto" else self.chosen
        return Directive(mode, self.profiles.of(mode), self.duty if mode == "power_cap" else 1.0)

    @property
    def reason(self) -> str:
        """Say why this mode is in force."""
        return self.decision.reason if self.chosen == "auto" else "chosen"

    def choose(self, mode: EnergyMode) -> None:
        """Take over an administrator's choice."""
        self.chosen = mode
        self.duty = 1.0
        if mode == "auto":
            self.decision = AT_START

    def configure(self, mode: EnergyMode) -> None:
        """Take over the configuration's mode where it says another than last time.

        A restart with the same configuration keeps what an administrator chose since.
        """
        if mode != self.configured:
            self.configured = mode
            self.choose(mode)

    def look(self, situation: Situation, power_w: float) -> None:
        """Decide by the situation, and steer under the cap; ``power_w`` is of the last ticks."""
        if self.chosen == "auto":
            self.decision = decide(self.rules, situation, self.decision)
        if self.directive.mode == "power_cap":
            self.duty = steered_duty(self.duty, power_w, self.cap_w)
        else:
            self.duty = 1.0

    def state(self) -> dict[str, str | None]:
        """Return what a restart needs, fit for JSON."""
        return {"chosen": self.chosen, "configured": self.configured}

    def restore(self, state: Mapping) -> None:
        """Take over what ``state`` returned."""
        self.chosen, self.configured = state["chosen"], state["configured"]
