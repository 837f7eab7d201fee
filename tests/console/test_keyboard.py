"""Every page by the keyboard alone: what a mouse does there, keys do."""

import pytest
from playwright.sync_api import Page, expect

from tests.console.browsing import Watched
from tests.console.services import Service, mugs

pytestmark = pytest.mark.slow

FOCUSED = """() => {
  const one = document.activeElement;
  return one.getAttribute("aria-label") ?? one.labels?.[0]?.textContent ?? one.textContent;
}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of that name has the focus."""
    passed = []
    for _ in range(80):
        page.keyboard.press("Tab")
        passed.append(page.evaluate(FOCUSED))
        if passed[-1] == name:
            return
    raise AssertionError(f"{name} is not among {passed}")


def test_documents_are_edited_and_deleted(service: Service, watched: Watched) -> None:
    """The focus goes to what was opened: the editor, and the way back from a deletion."""
    service.put("keys", mugs(2))
    page = watched.open(service.url, "#/documents?namespace=keys")
    expect(page.locator("article.card")).to_have_count(2)
    tab_to(page, "Edit mug-0")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Fields, as JSON")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type('{"price": 77}')
    tab_to(page, "Save")
    page.keyboard.press("Enter")
    expect(page.locator(".card .fields").first).to_contain_text("77")
    tab_to(page, "Delete mug-1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Delete mug-1")).to_be_focused()


def test_a_goal_is_planned(service: Service, watched: Watched) -> None:
    """From the goal to its answer, and to a thought of the tree."""
    service.put("goals", mugs(3))
    page = watched.open(service.url, "#/plan?namespace=goals")
    page.get_by_role("button", name="Plan", exact=True).wait_for()
    tab_to(page, "Goal")
    page.keyboard.type("a red mug")
    tab_to(page, "Plan")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Answer").wait_for()
    tab_to(page, "Look at this plan again")
    page.keyboard.press("Enter")
    page.get_by_text("Quality ").wait_for()


def test_the_mode_is_chosen_and_switched(service: Service, watched: Watched) -> None:
    """And the page is left by its list of pages."""
    page = watched.open(service.url, "#/operations")
    expect(page.get_by_text("In force: full")).to_be_visible()
    tab_to(page, "Mode")
    page.keyboard.type("eco")
    tab_to(page, "Switch")
    page.keyboard.press("Enter")
    expect(page.get_by_text("In force: eco")).to_be_visible()
    page.keyboard.press("Control+Home")
    tab_to(page, "Map")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Map")).to_be_visible()


def test_a_control_that_keys_do_not_reach_would_be_found(watched: Watched) -> None:
    """One that no Tab comes to."""
    watched.page.set_content("<button>Here</button><button tabindex=-1>Away</button>")
    tab_to(watched.page, "Here")
    with pytest.raises(AssertionError, match="Away is not among"):
        tab_to(watched.page, "Away")
