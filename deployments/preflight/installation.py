"""Whether what is imported under our names is ours: they are plain words that others use too."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path

from deployments.preflight.checks import FAILED, OK, WARNING, Check

DISTRIBUTION = "brainwav-serve"
NAMES = (
    "agents",
    "api",
    "deployments",
    "graph",
    "reliability",
    "retrieval",
    "storage",
    "sustainability",
    "telemetry",
)
"""Of everything that lies at the top of the package."""
MEANT_FOR = "install brAInwav into an environment of its own"


def names(root: Path, owners: Mapping[str, Sequence[str]] | None = None) -> Iterator[Check]:
    """Look whether each of our names is imported from ``root`` and installed by nobody else.

    Args:
        root: Where our code lies.
        owners: Distributions by the top-level names they install; by default of this environment.
    """
    installed = metadata.packages_distributions() if owners is None else owners
    clean = True
    for name in NAMES:
        others = sorted(set(installed.get(name, ())) - {DISTRIBUTION})
        found = _place(name)
        if found is None or not found.is_relative_to(root):
            clean = False
            where = "nowhere" if found is None else f"from {found}"
            said = f"`{name}` is imported {where}, not from {root}: {MEANT_FOR}"
            yield Check("names", FAILED, said)
        elif others:
            clean = False
            said = f"`{name}` is also installed by {', '.join(others)}: {MEANT_FOR}"
            yield Check("names", WARNING, said)
    if clean:
        yield Check("names", OK, f"all {len(NAMES)} top-level names are ours")


def _place(name: str) -> Path | None:
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        return None
    return Path(found.origin).resolve()
