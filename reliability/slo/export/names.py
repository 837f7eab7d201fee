"""Names that generated files share with the service's metrics and with each other."""

from reliability.slo.objectives import BURN_WINDOWS_S, Objectives

VALID = "brainwav_slo_valid_total"
BAD = "brainwav_slo_bad_total"
"""The tracker's own counts, by ``objective``. Alerts read these rather than the HTTP metrics:
what counts and what is bad is decided in one place, joules have no histogram, and a counter
that starts at 0 before the first failure loses none, where a status code that appears for the
first time does (``increase`` cannot see a series' first sample)."""

BUDGET = "slo:brainwav_budget:ratio"

NOTE = "Made from reliability/slos.yaml by `make slo`; a change here is lost."


def increase(metric: str, window: str) -> str:
    """Return the name of the recorded increase of a counter, such as ``…:increase1h``."""
    return f"slo:{metric.removesuffix('_total')}:increase{window}"


def burn_rate(window: str) -> str:
    """Return the name of the recorded burn rate over a window."""
    return f"slo:brainwav_burn_rate:{window}"


def window_name(seconds: int) -> str:
    """Return a window as people write it, such as ``1h``."""
    for unit, length_s in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds % length_s == 0:
            return f"{seconds // length_s}{unit}"
    return f"{seconds}s"


def windows_s(objectives: Objectives) -> list[int]:
    """Return the windows that rules are recorded over: the usual ones and those of alerts."""
    alerts = {alert for objective in objectives for alert in objective.alerts}
    used = {length_s for alert in alerts for length_s in (alert.long_s, alert.short_s)}
    return sorted(used | set(BURN_WINDOWS_S.values()))
