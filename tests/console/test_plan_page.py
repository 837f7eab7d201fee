"""Planning in a browser: the tree grows, the answer has pictures, and can be looked at again."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.console.browsing import Watched
from tests.console.services import Service, key_of, mugs

pytestmark = pytest.mark.slow

GOAL = "a red mug and a blue mug under 20"


@pytest.fixture(scope="module", autouse=True)
def catalogue(service: Service) -> None:
    service.put("shop", mugs())


def from_the_page(route: Route) -> dict[str, str]:
    """Its headers, with what the browser itself adds: a request sent on has lost it."""
    return route.request.headers | {"sec-fetch-site": "same-origin"}


def planned(page: Page, goal: str = GOAL) -> None:
    page.get_by_label("Goal").fill(goal)
    page.get_by_role("button", name="Plan", exact=True).click()
    page.get_by_role("heading", name="Answer").wait_for()


def test_a_plan_shows_its_tree_its_steps_and_pictures(service: Service, watched: Watched) -> None:
    """One of each, with the parts of each thought's score."""
    page = watched.open(service.url, "#/plan")
    planned(page)
    expect(page.locator("article.card").first.locator("img")).to_be_visible()
    expect(page.get_by_role("heading", name="Choice 1")).to_be_visible()
    expect(page.get_by_role("region", name="Steps").get_by_role("row")).to_have_count(4)
    best = page.locator(".tree li.best").last
    best.locator("summary").first.click()
    expect(best.get_by_role("row", name="coverage")).to_contain_text("1")
    assert watched.origins == {service.url}


def test_a_plan_is_looked_at_again(service: Service, watched: Watched) -> None:
    """The verdict with a figure."""
    page = watched.open(service.url, "#/plan?namespace=shop")
    planned(page)
    page.get_by_role("button", name="Look at this plan again").click()
    expect(page.get_by_text("Quality ")).to_be_visible()


def test_an_address_brings_the_goal_back(service: Service, watched: Watched) -> None:
    """It plans when somebody presses the button, not by itself: a plan costs."""
    page = watched.open(service.url, "#/plan?namespace=shop")
    planned(page, "a green mug")
    page.reload()
    expect(page.get_by_label("Goal")).to_have_value("a green mug")
    expect(page.get_by_role("heading", name="Answer")).to_have_count(0)


def test_a_stream_that_breaks_is_taken_up_again(service: Service, watched: Watched) -> None:
    """After the last event that came, as one run."""
    resumed: list[str | None] = []

    def cut(route: Route) -> None:
        resumed.append(route.request.header_value("last-event-id"))
        answer = route.fetch(headers=from_the_page(route))
        whole = answer.text()
        if len(resumed) == 1:
            route.fulfill(response=answer, body="\n\n".join(whole.split("\n\n")[:3]) + "\n\n")
        else:
            route.fulfill(response=answer, body=whole)

    page = watched.open(service.url, "#/plan?namespace=shop")
    page.route("**/agents/plan", cut)
    planned(page)
    assert resumed[0] is None
    assert resumed[1] is not None
    assert resumed[1].endswith(":3")
    expect(page.locator(".tree li").first).to_contain_text("root")


def test_a_refused_goal_is_told(service: Service, watched: Watched) -> None:
    """In the service's words."""
    page = watched.open(service.url, "#/plan?namespace=shop")
    page.get_by_label("Goal").fill("​")
    page.get_by_role("button", name="Plan", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("goal")


def test_what_became_of_the_words_is_shown(service: Service, watched: Watched) -> None:
    """What was understood, and what was ignored with the reason."""
    page = watched.open(service.url, "#/plan?namespace=shop")
    planned(page, "a red glorpyx mug under 20")
    items = page.get_by_role("listitem")
    expect(items.filter(has_text="under 20: price below 20")).to_be_visible()
    expect(page.get_by_role("heading", name="Ignored")).to_be_visible()
    expect(items.filter(has_text="glorpyx: ")).to_be_visible()


def test_a_tenant_plans_with_its_own(serve: Callable[..., Service], watched: Watched) -> None:
    """Another's documents are neither offered nor found."""
    locked = serve(with_keys=True)
    assert locked.keys is not None
    key = key_of(locked.keys.make("client", ["mine"]))
    locked.put("mine", mugs(3))
    locked.put("theirs", [{"id": "secret", "text": "a red mug of theirs"}])
    page = watched.open(locked.url, "#/plan")
    page.get_by_role("textbox", name="API key").fill(key)
    page.keyboard.press("Enter")
    planned(page, "a red mug")
    assert page.get_by_label("In", exact=True).locator("option").all_inner_texts() == ["mine"]
    assert "secret" not in page.inner_text("main")
