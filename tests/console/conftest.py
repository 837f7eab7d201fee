"""Fixtures of this folder: a service in this process, a Chromium, and a page that is watched."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.console.browsing import CHROMIUM, Watched
from tests.console.services import Service, served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for the tests of one file: while it runs, this thread can run no other loop."""
    if not CHROMIUM.exists():
        pytest.skip("there is no chromium on this machine")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Service]]:
    """Starts services that end with the file."""
    with ExitStack() as stack:

        def start(with_keys: bool = False) -> Service:
            folder: Path = tmp_path_factory.mktemp("console")
            return stack.enter_context(served(folder, with_keys))

        yield start


@pytest.fixture(scope="module")
def service(serve: Callable[..., Service]) -> Service:
    """A service without keys."""
    return serve()


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    """A page that has complained of nothing, and asked nobody else, when its test ends."""
    watched = Watched(browser)
    yield watched
    watched.close()
    assert watched.complaints == []
