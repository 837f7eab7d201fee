"""Searching in a browser: words, pictures, conditions, weights, and the address that repeats it."""

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.console.browsing import Watched
from tests.console.services import Service, key_of, mugs
from tests.towers import picture_file

BLOB = re.compile("^blob:")


@pytest.fixture(scope="module", autouse=True)
def catalogue(service: Service) -> None:
    service.put("shop", mugs())


def searched(page: Page, words: str) -> None:
    page.get_by_label("Search for").fill(words)
    page.keyboard.press("Enter")
    page.locator(".card").first.wait_for()


def test_words_find_pictures_that_are_shown(service: Service, watched: Watched) -> None:
    """The right ones first, by the picture itself, with the time it took; nobody else is asked."""
    page = watched.open(service.url)
    searched(page, "red mug")
    first = page.locator(".card").first
    expect(first.locator("mark").first).to_have_text("red")
    expect(first.locator("img")).to_have_attribute("src", BLOB)
    expect(page.locator(".status")).to_contain_text("of 12 candidates in")
    assert watched.origins == {service.url}


def test_only_pictures_in_sight_are_fetched(service: Service, watched: Watched) -> None:
    """So a search never waits for those of the one before; the others come when one scrolls."""
    service.put("many", mugs(24))
    page = watched.open(service.url, "#/search?namespace=many&query=mug")
    expect(page.locator(".card")).to_have_count(24)
    page.wait_for_load_state("networkidle")
    fetched = [url for url in watched.asked if "/image?" in url]
    assert 0 < len(fetched) < 24
    for card in page.locator(".card").all():
        card.scroll_into_view_if_needed()
    expect(page.locator("img.waiting")).to_have_count(0)
    assert len({url for url in watched.asked if "/image?" in url}) == 24


def test_a_picture_finds_its_like(service: Service, watched: Watched) -> None:
    """Chosen from a file, without a word."""
    page = watched.open(service.url)
    page.get_by_label("Picture to search by").set_input_files(
        {"name": "p.png", "mimeType": "image/png", "buffer": picture_file("blue")}
    )
    expect(page.locator(".card").first).to_contain_text("blue")
    page.get_by_role("button", name="Remove picture").click()
    expect(page.locator(".chosen img")).to_have_count(0)


def test_more_and_less_like_a_hit(service: Service, watched: Watched) -> None:
    """Documents stand instead of words, in the address too; words stand instead of them."""
    page = watched.open(service.url)
    searched(page, "green")
    page.get_by_role("button", name="More like this: mug-1", exact=True).click()
    expect(page.get_by_label("Search for")).to_have_value("")
    expect(page.get_by_role("button", name="Remove: Like mug-1", exact=True)).to_be_visible()
    expect(page.locator(".card").first).to_contain_text("green")
    with page.expect_request("**/search") as sent:
        page.get_by_role("button", name="Less like this: mug-3", exact=True).click()
    body = sent.value.post_data_json
    assert (body["like"], body["unlike"]) == (["mug-1"], ["mug-3"])
    assert "query" not in body
    page.reload()
    expect(page.get_by_role("button", name="Remove: Unlike mug-3")).to_be_visible()
    page.locator(".card").first.wait_for()
    searched(page, "blue")
    expect(page.get_by_role("button", name="Remove:")).to_have_count(0)
    expect(page.get_by_role("button", name="Less like this")).to_have_count(0)


def test_a_query_is_completed_while_it_is_typed(service: Service, watched: Watched) -> None:
    """By the keyboard and by the mouse; Escape and a search of one's own put the list away."""
    page = watched.open(service.url, "#/search?namespace=shop")
    box = page.get_by_label("Search for")
    options = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    box.press_sequentially("gre")
    expect(options.first).to_contain_text("green")
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", "suggestion-0")
    box.press("Enter")
    expect(box).to_have_value("green")
    expect(page.locator(".card").first).to_contain_text("green")
    expect(options).to_have_count(0)
    box.fill("re")
    options.first.wait_for()
    box.press("Escape")
    expect(options).to_have_count(0)
    expect(box).to_have_value("re")
    box.press("End")
    box.press_sequentially("d")
    options.filter(has_text="red").first.click()
    expect(box).to_have_value("red")
    expect(page.locator(".card").first).to_contain_text("red")


def test_an_address_brings_the_page_back(service: Service, watched: Watched) -> None:
    """Query, conditions, weights and view; and it is in the part that is sent to nobody."""
    page = watched.open(service.url)
    page.get_by_text("Conditions and counts").click()
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_label("Field").fill("price")
    page.get_by_label("Comparison").select_option("lte")
    page.get_by_label("Value").fill("20")
    searched(page, "blue mug")
    expect(page.locator(".status")).to_contain_text("of 6 candidates")
    page.get_by_role("button", name="Show as list").click()
    address = page.url
    assert "?" not in address.partition("#")[0]
    again = watched.open(address.partition("/#")[0], "#" + address.partition("#")[2])
    again.reload()
    expect(again.locator(".status")).to_contain_text("of 6 candidates")
    expect(again.locator(".hits.list .card").first).to_contain_text("blue")
    expect(again.get_by_label("Value")).to_have_value("20")


def test_documents_are_counted_sorted_and_narrowed(service: Service, watched: Watched) -> None:
    """Without a query too; a press on a value narrows; the address keeps all."""
    page = watched.open(service.url, "#/search?namespace=shop&facet=colour&sort=-price")
    expect(page.locator(".card h3").first).to_have_text("mug-11")
    page.get_by_role("button", name="green (4)").click()
    expect(page.locator(".card")).to_have_count(4)
    expect(page.locator(".card h3").first).to_have_text("mug-10")
    page.get_by_label("Sorted by").fill("price")
    page.keyboard.press("Enter")
    expect(page.locator(".card h3").first).to_have_text("mug-1")
    page.reload()
    expect(page.locator(".card")).to_have_count(4)
    expect(page.get_by_label("Value")).to_have_value("green")


def test_a_range_of_prices_is_kept(service: Service, watched: Watched) -> None:
    """Both ends become conditions; one that is left empty is open."""
    page = watched.open(service.url, "#/search?namespace=shop&facet=price&sort=price")
    page.get_by_label("price from").fill("10")
    page.get_by_label("price to").fill("20")
    page.get_by_role("button", name="Keep these").click()
    expect(page.locator(".card")).to_have_count(3)
    expect(page.locator(".card h3").first).to_have_text("mug-3")
    page.get_by_label("price from").fill("15")
    page.get_by_role("button", name="Keep these").click()
    expect(page.locator(".card h3").first).to_have_text("mug-5")


def test_a_word_that_was_taken_for_another_is_told(service: Service, watched: Watched) -> None:
    """What was searched for instead of the slip."""
    page = watched.open(service.url)
    searched(page, "nummber")
    expect(page.get_by_role("list", name="What was cut or ignored")).to_contain_text("“number”")


def test_another_weight_searches_at_once(service: Service, watched: Watched) -> None:
    """By the keyboard, without a press on the button; the weights go to the service."""
    page = watched.open(service.url)
    searched(page, "red mug")
    with page.expect_request("**/search") as sent:
        page.get_by_label("Words ↔ meaning").press("ArrowRight")
    assert sent.value.post_data_json["fusion"] == {"semantic_weight": 0.65, "keyword_weight": 0.35}


def test_why_a_hit_was_found_is_told(service: Service, watched: Watched) -> None:
    """Each way of searching with its rank."""
    page = watched.open(service.url)
    searched(page, "red mug")
    page.locator(".card").first.get_by_text("Why this").click()
    table = page.locator(".card").first.get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(4)
    expect(table).to_contain_text("Meaning of the picture")


def test_the_request_is_told_as_code_that_runs(service: Service, watched: Watched) -> None:
    """The Python of it is run here; quotes in a query stay in their place."""
    page = watched.open(service.url)
    searched(page, "red 'mug' \"x\"")
    page.get_by_text("This request as code").click()
    page.get_by_role("button", name="Python").click()
    code = page.locator("pre code").inner_text()
    page.get_by_role("button", name="Copy").click()
    expect(page.locator(".request [role=status]")).to_contain_text(re.compile("Copied|Selected"))
    said: list[dict] = []
    exec(code, {"print": said.append})
    assert said[0]["results"][0]["id"] in service.ids("shop")
    page.get_by_role("button", name="curl").click()
    expect(page.locator("pre code")).to_contain_text("""'\\''mug'\\''""")


def test_a_refusal_is_told_in_the_services_words(service: Service, watched: Watched) -> None:
    """A field that no document has; the page goes on."""
    wrong = quote('[{"field":"weight","op":"eq","value":1}]')
    page = watched.open(service.url, f"#/search?namespace=shop&query=mug&filter={wrong}")
    expect(page.get_by_role("alert")).to_contain_text("weight")
    page.get_by_role("button", name="Remove", exact=True).click()
    page.locator(".card").first.wait_for()
    assert page.get_by_role("alert").count() == 0


def test_the_keyboard_is_enough(service: Service, watched: Watched) -> None:
    """From the skip link to a hit's explanation, without a mouse."""
    page = watched.open(service.url)
    page.locator("body").press("Tab")
    for _ in range(40):
        if page.evaluate("document.activeElement.type") == "search":
            break
        page.keyboard.press("Tab")
    page.keyboard.type("red mug")
    page.keyboard.press("Enter")
    page.locator(".card").first.wait_for()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Why this":
            break
    page.keyboard.press("Enter")
    expect(page.locator("details.why[open]")).to_have_count(1)


def test_an_empty_service_says_what_to_do(serve: Callable[..., Service], watched: Watched) -> None:
    """Not a blank page."""
    page = watched.open(serve().url)
    expect(page.locator(".state")).to_contain_text("There are no documents yet")


def test_a_key_is_asked_for_once_and_kept_in_its_tab(
    serve: Callable[..., Service], watched: Watched
) -> None:
    """Never in an address or in code; two tenants see their own; forgotten when told."""
    locked = serve(with_keys=True)
    assert locked.keys is not None
    key = key_of(locked.keys.make("reader", ["mine"]))
    locked.put("mine", mugs(3))
    locked.put("theirs", [{"id": "secret", "text": "a red secret"}])
    page = watched.open(locked.url)
    page.get_by_label("API key", exact=True).fill(key)
    page.keyboard.press("Enter")
    searched(page, "red")
    assert page.get_by_label("In", exact=True).locator("option").all_inner_texts() == ["mine"]
    page.get_by_text("This request as code").click()
    assert key not in page.content()
    assert not any(key in url for url in [*watched.asked, page.url])
    assert "secret" not in page.inner_text("main")
    page.reload()
    page.locator(".card").first.wait_for()
    assert page.evaluate("[localStorage.length, document.cookie]") == [0, ""]
    page.get_by_role("button", name="Forget key").click()
    expect(page.get_by_label("API key", exact=True)).to_be_visible()
