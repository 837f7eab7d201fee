"""The page says what the report says, and loads nothing."""

import re

from test_report import snapshot

from sustainability.reporting.page import bars, html, markdown, parts_bar
from sustainability.reporting.report import render
from sustainability.reporting.sci import Embodied

REPORT = render([snapshot()], Embodied())


def test_both_forms_name_the_method_and_its_range() -> None:
    """No figure without."""
    for page in (html(REPORT), markdown(REPORT)):
        assert "cpu_load" in page
        assert "between 0.60 and 1.40" in page
        assert "/embed" in page


def test_nothing_is_loaded_from_elsewhere() -> None:
    """One file that opens offline."""
    page = html(REPORT).replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|<script|<link|<img", page)


def test_the_parts_fill_the_bar() -> None:
    """Their widths add up to it."""
    widths = re.findall(r'<rect [^>]*width="([\d.]+)"', parts_bar(REPORT))
    assert abs(sum(map(float, widths)) - 640) < 0.5


def test_names_cannot_become_markup() -> None:
    """Endpoints come from routes, deployments from settings; still."""
    assert "<b>" not in bars([("<b>x</b>", 1.0)], "J")


def test_no_value_at_all_is_still_a_picture() -> None:
    """Of nothing."""
    assert bars([], "J").startswith("<svg")
