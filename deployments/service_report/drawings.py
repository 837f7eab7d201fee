"""Bars and lines as inline SVG, each value written out beside or under it."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

WIDTH_PX, BAR_PX, LABEL_PX, LINES_PX = 640, 22, 190, 140
COLOURS = ("#2b6cb0", "#718096", "#cbd5e0")
LINE_COLOURS = ("#2b6cb0", "#b7791f", "#c53030")


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
    return _svg(max(1, len(values)) * (BAR_PX + 6), "".join(lines))


def parts_bar(parts: Sequence[tuple[str, float]]) -> str:
    """Return one bar, cut into the parts of a whole."""
    whole = sum(value for _, value in parts) or 1.0
    left_px, shapes = 0.0, []
    for (name, value), colour in zip(parts, COLOURS, strict=True):
        width_px = WIDTH_PX * value / whole
        shapes.append(
            f'<rect x="{left_px:.1f}" y="0" width="{max(0.0, width_px):.1f}" height="30" '
            f'fill="{colour}"><title>{escape(name)} {100 * value / whole:.2f} %</title></rect>'
        )
        left_px += width_px
    return _svg(30, "".join(shapes))


def lines(
    points: Sequence[Mapping[str, Any]], names: Sequence[str], step_s: int, until_s: float
) -> str:
    """Return a line for each named value of points over their ``at``; a missing slot is a gap."""
    values = [point[name] for point in points for name in names if point[name] is not None]
    most = max(values, default=0.0) or 1.0
    first_s = points[0]["at"] if points else until_s
    span_s = max(until_s - first_s, step_s)
    paths = []
    for name, colour in zip(names, LINE_COLOURS, strict=False):
        path, last_s = "", None
        for point in points:
            if point[name] is None:
                continue
            x = WIDTH_PX * (point["at"] - first_s) / span_s
            y = LINES_PX * (1 - point[name] / most)
            joined = last_s is not None and point["at"] - last_s <= 1.5 * step_s
            path += f"L{x:.1f} {y:.1f}" if joined else f"M{x:.1f} {y:.1f}h2"
            last_s = point["at"]
        paths.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
    return _svg(LINES_PX, "".join(paths))


def _svg(height_px: int, content: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_PX}" height="{height_px}" '
        f'font-family="sans-serif" font-size="13">{content}</svg>'
    )
