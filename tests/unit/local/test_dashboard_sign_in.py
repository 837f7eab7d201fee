"""A link signs one browser in to Ray's dashboard, and nobody else."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import httpx
import pytest
from ray._private.authentication import authentication_constants

from deployments.local.dashboard_sign_in import COOKIE, SignIn

DASHBOARD = "http://127.0.0.1:1/#/serve"


@dataclass
class Waiting:
    """A door that somebody waits at."""

    door: SignIn
    came: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=lambda: self.came.append(self.door.wait(60)))
        self.thread.start()


@pytest.fixture
def waiting() -> Iterator[Waiting]:
    """One visit ends it, if the test has not."""
    found = Waiting(SignIn(DASHBOARD, "the-token"))
    yield found
    # The test may have ended it a moment ago.
    with suppress(httpx.TransportError):
        httpx.get(found.door.link)
    found.thread.join()


def test_a_browser_is_handed_the_token_and_sent_on(waiting: Waiting) -> None:
    """As a cookie that no script reads and no other site sends; no page keeps the link."""
    answer = httpx.get(waiting.door.link)
    assert (answer.status_code, answer.headers["location"]) == (303, DASHBOARD)
    cookie = answer.headers["set-cookie"]
    assert cookie == "ray-authentication-token=the-token; Path=/; HttpOnly; SameSite=Strict"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    waiting.thread.join()
    assert waiting.came == [True]


def test_the_cookie_is_the_one_that_ray_asks_for() -> None:
    """By its name."""
    assert authentication_constants.AUTHENTICATION_TOKEN_COOKIE_NAME == COOKIE


def test_nobody_is_signed_in_by_another_path(waiting: Waiting) -> None:
    """And the link stays good for the one who has it."""
    base, _, path = waiting.door.link.rpartition("/")
    for other in ("", path[:-1], f"{path}x", f"{path}/"):
        answer = httpx.get(f"{base}/{other}")
        assert answer.status_code == 404
        assert "set-cookie" not in answer.headers
    assert httpx.get(waiting.door.link).status_code == 303


def test_a_link_is_good_once(waiting: Waiting) -> None:
    """After that nobody listens."""
    assert httpx.get(waiting.door.link).status_code == 303
    waiting.thread.join()
    with pytest.raises(httpx.ConnectError):
        httpx.get(waiting.door.link)


def test_a_link_that_nobody_opens_ends() -> None:
    """The port is free again."""
    door = SignIn(DASHBOARD, "the-token")
    assert not door.wait(0.01)
    with pytest.raises(httpx.ConnectError):
        httpx.get(door.link)


def test_every_link_has_a_path_of_its_own() -> None:
    """Of 256 random bits."""
    paths = set()
    for _ in range(10):
        door = SignIn(DASHBOARD, "t")
        paths.add(door.link.rpartition("/")[2])
        door.wait(0.001)
    assert len(paths) == 10
    assert {len(path) for path in paths} == {43}
