"""Operations in a browser: what an administrator sees, and what a bound key does not."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import expect

from api.console.files import installed
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
    expect(refusals).to_have_count(3)
    page.get_by_role("button", name="Switch").click()
    expect(page.get_by_text("needs a key of role administrator")).to_be_visible()
    assert "theirs" not in page.inner_text("main")
