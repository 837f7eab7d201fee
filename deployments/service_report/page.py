"""The report on one page: the same sections as the console's page for operators."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from deployments.service_report import operation
from deployments.service_report.energy import energy
from deployments.service_report.gathered import PARTS, GatheredReport
from deployments.service_report.paper import Paper, PaperSection

ReportParts = Mapping[str, Any]
SECTIONS: Mapping[str, tuple[tuple[str, ...], Callable[[ReportParts], PaperSection]]] = {
    "Deployments": (
        ("health", "metrics"),
        lambda told: operation.deployments(told["health"], told["metrics"]),
    ),
    "Latencies": (("history",), lambda told: operation.latencies(told["history"])),
    "Objectives": (("slo",), lambda told: operation.objectives(told["slo"])),
    "Energy": (("energy",), lambda told: energy(told["energy"])),
    "Limits by client": (("limits",), lambda told: operation.limits(told["limits"])),
    "Models": (("models",), lambda told: operation.models(told["models"])),
}
"""Each section, the parts it is made of, and how."""


def paper_of(report: GatheredReport, service: str, now_s: float) -> Paper:
    """Return the page; a section whose parts were refused says so in the service's words.

    Args:
        service: Its name, as the reader knows it.
        now_s: Unix time.
    """
    return Paper(f"Report on {service}", _about(report, service, now_s), _sections(report))


def _about(report: GatheredReport, service: str, now_s: float) -> list[tuple[str, str]]:
    about = [("Service", service), ("Made at", _time(now_s))]
    if "energy" in report.told:
        metered_s = report.told["energy"]["metered_s"]
        period = f"{_time(now_s - metered_s)} to {_time(now_s)}, as far as it was metered"
        about.append(("Period of the energy", period))
    if "history" in report.told:
        about.append(("Period of the latencies", f"the last {report.told['history']['over']}"))
    about.append(("Joules", "measured by the node's meter, or modelled: the section says which"))
    return about


def _sections(report: GatheredReport) -> list[PaperSection]:
    made = []
    for title, (parts, section) in SECTIONS.items():
        refused = [part for part in parts if part in report.refused]
        if refused:
            why = [f"Not told by {PARTS[part]}: {report.refused[part]}" for part in refused]
            made.append(PaperSection(title, why))
        else:
            made.append(section(report.told))
    return made


def _time(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d %H:%M UTC")
