"""What the service used, as sections of a page; from the body of `GET /sustainability`."""

from collections.abc import Mapping
from typing import Any

from deployments.service_report.drawings import COLOURS, bars, parts_bar
from deployments.service_report.paper import Drawing, PaperRows, PaperSection

EnergyBody = Mapping[str, Any]
KINDS = ("requests", "overhead", "idle")


def summary(report: EnergyBody) -> list[tuple[str, str]]:
    """Return the figures one quotes, each with its unit."""
    low, high = report["range"]["low"], report["range"]["high"]
    equal = report["equivalents"]
    bias = report["estimate_bias_ratio"]
    mode = report["mode"]
    return [
        ("Measured", f"{report['measured_j'] / 3600:.4g} Wh in {report['metered_s'] / 3600:.3g} h"),
        ("Method", f"{report['method']}; the truth lies between {low:.2f} and {high:.2f} of it"),
        ("Requests", f"{report['requests_j']:.4g} J for {report['requests']} requests"),
        ("Overhead", f"{report['overhead_j']:.4g} J"),
        ("Idle", f"{report['idle_j']:.4g} J ({100 * report['idle_share']:.1f} %)"),
        ("Average power", f"{report['average_power_w']:.4g} W (PUE {report['pue']:g})"),
        (
            "Emissions",
            f"{report['emissions_g']:.4g} g CO2e at {report['intensity_g_per_kwh']:.4g} "
            f"g/kWh ({report['intensity_source']})",
        ),
        ("SCI", f"{report['sci']['g_per_unit'] or 0:.4g} g per {report['sci']['functional_unit']}"),
        ("Headers against ledger", "no request settled yet" if bias is None else f"{bias:.3f}"),
        ("Mode", f"{mode['effective']} ({mode['reason']})"),
        (
            "As much as",
            f"{equal['car_km']:.3g} km by car, {equal['litres_boiled']:.3g} litres of "
            f"water boiled, {equal['telephones_charged']:.3g} telephones charged",
        ),
    ]


def energy(report: EnergyBody) -> PaperSection:
    """Return what was measured and where it went."""
    parts = [(kind, report[f"{kind}_j"]) for kind in KINDS]
    added = " + ".join(f"{kind} {joules:.4g} J" for kind, joules in parts)
    shown: list[str | PaperRows | Drawing] = [f"Warning: {text}" for text in report["warnings"]]
    shown += [
        PaperRows("", ("figure", "value"), summary(report)),
        Drawing(
            parts_bar(parts),
            f"{added} = {report['measured_j']:.4g} J measured",
            list(zip(COLOURS, KINDS, strict=True)),
        ),
    ]
    if report["endpoints"]:
        shown += [
            Drawing(
                bars(
                    [(r["endpoint"], r["j_per_request"] or 0.0) for r in report["endpoints"]], "J"
                ),
                "Joules of a request, by route",
            ),
            _routes(report),
        ]
    by_deployment = [(row["deployment"], row["energy_j"]) for row in report["deployments"]]
    shown.append(Drawing(bars(by_deployment, "J"), "Joules by deployment"))
    shown.append(
        PaperRows(
            "Joules by deployment",
            ("deployment", "J"),
            [(name, f"{energy_j:.4g}") for name, energy_j in by_deployment],
        )
    )
    savings = [
        (f"{row['mode']} {row['endpoint']}", 100 * row["cpu_saved"])
        for row in report["mode"]["saving"]
    ]
    if savings:
        saved = [(name, f"{share:.4g} %") for name, share in savings]
        shown.append(PaperRows("CPU-seconds saved by modes", ("mode and route", "saved"), saved))
    return PaperSection("Energy", shown)


def _routes(report: EnergyBody) -> PaperRows:
    names = ("j_per_request", "g_per_request", "cpu_s", "sci_g_per_unit")
    return PaperRows(
        "Energy by route",
        ("route", "requests", "J a request", "g a request", "CPU s", "SCI g a unit"),
        [
            (row["endpoint"], str(row["requests"]), *(_figure(row[name]) for name in names))
            for row in report["endpoints"]
        ],
    )


def _figure(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.4g}"
