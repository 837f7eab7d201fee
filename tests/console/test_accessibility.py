"""Every page by the rules of axe, in both themes, on a screen and on a telephone."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.console.browsing import Watched
from tests.console.services import Service, mugs
from tests.environments import axe_script

pytestmark = pytest.mark.slow

RED = "#/search?namespace=shop&query=red"
PAGES = {
    "search": "#/search?namespace=shop&query=red+mug",
    "conditions": f"{RED}&filter=[{{%22field%22:%22price%22,%22op%22:%22lt%22,%22value%22:9}}]",
    "suggestions": "#/search?namespace=shop",
    "alike": "#/search?namespace=shop&like=[%22mug-1%22]&unlike=[%22mug-3%22]",
    "counts": "#/search?namespace=shop&facet=colour&sort=-price",
    "ranges": "#/search?namespace=shop&facet=price",
    "refused": f"{RED}&filter=[{{%22field%22:%22none%22,%22op%22:%22lt%22,%22value%22:9}}]",
    "documents": "#/documents?namespace=shop",
    "plan": "#/plan?namespace=shop&goal=a+red+mug",
    "map": "#/map?namespace=shop&field=colour",
    "operations": "#/operations",
    "no documents": "#/documents?namespace=nothing",
}
SIZES = {"screen": {"width": 1280, "height": 900}, "telephone": {"width": 360, "height": 740}}
RUN = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return axe_script(tmp_path_factory.mktemp("axe")).read_text()


@pytest.fixture(scope="module", autouse=True)
def catalogue(service: Service) -> None:
    service.put("shop", mugs())


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("name", list(PAGES))
def test_no_rule_is_broken(
    browser: Browser, service: Service, axe: str, name: str, size: str, theme: str
) -> None:
    """Nothing serious or critical, and nothing hangs over the edge of the screen."""
    # The rules come into the page past its policy, which lets no script of others in.
    watched = Watched(browser, color_scheme=theme, viewport=SIZES[size], bypass_csp=True)
    try:
        page = watched.open(service.url, PAGES[name])
        if name == "plan":
            page.get_by_role("button", name="Plan", exact=True).click()
            page.get_by_role("heading", name="Answer").wait_for()
        if name == "suggestions":
            page.get_by_label("Search for").press_sequentially("re")
            page.get_by_role("option").first.wait_for()
            page.keyboard.press("ArrowDown")
        page.wait_for_load_state("networkidle")
        for summary in page.locator("summary").all()[:4]:
            if name != "suggestions":
                # A press elsewhere puts the list away.
                summary.click()
        page.evaluate(axe)
        assert [told(one) for one in page.evaluate(RUN) if is_grave(one)] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    finally:
        watched.close()


def is_grave(violation: dict[str, Any]) -> bool:
    return violation["impact"] in ("serious", "critical")


def told(violation: dict[str, Any]) -> str:
    return f"{violation['id']}: {[node['html'] for node in violation['nodes']][:3]}"


def test_a_page_that_breaks_a_rule_would_be_found(browser: Browser, axe: str) -> None:
    """A picture without words."""
    page = browser.new_page()
    page.set_content("<html lang=en><title>t</title><img src='data:,'></html>")
    page.evaluate(axe)
    assert "image-alt" in [one["id"] for one in page.evaluate(RUN) if is_grave(one)]
    page.close()
