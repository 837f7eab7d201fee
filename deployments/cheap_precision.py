"""Looks for a precision cheaper than the index's and judges it by the quality gate.

Pulls in torch: only the Embedder's replicas import this module.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from deployments.embedder_modes import Cheap
from retrieval.catalogue.products import products
from retrieval.clip.comparable import judge
from retrieval.clip.encoder import Encoder
from retrieval.clip.precision import DTYPES, MIN_SPEEDUP, measure
from retrieval.clip.runtime import set_threads
from retrieval.clip.tower_protocol import Vectors

PROBE_ITEMS = 48
"""Drawn pictures and their texts; twice the ten nearest must be able to differ."""
BATCH_ITEMS = 8


def find_cheap(encoder: Encoder, precision: str, cpu_clock: Any) -> Cheap:
    """Return a bfloat16 copy where it saves and its vectors stay comparable.

    Args:
        encoder: In the index's precision.
        precision: That precision's name.
        cpu_clock: CPU seconds of the calling thread.
    """
    if precision != "fp32":
        return Cheap(None, f"the index is in {precision} already: nothing cheaper is known")
    set_threads(1)
    cheap = encoder.copy_as(DTYPES["bf16"])
    full_ms = measure(encoder, cpu_clock).best_ms
    cheap_ms = measure(cheap, cpu_clock).best_ms
    if full_ms < MIN_SPEEDUP * cheap_ms:
        return Cheap(None, f"bf16 refused: no cheaper here ({full_ms / cheap_ms:.2f} times)")
    gate = judge(list(zip(_probe(encoder), _probe(cheap), strict=True)))
    if not gate.passed:
        return Cheap(None, f"bf16 refused: {gate.reason}")
    return Cheap(cheap, f"bf16, {full_ms / cheap_ms:.2f} times cheaper, {gate.reason}")


def _probe(encoder: Encoder) -> list[Vectors]:
    drawn = list(products(PROBE_ITEMS))
    texts = [f"{product.name}. {product.description}" for product in drawn]
    pictures = [encoder.picture.prepare(product.picture) for product in drawn]
    towers = [(encoder.picture, pictures), (encoder.text, encoder.text.prepare(texts))]
    if not encoder.one_space:
        towers.append((encoder.joint_text, encoder.joint_text.prepare(texts)))
    return [_encoded(tower, items) for tower, items in towers]


def _encoded(tower: Any, items: Sequence[Any]) -> Vectors:
    parts = [tower.encode(items[at : at + BATCH_ITEMS]) for at in range(0, len(items), BATCH_ITEMS)]
    return np.concatenate(parts)
