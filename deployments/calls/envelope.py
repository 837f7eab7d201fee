"""What goes along with every call between deployments: whose request, and how long it may take."""

from dataclasses import dataclass

from telemetry.context import CallContext


@dataclass(frozen=True, slots=True)
class Envelope:
    """Clocks of machines differ: the deadline travels as seconds left."""

    context: CallContext | None
    left_s: float
