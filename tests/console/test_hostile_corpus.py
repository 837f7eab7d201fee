"""Scripts in every field of what is stored and asked: none runs, on any page."""

import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page

from tests.console.browsing import Watched
from tests.console.services import Service, mugs

pytestmark = pytest.mark.slow

SCRIPTS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "javascript:alert(1)",
    "{{constructor.constructor('alert(1)')()}}",
    "</title></style></textarea><script>alert(1)</script>",
)
NAMESPACE = "hostile"


@pytest.fixture(scope="module", autouse=True)
def corpus(service: Service) -> None:
    picture = mugs(1)[0]["image_base64"]
    documents = [
        {
            # An id has no slash.
            "id": f"{index} {script}".replace("/", ""),
            "text": f"red {script}",
            "image_base64": picture,
            "metadata": {"field": script, "filename": script, "list": [script]},
        }
        for index, script in enumerate(SCRIPTS)
    ]
    service.put(NAMESPACE, documents)


def pages() -> dict[str, Callable[[str], str]]:
    """Addresses that carry a script wherever they carry a text."""
    return {
        "search": lambda script: (
            f"#/search?namespace={NAMESPACE}&query={quote('red ' + script)}&view={quote(script)}"
        ),
        "conditions": lambda script: (
            f"#/search?namespace={NAMESPACE}&query=red&filter="
            + quote(f'[{{"field":"field","op":"ne","value":"{script}"}}]'.replace('""', '"'))
        ),
        "alike": lambda script: (
            f"#/search?namespace={NAMESPACE}&like=" + quote(json.dumps([script]))
        ),
        "documents": lambda script: f"#/documents?namespace={NAMESPACE}",
        "namespace": lambda script: f"#/documents?namespace={quote(script)}",
        "map": lambda script: f"#/map?namespace={NAMESPACE}&field=field&vectors={quote(script)}",
        "operations": lambda script: f"#/operations?{quote(script)}",
        "page": lambda script: f"#/{quote(script)}?{quote(script)}={quote(script)}",
    }


@pytest.mark.parametrize("name", list(pages()))
def test_nothing_runs(service: Service, watched: Watched, name: str) -> None:
    """No dialog, no complaint of the policy, no element that a text made, nobody else asked."""
    for script in SCRIPTS:
        page = watched.open(service.url, pages()[name](script))
        page.reload()
        page.locator(".card, .state, form, svg.map").first.wait_for()
        page.wait_for_load_state("networkidle")
        assert page.locator("main script, main [onerror], main [onload]").count() == 0
        assert page.locator("main a[href^='javascript']").count() == 0
        open_everything(page)
    assert watched.origins == {service.url}


def open_everything(page: Page) -> None:
    for summary in page.locator("summary").all()[:6]:
        summary.click()


def test_hostile_suggestions_are_texts(service: Service, watched: Watched) -> None:
    """Values of metadata that are scripts, offered while one types and taken into the box."""
    page = watched.open(service.url, f"#/search?namespace={NAMESPACE}")
    box = page.get_by_label("Search for")
    box.press_sequentially("<scr")
    option = page.get_by_role("option").filter(has_text=SCRIPTS[0]).first
    option.wait_for()
    assert page.locator("main script, main [onerror], main [onload]").count() == 0
    option.click()
    assert box.input_value() == SCRIPTS[0]
    page.locator(".card, .state").first.wait_for()
    assert page.locator("main script, main [onerror], main [onload]").count() == 0


def test_a_hostile_goal_is_planned_and_shown_as_a_text(service: Service, watched: Watched) -> None:
    """With the hostile documents that it finds, the tree and the verdict."""
    goal = f"red {SCRIPTS[0]} {SCRIPTS[1]}"
    page = watched.open(service.url, f"#/plan?namespace={NAMESPACE}&goal={quote(goal)}")
    page.get_by_role("button", name="Plan", exact=True).click()
    page.get_by_role("button", name="Look at this plan again").click()
    page.get_by_text("Quality ").wait_for()
    open_everything(page)
    assert page.locator("main script, main [onerror], main [onload]").count() == 0


def test_a_hostile_file_name_is_a_text(service: Service, watched: Watched) -> None:
    """In the list of what failed, where it is told."""
    page = watched.open(service.url, f"#/documents?namespace={NAMESPACE}")
    page.get_by_label("Files to add").set_input_files(
        [
            {"name": f"{script.replace('/', '')}.bin", "mimeType": "x/y", "buffer": b"\0\1"}
            for script in SCRIPTS
        ]
    )
    table = page.get_by_role("table", name="Not written")
    table.wait_for()
    assert "<script>" in table.inner_text()
    assert page.locator("main script").count() == 0
