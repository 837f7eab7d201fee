"""What a run tells while it goes: small named events through a callback."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

EventName = Literal[
    "run.started",
    "aspects",
    "node.created",
    "node.scored",
    "node.pruned",
    "best.changed",
    "budget",
    "step.started",
    "step.finished",
    "reflection.defect",
    "reflection.revision",
    "degraded",
    "run.finished",
]


@dataclass(frozen=True, slots=True)
class Event:
    """One event; ``data`` is plain JSON."""

    name: EventName
    data: Mapping[str, Any] = field(default_factory=dict)


Listener = Callable[[Event], None]
"""Called on the coordinator's event loop, in order; it must not block or raise."""


def silent(event: Event) -> None:
    """Listen to nothing."""
