"""What travels between a replica and its node's meter, once a tick."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sustainability.metering.counter import is_amount, is_number
from sustainability.metering.estimate import Coefficients
from sustainability.modes.profiles import Directive
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


def sound(report: WorkReport, now_s: float) -> WorkReport:
    """Return a report without what cannot be; the time of its work ends now at the latest."""
    charges = report.charges
    end_s = min(report.end_s, now_s) if is_number(report.end_s) else now_s
    start_s = min(report.start_s, end_s) if is_number(report.start_s) else end_s
    work = Charges(
        _amounts(charges.cpu_s),
        {device: _amounts(busy_s) for device, busy_s in charges.device_s.items()},
        charges.unshared_cpu_s,
    )
    finished = tuple(one for one in report.finished if _can_be(one))
    return replace(report, start_s=start_s, end_s=end_s, charges=work, finished=finished)


def _amounts(work_s: Mapping[RequestKey, float]) -> dict[RequestKey, float]:
    return {key: seconds for key, seconds in work_s.items() if is_amount(seconds)}


def _can_be(one: Finished) -> bool:
    return all(map(is_amount, (one.units, one.took_s, one.estimate_j))) and is_number(one.ended_s)
