"""The modes of a service, and what each asks of its replicas.

`full`       as configured: shortest latency.
`eco`        fewest joules for an item: batches are filled by waiting a little, queries are
             encoded in the cheaper precision where the quality gate lets it, vectors of
             content that was seen before come from a cache.
`power_cap`  fewest watts: fewer threads, smaller batches, fewer searches at once; under a cap
             in watts threads pause between batches as well. Costs latency, and joules too.
`auto`       one of these, chosen by ``auto_policy``.

Smaller batches lower the watts and raise the joules, so that one mode cannot do both.
"""

from dataclasses import dataclass, field
from typing import Literal

WorkMode = Literal["full", "eco", "power_cap"]
EnergyMode = Literal["full", "eco", "power_cap", "auto"]


@dataclass(frozen=True, slots=True)
class Profile:
    """What replicas do differently; None leaves a bound as it is configured."""

    max_batch_items: int | None = None
    max_wait_ms: float = 0.0
    """A batch that is not full waits so long for more items."""
    model_threads: int | None = None
    """Forward passes at a time on one replica."""
    max_concurrent_searches: int | None = None
    cached_vectors: int = 0
    """Vectors kept by content, per Embedder replica."""
    cheap_precision: bool = False
    """Encode what is not stored in bfloat16 where the quality gate lets it."""


ECO = Profile(max_wait_ms=20.0, cached_vectors=20_000, cheap_precision=True)
POWER_CAP = Profile(max_batch_items=8, model_threads=1, max_concurrent_searches=2)


@dataclass(frozen=True, slots=True)
class Profiles:
    """The profile of each mode that changes anything."""

    eco: Profile = ECO
    power_cap: Profile = POWER_CAP

    def of(self, mode: WorkMode) -> Profile:
        """Return a mode's profile."""
        return {"eco": self.eco, "power_cap": self.power_cap}.get(mode, Profile())


@dataclass(frozen=True, slots=True)
class Directive:
    """How replicas are to work now."""

    mode: WorkMode = "full"
    profile: Profile = field(default_factory=Profile)
    duty: float = 1.0
    """Part of the time that model threads may work."""


LEAST_DUTY = 0.1
SLACK = 0.9


def steered_duty(duty: float, power_w: float, cap_w: float | None) -> float:
    """Return the part of the time that threads may work so that power comes under the cap.

    A step a tick: down in proportion to the excess, at most by half; up by a tenth while there
    is slack. Never below ``LEAST_DUTY``: a service that does nothing saves nothing.
    """
    if cap_w is None:
        return 1.0
    if power_w > cap_w:
        duty *= max(0.5, cap_w / power_w)
    elif power_w < SLACK * cap_w:
        duty *= 1.1
    return min(1.0, max(LEAST_DUTY, duty))
