"""Which precision an encoder runs in: the fastest that leaves its vectors what they were."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch

from retrieval.catalogue.products import products
from retrieval.clip.encoder import Encoder
from retrieval.clip.tower_protocol import TowerVectors

Precision = Literal["fp32", "bf16"]
Wanted = Literal["auto", "fp32", "bf16"]

DTYPES: dict[str, torch.dtype] = {"fp32": torch.float32, "bf16": torch.bfloat16}
MIN_COSINE = 0.999
"""bf16 must keep every probe vector at least this close to its fp32 twin."""
MIN_SPEEDUP = 1.1
"""A smaller gain is within the noise of a start-up measurement; fp32 is then kept."""
PROBE_ITEMS = 4
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen and why, for logs and health."""

    precision: Precision
    reason: str
    fp32_ms: float | None = None
    """Best time of one probe batch of texts and pictures."""
    bf16_ms: float | None = None
    min_cosine: float | None = None
    """Worst cosine of a probe vector in bf16 to the same in fp32."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One precision on the probe batch."""

    best_ms: float
    vectors: tuple[TowerVectors, ...]


def choose(
    encoder: Encoder,
    wanted: Wanted,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[Encoder, Choice]:
    """Return the encoder in the precision to serve with, and the reason.

    Args:
        encoder: In fp32.
        wanted: A precision, or ``auto`` to measure both here and now.
        clock: Seconds, monotonic.
    """
    if wanted == "fp32":
        return encoder, Choice("fp32", "as configured")
    if wanted == "bf16":
        encoder.cast(torch.bfloat16)
        return encoder, Choice("bf16", "as configured")
    half = encoder.copy_as(torch.bfloat16)
    full_run, half_run = measure(encoder, clock), measure(half, clock)
    choice = decide(full_run, half_run)
    return (half if choice.precision == "bf16" else encoder), choice


def decide(full: Measured, half: Measured) -> Choice:
    """Choose between two measurements; pure."""
    cosine = min(
        float(_cosines(a, b).min()) for a, b in zip(full.vectors, half.vectors, strict=True)
    )
    speedup = full.best_ms / half.best_ms
    figures = (round(full.best_ms, 2), round(half.best_ms, 2), cosine)
    if not cosine >= MIN_COSINE:
        return Choice("fp32", f"bf16 changes vectors: cosine {cosine:.5f}", *figures)
    if speedup < MIN_SPEEDUP:
        return Choice("fp32", f"bf16 is not faster here ({speedup:.2f} times)", *figures)
    return Choice("bf16", f"{speedup:.2f} times faster, cosine {cosine:.5f}", *figures)


def measure(encoder: Encoder, clock: Callable[[], float]) -> Measured:
    """Encode the probe batch a few times; keep the best time and the vectors."""
    texts = encoder.joint_text.prepare([f"a photograph of thing {i}" for i in range(PROBE_ITEMS)])
    own = encoder.text.prepare([f"sentence number {i} of a few" for i in range(PROBE_ITEMS)])
    pictures = [encoder.picture.prepare(each.picture) for each in products(PROBE_ITEMS)]
    best_s, vectors = float("inf"), ()
    for _ in range(ROUNDS):
        start_s = clock()
        vectors = (
            encoder.joint_text.encode(texts),
            encoder.text.encode(own),
            encoder.picture.encode(pictures),
        )
        best_s = min(best_s, clock() - start_s)
    return Measured(best_s * 1000, vectors)


def _cosines(a: TowerVectors, b: TowerVectors) -> TowerVectors:
    norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.einsum("nd,nd->n", a, b) / np.maximum(norms, np.finfo(np.float32).tiny)
