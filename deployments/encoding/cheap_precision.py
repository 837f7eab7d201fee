"""Looks, tower by tower, for a precision cheaper than the index's and judges it by the gate.

Pulls in torch: only the Embedder's replicas import this module.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from deployments.encoding.modes import Cheap
from retrieval.catalogue.products import products
from retrieval.clip.comparable import Gate, judge
from retrieval.clip.encoder import Encoder
from retrieval.clip.precision import DTYPES, MIN_SPEEDUP
from retrieval.clip.runtime import set_threads
from retrieval.clip.tower_protocol import TowerVectors

PROBE_ITEMS = 48
"""Drawn pictures and their texts; twice the ten nearest must be able to differ."""
BATCH_ITEMS = 8
ROUNDS = 3
TOWERS = ("picture", "text", "joint_text")


@dataclass(frozen=True, slots=True)
class _Candidate:
    precision: str
    tower: Any
    speedup: float
    gate: Gate

    @property
    def fits(self) -> bool:
        return self.speedup >= MIN_SPEEDUP and self.gate.passed

    def __str__(self) -> str:
        return f"{self.precision} {self.speedup:.2f} times cheaper, {self.gate.reason}"


def find_cheap(encoder: Encoder, precision: str, cpu_clock: Callable[[], float]) -> Cheap:
    """Return an encoder whose towers save wherever their vectors stay comparable.

    Each tower gets the cheapest precision that passes, or the one it has.

    Args:
        encoder: In the index's precision.
        precision: That precision's name.
        cpu_clock: CPU seconds of the calling thread.
    """
    set_threads(1)
    lower = _lower(encoder, precision)
    if not lower:
        return Cheap(None, f"the index is in {precision} already: nothing cheaper is known")
    towers: dict[int, Any] = {}
    said: list[str] = []
    for name in TOWERS:
        exact = getattr(encoder, name)
        if id(exact) in towers:
            continue
        found = _candidates(name, exact, lower, cpu_clock)
        best = max((c for c in found if c.fits), key=lambda c: c.speedup, default=None)
        towers[id(exact)] = exact if best is None else best.tower
        told = str(best) if best else "kept, " + "; ".join(f"refused: {c}" for c in found)
        said.append(f"{name} {told}")
    reason = ". ".join(said)
    if all(id(tower) == key for key, tower in towers.items()):
        return Cheap(None, reason)
    picture, text, joint_text = (towers[id(getattr(encoder, name))] for name in TOWERS)
    return Cheap(Encoder(text, joint_text, picture, ()), reason)


def _lower(encoder: Encoder, precision: str) -> dict[str, Encoder]:
    lower: dict[str, Encoder] = {}
    devices = {p.device.type for module in encoder.modules for p in module.parameters()}
    # Elsewhere the product of integers wants other shapes.
    if devices <= {"cpu"}:
        lower["int8"] = encoder.copy_in_int8()
    if precision == "fp32":
        lower["bf16"] = encoder.copy_as(DTYPES["bf16"])
    return lower


def _candidates(
    name: str, exact: Any, lower: dict[str, Encoder], clock: Callable[[], float]
) -> list[_Candidate]:
    items = _probe(name, exact)
    full_s, vectors = _measured(exact, items, clock)
    found = []
    for precision, other in lower.items():
        tower = getattr(other, name)
        cheap_s, cheap = _measured(tower, items, clock)
        gate = judge([(vectors, cheap)])
        found.append(_Candidate(precision, tower, full_s / max(cheap_s, 1e-9), gate))
    return found


def _probe(name: str, tower: Any) -> list[Any]:
    drawn = list(products(PROBE_ITEMS))
    if name == "picture":
        return [tower.prepare(product.picture) for product in drawn]
    return list(tower.prepare([f"{product.name}. {product.description}" for product in drawn]))


def _measured(
    tower: Any, items: Sequence[Any], clock: Callable[[], float]
) -> tuple[float, TowerVectors]:
    """Return the best time of a batch, and the vectors of all."""
    batches = [items[at : at + BATCH_ITEMS] for at in range(0, len(items), BATCH_ITEMS)]
    vectors = np.concatenate([tower.encode(batch) for batch in batches])
    times = []
    for _ in range(ROUNDS):
        start_s = clock()
        tower.encode(batches[0])
        times.append(clock() - start_s)
    return min(times), vectors
