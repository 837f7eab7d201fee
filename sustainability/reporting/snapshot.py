"""One node's figures as they leave its meter; a report is made of one for every node."""

from dataclasses import dataclass, field

from sustainability.metering.accounts import EnergyAccount, Totals
from sustainability.sources.readings import MeasuringMethod


@dataclass(frozen=True, slots=True)
class ModeState:
    """Which mode was asked for, and which is in force."""

    chosen: str
    effective: str
    reason: str
    duty: float = 1.0
    replicas: dict[str, str] = field(default_factory=dict)
    """What each replica says of the mode it applied."""


@dataclass(frozen=True, slots=True)
class EnergySnapshot:
    """A node's books at one moment."""

    node: str
    ready: bool
    """The meter reads; before that nothing is measured."""
    totals: Totals
    unsettled_j: float
    meter_j: float
    """What the meter read in all, apart from the books: measured and unsettled."""
    power_w: float
    """Of the last ten seconds."""
    idle_power_w: dict[str, float]
    methods: dict[str, MeasuringMethod]
    pue: float
    intensity_g_per_kwh: float
    intensity_source: str
    estimated_j: float
    settled_j: float
    mode: ModeState
    accounts: dict[str, dict[str, EnergyAccount]]
    """By kind and name."""
    warnings: tuple[str, ...] = ()
