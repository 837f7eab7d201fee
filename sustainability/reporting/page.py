"""The report on one page: HTML or Markdown, with bars drawn as inline SVG and nothing loaded."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

EnergyReport = Mapping[str, Any]
WIDTH_PX, BAR_PX, LABEL_PX = 640, 22, 190
COLOURS = ("#2b6cb0", "#718096", "#cbd5e0")


def bars(values: Sequence[tuple[str, float]], unit: str) -> str:
    """Return a bar for each value, scaled to the greatest; values are written out."""
    most = max((value for _, value in values), default=0.0) or 1.0
    room_px = WIDTH_PX - LABEL_PX - 110
    lines = []
    for row, (name, value) in enumerate(values):
        top_px = row * (BAR_PX + 6)
        width_px = max(1.0, room_px * value / most)
        lines.append(
            f'<text x="0" y="{top_px + 16}">{escape(name)}</text>'
            f'<rect x="{LABEL_PX}" y="{top_px}" width="{width_px:.1f}" height="{BAR_PX}" '
            f'fill="{COLOURS[0]}"/>'
            f'<text x="{LABEL_PX + width_px + 8:.1f}" y="{top_px + 16}">{value:.4g} {unit}</text>'
        )
    height_px = max(1, len(values)) * (BAR_PX + 6)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_PX}" height="{height_px}" '
        f'font-family="sans-serif" font-size="13">{"".join(lines)}</svg>'
    )


def parts_bar(report: EnergyReport) -> str:
    """Return one bar: requests, overhead and idle as parts of what was measured."""
    whole_j = report["measured_j"] or 1.0
    left_px, shapes = 0.0, []
    for name, colour in zip(("requests", "overhead", "idle"), COLOURS, strict=True):
        width_px = WIDTH_PX * report[f"{name}_j"] / whole_j
        share = 100 * report[f"{name}_j"] / whole_j
        shapes.append(
            f'<rect x="{left_px:.1f}" y="0" width="{max(0.0, width_px):.1f}" height="30" '
            f'fill="{colour}"><title>{name} {share:.2f} %</title></rect>'
        )
        left_px += width_px
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_PX}" height="30">'
        f"{''.join(shapes)}</svg>"
    )


def summary(report: EnergyReport) -> list[tuple[str, str]]:
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


def markdown(report: EnergyReport) -> str:
    """Return the page as Markdown; GitHub and others leave SVG out, so that tables say it all."""
    lines = ["# Energy report", "", "| what | figure |", "|---|---|"]
    lines += [f"| {name} | {text} |" for name, text in summary(report)]
    lines += ["", "| endpoint | requests | J/request | g/request | CPU s | SCI g/unit |"]
    lines += ["|---|---|---|---|---|---|"]
    lines += ["| " + " | ".join(cells) + " |" for cells in _endpoint_cells(report)]
    lines += ["", *(f"- warning: {text}" for text in report["warnings"])]
    return "\n".join(lines) + "\n"


def html(report: EnergyReport) -> str:
    """Return the page as HTML."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in summary(report)
    )
    cells = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line) + "</tr>"
        for line in _endpoint_cells(report)
    )
    by_endpoint = [(row["endpoint"], row["j_per_request"] or 0.0) for row in report["endpoints"]]
    by_deployment = [(row["deployment"], row["energy_j"]) for row in report["deployments"]]
    savings = [
        (f"{row['mode']} {row['endpoint']}", 100 * row["cpu_saved"])
        for row in report["mode"]["saving"]
    ]
    saved = f"<h2>CPU-seconds saved by modes</h2>{bars(savings, '%')}" if savings else ""
    warned = "".join(f"<p>Warning: {escape(text)}</p>" for text in report["warnings"])
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Energy report</title>
<style>body{{font:15px sans-serif;max-width:720px;margin:2em auto}}th{{text-align:left;
padding-right:1em;vertical-align:top}}td{{padding-right:1em}}</style>
<h1>Energy report</h1>{warned}<table>{rows}</table>
<h2>Requests, overhead, idle</h2>{parts_bar(report)}
<h2>Joules of a request, by endpoint</h2>{bars(by_endpoint, "J")}
<h2>Joules by deployment</h2>{bars(by_deployment, "J")}{saved}
<h2>Endpoints</h2><table><tr><th>endpoint<th>requests<th>J/request<th>g/request<th>CPU s
<th>SCI g/unit</tr>{cells}</table></html>
"""


def _endpoint_cells(report: EnergyReport) -> list[list[str]]:
    return [
        [
            row["endpoint"],
            str(row["requests"]),
            _figure(row["j_per_request"]),
            _figure(row["g_per_request"]),
            _figure(row["cpu_s"]),
            _figure(row["sci_g_per_unit"]),
        ]
        for row in report["endpoints"]
    ]


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
