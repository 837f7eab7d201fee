"""What a replica tells the hub, every second."""

from dataclasses import dataclass, field
from typing import Any

from telemetry.aggregate import MetricSource
from telemetry.registry import Snapshot

SLO = "slo"
"""The section of ``reliability.slo.recorder.SloRecorder.snapshot``."""


@dataclass(frozen=True, slots=True)
class Push:
    """Cumulative: each makes all before it needless."""

    source: MetricSource
    sequence: int
    snapshot: Snapshot
    sections: dict[str, Any] = field(default_factory=dict)
    """More, by name, for whoever in the hub understands it; cumulative too."""
