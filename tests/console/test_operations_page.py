"""Operations in a browser: what an administrator sees, and what a bound key does not."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from api.console.files import installed
from reliability.limits.holdings import ClientTokens, Holdings
from tests.console.browsing import Watched
from tests.console.services import Service, key_of, mugs

pytestmark = pytest.mark.slow


def test_an_operator_sees_components_objectives_and_energy(
    service: Service, watched: Watched
) -> None:
    """Each with its figures; nothing that another host would have to give."""
    service.put("shop", mugs(3))
    page = watched.open(service.url, "#/operations")
    used = page.get_by_role("region", name="Used just now")
    expect(used.get_by_role("row", name="everything")).to_contain_text("answers")
    expect(page.get_by_role("region", name="Latencies over 1h")).to_contain_text("/embed")
    expect(page.get_by_role("region", name="Objectives")).to_contain_text("kept")
    expect(page.get_by_role("region", name="Joules by route")).to_contain_text("/documents")
    expect(page.get_by_text("In force: full")).to_be_visible()
    assert watched.origins == {service.url}


def test_latencies_are_drawn_as_lines_of_one_route(service: Service, watched: Watched) -> None:
    """With what they say in words; another window is asked for."""
    page = watched.open(service.url, "#/operations")
    expect(page.get_by_role("img", name="POST /embed over 1h: 1 requests")).to_be_visible()
    expect(page.get_by_label("Route", exact=True)).to_have_value("POST /embed")
    page.get_by_label("Over", exact=True).select_option("3d")
    expect(page.get_by_role("img", name="POST /embed over 3d")).to_be_visible()
    assert [url for url in watched.asked if url.endswith("/slo/history?over=3d")]


POINTS = """async (version) => {
  const { LatencyLines } = await import(`./console/${version}/parts/operations/lines.js`);
  const point = (at, p99_ms) => ({ at, requests: 2, failed: 1, p50_ms: 50, p95_ms: 50, p99_ms });
  const failed = { ...point(300, null), p50_ms: null };
  const points = [point(0, 100), point(60, 50), point(240, 100), failed];
  const lines = new LatencyLines();
  const endpoints = [{ method: "GET", endpoint: "/x", points }];
  const told = { as_of: 600, step_s: 60, over: "1h", endpoints };
  document.querySelector("main").replaceChildren(lines.show(told));
  const path = (name) => document.querySelector(`path.${name}`).getAttribute("d");
  const drawn = [path("line-0"), path("line-2")];
  lines.show({ as_of: 600, step_s: 60, over: "1h", endpoints: [] });
  return [...drawn, lines.element.textContent];
}"""


def test_a_minute_without_a_request_is_a_gap(service: Service, watched: Watched) -> None:
    """No line goes over what nobody measured; nothing at all is said in words."""
    page = watched.open(service.url)
    p50, p99, nothing = page.evaluate(POINTS, installed().version)
    assert p50 == "M0.0 80.0h2L60.0 80.0M240.0 80.0h2"
    assert p99 == "M0.0 0.0h2L60.0 80.0M240.0 0.0h2"
    assert "No route with an objective was asked" in nothing


def test_limits_are_shown_by_client_when_they_are_asked_for(
    service: Service, watched: Watched
) -> None:
    """Looking is recorded: the page does not look by itself."""
    spent = ClientTokens("key:greedy", "search", 120, 60, 120, left=-3, lent=2, full_in_ms=61_500)
    service.backend.holdings = Holdings([spent], 1, 1)
    page = watched.open(service.url, "#/operations")
    expect(page.get_by_role("region", name="What it holds")).to_be_visible()
    assert not [url for url in watched.asked if url.endswith("/limits")]
    page.get_by_role("button", name="Show limits by client").click()
    row = page.get_by_role("region", name="Limits by client").get_by_role("row", name="key:greedy")
    expect(row).to_contain_text("120 in 60 s")
    expect(row.locator(".bad")).to_have_text("0")
    service.backend.holdings = None
    page.get_by_role("button", name="Show limits by client").click()
    expect(page.get_by_text("kept in Redis")).to_be_visible()


def test_a_requests_log_lines_are_shown_as_text(
    service: Service, watched: Watched, tmp_path: Path
) -> None:
    """Whatever stands in them; one without a line says so."""
    file = tmp_path / "lines.jsonl"
    script = "<img src=x onerror=alert(1)>"
    line = {"timestamp": "2026-01-01T10:11:12.345Z", "request_id": "r1", "component": "Embedder"}
    file.write_text(json.dumps(line | {"level": "error", "event": script, "took_ms": 7}) + "\n")
    service.backend.log_files = [file]
    page = watched.open(service.url, "#/operations")
    page.get_by_label("X-Request-ID").fill("r1")
    page.get_by_role("button", name="Show its log lines").click()
    row = page.get_by_role("region", name="Log lines of the request").get_by_role("row").nth(1)
    expect(row).to_contain_text("10:11:12.345")
    expect(row).to_contain_text(script)
    expect(row).to_contain_text("took_ms=7")
    page.get_by_label("X-Request-ID").fill("r2")
    page.get_by_role("button", name="Show its log lines").click()
    expect(page.get_by_text("no line of it in 1 files")).to_be_visible()


READINGS = """async (version) => {
  const { PowerHistory } = await import(`./console/${version}/parts/operations/area.js`);
  const history = new PowerHistory();
  const before = history.element().textContent;
  for (const at of [1, 2, 2, 3]) {
    history.take({ requests_j: at * 20, overhead_j: at * 10, idle_j: at * 70 }, at * 10);
  }
  document.querySelector("main").replaceChildren(history.element());
  return [before, history.samples.map((one) => one.requests + one.overhead + one.idle)];
}"""


def test_the_parts_of_the_energy_are_drawn_to_add_up(service: Service, watched: Watched) -> None:
    """Three readings make two powers, each the sum of its parts; one told twice makes none."""
    page = watched.open(service.url)
    before, watts = page.evaluate(READINGS, installed().version)
    assert "drawn while this page is open" in before
    assert watts == [10, 10]
    expect(page.get_by_role("img", name="at most 10 watts")).to_be_visible()
    paths = page.locator("path[class^='area-']")
    # From the ground up, each area begins where the one below ends.
    assert [path.get_attribute("d") for path in paths.all()] == [
        "M0.0 160.0L600.0 160.0L600.0 128.0L0.0 128.0Z",
        "M0.0 128.0L600.0 128.0L600.0 112.0L0.0 112.0Z",
        "M0.0 112.0L600.0 112.0L600.0 0.0L0.0 0.0Z",
    ]


def test_the_mode_is_switched(service: Service, watched: Watched) -> None:
    """By an administrator, and told as it is in force."""
    page = watched.open(service.url, "#/operations")
    expect(page.get_by_text("In force: full")).to_be_visible()
    page.get_by_label("Mode").select_option("eco")
    page.get_by_role("button", name="Switch").click()
    expect(page.get_by_text("In force: eco")).to_be_visible()
    httpx.put(f"{service.url}/sustainability/mode", json={"mode": "full"})


def test_a_request_is_looked_up_by_its_id(service: Service, watched: Watched) -> None:
    """One of the caller's own; another id is told to be none."""
    answer = httpx.get(f"{service.url}/namespaces")
    page = watched.open(service.url, "#/operations")
    page.get_by_label("X-Request-ID").fill(answer.headers["x-request-id"])
    page.get_by_role("button", name="Show its cost").click()
    expect(page.get_by_role("region", name="/namespaces")).to_contain_text("As its answer")
    page.get_by_label("X-Request-ID").fill("none")
    page.get_by_role("button", name="Show its cost").click()
    expect(page.get_by_role("alert")).to_be_visible()


def test_a_bound_key_sees_its_own_and_nothing_of_the_whole(
    serve: Callable[..., Service], watched: Watched
) -> None:
    """Figures of others never reach it; what it holds does, and it cannot switch the mode."""
    locked = serve(with_keys=True)
    assert locked.keys is not None
    key = key_of(locked.keys.make("client", ["mine"]))
    locked.put("theirs", mugs(3))
    page = watched.open(locked.url, "#/operations")
    page.get_by_role("textbox", name="API key").fill(key)
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="What it holds")).to_contain_text("documents")
    refusals = page.get_by_text("closed to keys bound to namespaces")
    expect(refusals).to_have_count(4)
    page.get_by_role("button", name="Switch").click()
    expect(page.get_by_text("needs a key of role administrator")).to_be_visible()
    assert "theirs" not in page.inner_text("main")
