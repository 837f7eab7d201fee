"""Software carbon intensity (ISO/IEC 21031): SCI = (E * I + M) per R.

E includes idle and overhead: hardware that waits for this service is its own. M is the part of
the hardware's making that falls on the period: M = TE * (TiR / EL) * (RR / ToR).
"""

from dataclasses import dataclass

from sustainability.units import S_PER_YEAR


@dataclass(frozen=True, slots=True)
class Embodied:
    """The hardware's making; defaults are the example of the SCI specification's guide."""

    total_g: float = 1_000_000.0
    """TE: emissions of the whole machine."""
    lifespan_years: float = 4.0
    """EL."""
    reserved_share: float = 1.0
    """RR/ToR: the part of the machine that is this service's."""

    def emissions_g(self, seconds: float) -> float:
        """Return M of a period (TiR)."""
        return self.total_g * seconds / (self.lifespan_years * S_PER_YEAR) * self.reserved_share


FUNCTIONAL_UNITS = {
    "/embed": "item embedded",
    "/embed/multimodal": "item embedded",
    "/v1/embeddings": "item embedded",
    "/rank": "item embedded",
    "/search": "search",
    "/documents": "document",
    "/documents/upload": "document",
    "/agents/plan": "plan",
    "/agents/reflect": "reflection",
}
"""R by endpoint; any other counts requests."""


def functional_unit(endpoint: str) -> str:
    """Return R of an endpoint."""
    return FUNCTIONAL_UNITS.get(endpoint, "request")


def sci_g(operational_g: float, embodied_g: float, units: float) -> float | None:
    """Return grams per functional unit, None before the first one."""
    return (operational_g + embodied_g) / units if units > 0 else None
