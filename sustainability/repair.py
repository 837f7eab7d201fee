"""What earlier releases let a broken sensor write into the books, taken out of them again.

They took every reading for one: zeros set the idle power to 0 for good, an infinite one the
totals.
"""

from collections.abc import Mapping
from typing import Any

from sustainability.metering.counter import is_amount

PARTS = ("requests_j", "overhead_j", "idle_j")
AVERAGES = ("cpu_s", "elsewhere_j")


def repaired(state: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Return a page's state without what cannot be, and how many figures that were."""
    mended, count = dict(state), 0
    if "idle_w" in state:
        idle_w = {k: w for k, w in state["idle_w"].items() if is_amount(w) and w > 0}
        count += len(state["idle_w"]) - len(idle_w)
        mended["idle_w"] = idle_w
    if "totals" in state:
        mended["totals"], more = _totals(state["totals"])
        count += more
    if "estimator" in state:
        mended["estimator"], more = _estimator(state["estimator"])
        count += more
    return mended, count


def _totals(totals: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    sound = {name: value if is_amount(value) else 0.0 for name, value in totals.items()}
    spoilt = [name for name, value in totals.items() if sound[name] is not value]
    if set(spoilt) & {"measured_j", *PARTS}:
        # They add up, or every report would say that energy went missing.
        sound["measured_j"] = sum(sound[part] for part in PARTS)
    return sound, len(spoilt)


def _estimator(estimator: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    mended, count = dict(estimator), 0
    for name in AVERAGES:
        rows = estimator[name]
        mended[name] = [row for row in rows if all(map(is_amount, row[2:]))]
        count += len(rows) - len(mended[name])
    if not all(map(is_amount, estimator["joules_per_cpu_s"])):
        mended["joules_per_cpu_s"], count = [0.0, 0.0], count + 1
    if not (is_amount(estimator["estimated_j"]) and is_amount(estimator["settled_j"])):
        mended["estimated_j"], mended["settled_j"], count = 0.0, 0.0, count + 1
    return mended, count
