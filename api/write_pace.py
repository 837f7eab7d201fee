"""How long a write will take, by how long those before it took."""

from collections.abc import Iterable

from retrieval.drafts import Parts

UNIT_CHARACTERS = 1000
"""About as many as a text model reads at once."""
PICTURE_UNITS = 4.0
FIRST_S = 0.01
"""Of a unit, before anything was measured."""
LEAST_UNITS = 64.0
"""Smaller writes say more of what a request costs than of what its texts do."""
REMEMBERED_UNITS = 2000.0
"""So many units back the measure looks: it follows the machine and those who share it."""


def units_of(drafts: Iterable[Parts]) -> float:
    """Return how much is to be encoded, in passages."""
    return sum(map(_units, drafts))


def _units(draft: Parts) -> float:
    text = 0 if draft.text is None else -(-len(draft.text) // UNIT_CHARACTERS)
    return text + (0.0 if draft.picture is None else PICTURE_UNITS)


class WritePace:
    """Seconds of a unit, of one Ingress replica's writes."""

    def __init__(self) -> None:
        self._unit_s = FIRST_S

    def expected_s(self, units: float) -> float:
        """Return how long so many units are expected to take."""
        return units * self._unit_s

    def learn(self, units: float, took_s: float) -> None:
        """Take in a write; a small one says nothing."""
        if units < LEAST_UNITS:
            return
        share = min(1.0, units / REMEMBERED_UNITS)
        self._unit_s += share * (took_s / units - self._unit_s)
