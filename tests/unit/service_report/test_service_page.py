"""The report says what the service says and what it does not, and loads nothing."""

import json
import re
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from api.access.rate_settings import RateLimits
from api.app import build_app
from api.bodies.limits import RequestLimits
from deployments.commands.client import report as command_module
from deployments.service_report.drawings import bars, lines, parts_bar
from deployments.service_report.gathered import GatheredReport, gathered
from deployments.service_report.page import SECTIONS, paper_of
from deployments.service_report.paper import as_html, as_markdown
from reliability.limits.holdings import ClientTokens, Holdings
from tests.fakes import LocalBackend
from tests.http.doors import Clock, Keys, guarded
from tests.http.live import live

NOW_S = 1_800_000_000.0
SPENT = ClientTokens("key:<b>greedy</b>|x", "search", 120, 60, 120, left=7, lent=3, full_in_ms=1)


@pytest.fixture
def place(tmp_path: Path):
    keys = Keys(tmp_path / "keys.json")
    backend = LocalBackend(tmp_path / "index")
    backend.holdings = Holdings([SPENT], 1, 1)
    guard = guarded(RateLimits(enabled=False), Clock(), keys)
    with live(build_app(backend, RequestLimits(), guard, energy=backend.energy)) as url:
        yield url, keys


def told_to(place, role: str = "administrator", namespaces: list[str] | None = None):
    url, keys = place
    headers = keys.make(role=role, namespaces=namespaces)
    with httpx.Client(base_url=url, headers=headers) as client:
        return gathered(client)


def test_an_administrator_gets_every_section_with_its_figures(place) -> None:
    report = told_to(place)
    assert report.refused == {}
    paper = paper_of(report, "the shop's service", NOW_S)
    assert [section.title.split(" over")[0] for section in paper.sections] == list(SECTIONS)
    for page in (as_html(paper), as_markdown(paper)):
        assert "the shop's service" in page.replace("&#x27;", "'")
        assert "2027-01-15 08:00 UTC" in page
        assert "the truth lies between" in page
        assert "everything" in page  # the component
        assert "POST /embed: 1 requests, 0 failed, at most" in page
        assert "10 of 120" in page
        assert "words" in page  # the model


@pytest.mark.parametrize(
    ("role", "namespaces", "missing"),
    [
        ("client", None, {"limits"}),
        ("client", ["own"], {"energy", "slo", "history", "limits", "metrics"}),
    ],
)
def test_what_a_key_may_not_see_is_said(
    place, role: str, namespaces: list[str] | None, missing: set[str]
) -> None:
    """In the service's own words, under the section's title; nothing is left out silently."""
    report = told_to(place, role, namespaces)
    assert set(report.refused) == missing
    page = as_html(paper_of(report, "s", NOW_S))
    assert page.count("Not told by ") == len(missing)
    assert "administrator" in page


def test_nothing_is_loaded_and_no_name_becomes_markup(place) -> None:
    """One file that opens offline; a key's or a route's name is text in both forms."""
    paper = paper_of(told_to(place), "<i>me</i>", NOW_S)
    page = as_html(paper).replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|<script|<link|<img|<b>|<i>", page)
    written = as_markdown(paper)
    assert "\\<b\\>greedy\\</b\\>\\|x" in written
    assert "<i>" not in written


def test_the_command_writes_a_page_prints_figures_and_refuses_without_energy(
    place, tmp_path: Path
) -> None:
    url, keys = place
    file, key = tmp_path / "page.html", tmp_path / "key"
    own = keys.make(namespaces=["own"])
    key.write_text(keys.make()["Authorization"].removeprefix("Bearer "))
    told = ["--url", url, "--key-file", str(key)]
    done = CliRunner().invoke(command_module.command, [*told, "--out", str(file), "--name", "mine"])
    assert done.exit_code == 0, done.output
    assert "<h1>Report on mine</h1>" in file.read_text()
    assert "not told by /limits: 403" in done.output
    printed = CliRunner().invoke(command_module.command, [*told, "--json"])
    figures = json.loads(printed.stdout)
    assert figures["method"] == "starting"
    assert figures["service"]["models"]["data"]
    assert list(figures["service"]["refused"]) == ["limits"]
    key.write_text(own["Authorization"].removeprefix("Bearer "))
    refused = CliRunner().invoke(command_module.command, told)
    assert refused.exit_code == 1
    assert "/sustainability: 403" in refused.output


def test_a_service_that_is_unwell_is_reported_on() -> None:
    """Health is 503 with a body then: that body is the section."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/health":
            return httpx.Response(503, json={"components": {}})
        return httpx.Response(503, text="down\nfor now")

    with httpx.Client(base_url="http://s", transport=httpx.MockTransport(answer)) as client:
        report = gathered(client)
    assert report.told == {"health": {"components": {}}}
    assert report.refused["slo"] == "503: down for now"
    page = as_markdown(paper_of(report, "s", NOW_S))
    assert "Not told by /metrics: 503: down for now" in page


def test_the_parts_fill_the_bar() -> None:
    """Their widths add up to it."""
    widths = re.findall(r'<rect [^>]*width="([\d.]+)"', parts_bar([("a", 1), ("b", 2), ("c", 4)]))
    assert abs(sum(map(float, widths)) - 640) < 0.5
    assert parts_bar([("a", 0), ("b", 0), ("c", 0)]).startswith("<svg")


def test_a_missing_slot_is_a_gap_and_nothing_is_a_picture_too() -> None:
    points = [
        {"at": 0, "p": 10.0},
        {"at": 60, "p": 5.0},
        {"at": 180, "p": 10.0},
        {"at": 240, "p": None},
    ]
    assert 'd="M0.0 0.0h2L64.0 70.0M192.0 0.0h2"' in lines(points, ["p"], 60, 600)
    assert lines([], ["p"], 60, 600).startswith("<svg")
    assert bars([], "J").startswith("<svg")
    assert "<b>" not in bars([("<b>x</b>", 1.0)], "J")


def test_nothing_told_at_all_is_a_page_of_refusals() -> None:
    refused = {part: "403: no" for parts, _ in SECTIONS.values() for part in parts}
    page = as_html(paper_of(GatheredReport({}, refused), "s", NOW_S))
    assert page.count("403: no") == len(refused)
