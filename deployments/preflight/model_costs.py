"""What a picture costs each model on this machine: measured where asked for, else estimated.

Measurements are kept in the home. An estimate takes the measured model whose pictures need nearly
as many operations, and their ratio: within a factor of two between kinds of architectures.
"""

import json
import math
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deployments import private
from deployments.checking.model_sizes import ModelSize

FILE = "model_costs.json"


@dataclass(frozen=True, slots=True)
class PictureCost:
    """Milliseconds of one core a picture, in batches of 16."""

    ms: float
    is_measured: bool


def machine() -> str:
    """Return what this machine's processors call themselves."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def measured(home: Path, here: str) -> dict[str, float]:
    """Return milliseconds by architecture, of what was measured on such a machine."""
    try:
        kept = json.loads((home / FILE).read_text())[here]
        return {str(name): float(ms) for name, ms in kept.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # Never measured, or by another version: it is measured anew when somebody asks.
        return {}


def keep(home: Path, here: str, name: str, ms: float) -> None:
    """Write down a measurement.

    Raises:
        NotPrivate: The home is somebody else's.
    """
    known = measured(home, here) | {name: round(ms, 3)}
    private.folder(private.real(home))
    private.write(home / FILE, json.dumps({here: known}, indent=1))


def cost_of(
    name: str, known: Mapping[str, float], sizes: Mapping[str, ModelSize]
) -> PictureCost | None:
    """Return what is known of an architecture's pictures, None where nothing is."""
    if name in known:
        return PictureCost(known[name], True)
    wanted = _operations(name, sizes)
    others = [
        (operations, ms) for other, ms in known.items() if (operations := _operations(other, sizes))
    ]
    if not wanted or not others:
        return None
    operations, ms = min(others, key=lambda other: abs(math.log(other[0] / wanted)))
    return PictureCost(ms * wanted / operations, False)


def _operations(name: str, sizes: Mapping[str, ModelSize]) -> float | None:
    return sizes[name].picture_gmac if name in sizes else None
