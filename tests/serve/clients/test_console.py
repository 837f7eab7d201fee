"""The console of a real service, through its proxy: from a folder of pictures to the right one."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from retrieval.catalogue.drawing import Look, draw
from tests.console.browsing import CHROMIUM, Watched
from tests.serve.conftest import Service

pytestmark = [pytest.mark.cluster, pytest.mark.slow]
NAMESPACE = "own-pictures"
LOOKS = tuple(
    Look(kind, colour, "plain") for kind in ("mug", "lamp") for colour in ("red", "blue", "green")
)
PICTURES = 200
PATIENCE_MS = 120_000
"""The bar from a folder to the picture that was looked for."""


@pytest.fixture
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("there is no chromium on this machine")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM))
        yield browser
        browser.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two hundred drawn things, each called after what it is."""
    folder = tmp_path / "own"
    folder.mkdir()
    for index in range(PICTURES):
        look = LOOKS[index % len(LOOKS)]
        picture = draw(look, 64, np.random.default_rng(index))
        picture.save(folder / f"{look.colour} {look.kind} {index}.png")
    return folder


def test_own_pictures_are_found_after_four_actions(
    service: Service, browser: Browser, folder: Path
) -> None:
    """Open, name a namespace, drop the folder, search; the first picture is what was asked for.

    Then they stand on the map, and their words are offered while one types.
    """
    watched = Watched(browser)
    try:
        page = watched.open(service.url, f"#/documents?namespace={NAMESPACE}")
        page.get_by_label("Folder to add").set_input_files(folder)
        done = page.get_by_text(f"{PICTURES} documents written, 0 failed, 0 left")
        expect(done).to_be_visible(timeout=PATIENCE_MS)
        page.goto(f"{service.url}/#/search?namespace={NAMESPACE}")
        page.get_by_label("Search for").fill("a red mug")
        page.keyboard.press("Enter")
        first = page.locator(".card").first
        expect(first.locator("dd").first).to_contain_text("red mug", timeout=PATIENCE_MS)
        expect(first.locator("img")).to_be_visible()
        page.goto(f"{service.url}/#/map?namespace={NAMESPACE}")
        on_map = f"{PICTURES} documents of {PICTURES} by their pictures"
        expect(page.locator(".status")).to_contain_text(on_map, timeout=PATIENCE_MS)
        page.goto(f"{service.url}/#/search?namespace={NAMESPACE}")
        page.get_by_label("Search for").press_sequentially("mu")
        expect(page.get_by_role("option").first).to_contain_text("mug", timeout=PATIENCE_MS)
        assert watched.complaints == []
        assert watched.origins == {service.url}
    finally:
        watched.close()


def test_files_and_page_come_through_the_proxy_as_they_left(service: Service) -> None:
    """Policy, tag and compression; the page that is known is not sent again."""
    page = httpx.get(f"{service.url}/")
    assert "require-trusted-types-for" in page.headers["content-security-policy"]
    assert page.headers["content-encoding"] == "gzip"
    again = httpx.get(f"{service.url}/", headers={"If-None-Match": page.headers["etag"]})
    assert again.status_code == 304
    assert httpx.head(f"{service.url}/").status_code == 200
    assert httpx.get(f"{service.url}/console", follow_redirects=True).text == page.text
