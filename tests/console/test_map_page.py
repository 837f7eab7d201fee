"""The map in a browser: points, colours with a legend, the document one looks at."""

import re

import pytest
from playwright.sync_api import expect

from api.console.files import installed
from tests.console.browsing import Watched
from tests.console.services import Service, mugs

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def catalogue(service: Service) -> None:
    service.put("shop", mugs())


def test_a_namespace_is_looked_at(service: Service, watched: Watched) -> None:
    """Every document a point; by the mouse its picture is shown; the address keeps the colours."""
    page = watched.open(service.url, "#/map?namespace=shop")
    expect(page.locator("svg.map circle[class^='map-0']")).to_have_count(12)
    expect(page.locator(".status")).to_contain_text("12 documents of 12 by their pictures")
    page.get_by_label("Colour by").select_option("colour")
    expect(page.get_by_role("list", name="Colours")).to_contain_text("red (4)")
    # Values that name colours are shown in them.
    expect(page.locator("svg.map circle.map-is-red")).to_have_count(4)
    dot = page.locator("svg.map circle.map-is-green").first
    dot.hover(force=True)
    expect(page.locator(".card img")).to_have_attribute("src", re.compile("^blob:"))
    page.reload()
    expect(page.get_by_role("list", name="Colours").get_by_role("listitem")).to_have_count(3)
    page.get_by_label("By", exact=True).select_option("texts")
    expect(page.locator(".status")).to_contain_text("by their texts")
    assert watched.origins == {service.url}


def test_the_keyboard_steps_through_a_map(service: Service, watched: Watched) -> None:
    """From one document to the next, each told by its id and shown."""
    page = watched.open(service.url, "#/map?namespace=shop")
    steps = page.get_by_label("Document, from left to right")
    page.locator("body").press("Tab")
    for _ in range(40):
        if page.evaluate("document.activeElement.type") == "range":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    first = steps.get_attribute("aria-valuetext")
    expect(page.locator(".card h3")).to_have_text(str(first))
    page.keyboard.press("ArrowRight")
    second = steps.get_attribute("aria-valuetext")
    assert second != first
    expect(page.locator(".card h3")).to_have_text(str(second))


def test_what_has_no_such_vectors_says_so(service: Service, watched: Watched) -> None:
    """Texts alone have no map of pictures; nothing is blank."""
    service.put("texts", [{"id": "a", "text": "red"}])
    page = watched.open(service.url, "#/map?namespace=texts&vectors=pictures")
    expect(page.locator(".state")).to_contain_text("No document has a vector of pictures")


COLOURING = """async ([version, values]) => {
  const { colouring } = await import(`./console/${version}/core/colouring.js`);
  const colours = colouring(values);
  return [values.map(colours.of), colours.legend];
}"""


def test_colours_are_told(service: Service, watched: Watched) -> None:
    """Few values have one each, many texts share the last, many numbers are ranges."""
    page = watched.open(service.url)
    few = page.evaluate(COLOURING, [installed().version, ["a", "b", "a", None]])
    assert few == [
        ["map-0", "map-1", "map-0", "map-none"],
        [["map-0", "a (2)"], ["map-1", "b (1)"], ["map-none", "no value (1)"]],
    ]
    texts = page.evaluate(COLOURING, [installed().version, [f"t{at}" for at in range(9)]])
    assert texts[0][-2:] == ["map-other", "map-other"]
    assert texts[1][-1] == ["map-other", "2 other values (2)"]
    numbers = page.evaluate(COLOURING, [installed().version, list(range(70))])
    assert [numbers[0].count(f"map-{at}") for at in range(7)] == [10] * 7
    assert numbers[1][0] == ["map-0", "below 10"]
    assert numbers[1][-1] == ["map-6", "from 60"]
