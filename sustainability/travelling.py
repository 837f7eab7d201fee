"""What travels between a replica and its node's meter, once a tick."""

from dataclasses import dataclass, field

from sustainability.estimate import Coefficients
from sustainability.low_power import Directive
from sustainability.work import Charges, RequestKey


@dataclass(frozen=True, slots=True)
class Finished:
    """A request whose answer was sent."""

    key: RequestKey
    kind: str
    """What was asked for: `picture`, `text`, `mixed`, `query`, …"""
    units: float
    """How much of it; at least one."""
    took_s: float
    estimate_j: float
    """What the client was told."""
    ended_s: float
    """On the node's monotonic clock."""


@dataclass(frozen=True, slots=True)
class WorkReport:
    """A replica's work between two moments of the node's monotonic clock."""

    replica: str
    deployment: str
    node: str
    sequence: int
    """Counts the replica's reports, so that one sent twice counts once."""
    start_s: float
    end_s: float
    charges: Charges
    finished: tuple[Finished, ...] = ()
    applied: str = ""
    """The mode this replica works in, with what it refused of it."""


@dataclass(frozen=True, slots=True)
class PushReply:
    """What the meter answers a report with."""

    node: str
    directive: Directive = field(default_factory=Directive)
    coefficients: Coefficients = field(default_factory=Coefficients)
    method: str = "starting"
    """How this node's power is known."""
