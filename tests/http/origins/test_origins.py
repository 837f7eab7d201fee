"""Which web pages may ask for what, and what they are told."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.access.identity import SOURCE, identity_from
from api.access.origins import listed_origins
from api.access.route_rules import RULES
from deployments.settings.service import ServiceSettings
from tests.fakes import LocalBackend
from tests.http.doors import Clock, Keys, client_of, guarded
from tests.http.origins.door_samples import PLENTY, asked

PAGE = "https://shop.example"
UNSAFE = sorted({(method, path) for method, path in RULES if method != "GET"})


FOREIGN: list[list[tuple[str, str]]] = [
    [("Origin", "https://evil.example")],
    [("Origin", "null")],
    [("Origin", "")],
    [("Origin", "http://localhost:3000")],
    [("Origin", "http://testserver")],
    [("Origin", "file://")],
    [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "same-origin")],
    [("Origin", "null"), ("Sec-Fetch-Site", "same-origin")],
    [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "none")],
    [("Sec-Fetch-Site", "cross-site")],
    [("Sec-Fetch-Site", "same-site")],
    [("Sec-Fetch-Site", "Cross-Site")],
    [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")],
    [("Origin", "https://shop.example.evil.example")],
    [("Origin", "https://shop.example:444")],
    [("Origin", "http://shop.example")],
    [("Origin", "https://shop.example/")],
    [("Origin", "https://user@shop.example")],
    [("Origin", "https://shop.example https://evil.example")],
    [("Origin", "https://shop.example"), ("Origin", "https://evil.example")],
    [("Origin", "https://shop.example"), ("Origin", "https://shop.example")],
]


@pytest.mark.parametrize("page", FOREIGN)
@pytest.mark.parametrize("listed", [(), (PAGE,)])
def test_foreign_pages_change_nothing(
    backend: LocalBackend, page: list[tuple[str, str]], listed: tuple[str, ...]
) -> None:
    """Whatever the method, also one that no route has, before anything is done."""
    if not listed and page[0][1] == PAGE:
        page = page[:1]
    with asked(backend, cors_origins=listed) as client:
        for method, path in [*UNSAFE, ("PATCH", "/documents/a"), ("QUERY", "/search")]:
            answer = client.request(method, path, headers=[("Host", "localhost"), *page])
            assert answer.status_code == 403, (method, path)
            error = answer.json()["error"]
            assert error["code"] == "foreign_origin"
            assert error["details"]["where"].startswith("header.")
            assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("page", FOREIGN)
def test_foreign_pages_may_ask_for_what_is_safe(
    open_door: TestClient, page: list[tuple[str, str]]
) -> None:
    """A browser shows them nothing of it."""
    for method in ("GET", "HEAD", "OPTIONS"):
        answer = open_door.request(method, "/namespaces", headers=[("Host", "localhost"), *page])
        assert answer.status_code != 403
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost:8000"},
        {"Origin": PAGE, "Sec-Fetch-Site": "cross-site"},
        {"Origin": "HTTPS://Shop.example:443"},
    ],
)
def test_programs_own_pages_and_listed_ones_are_served(
    backend: LocalBackend, headers: dict[str, str]
) -> None:
    """curl and client libraries send neither field; `/docs` is a page of ours."""
    with asked(backend, cors_origins=(PAGE,)) as client:
        answer = client.post(
            "/embed", headers={"Host": "localhost:8000"} | headers, json={"inputs": []}
        )
        assert answer.status_code == 422


OVER_PLAIN_HTTP = [
    ({"Host": "192.168.1.5:8000", "Origin": "http://192.168.1.5:8000"}, 422),
    ({"Host": "search.lan", "Origin": "http://search.lan"}, 422),
    ({"Host": "search.lan:80", "Origin": "http://search.lan"}, 422),
    ({"Host": "192.168.1.5:8000", "Origin": "http://192.168.1.5:3000"}, 403),
    ({"Host": "192.168.1.5:8000", "Origin": "http://192.168.1.5"}, 403),
    ({"Host": "192.168.1.5:8000", "Origin": "https://192.168.1.5:8000"}, 403),
    ({"Host": "192.168.1.5:8000", "Origin": "http://search.lan:8000"}, 403),
    ({"Host": "search.lan", "Origin": "http://search.lan", "Sec-Fetch-Site": "cross-site"}, 403),
    ({"Host": "search.lan", "Origin": "http://search.lan", "X-Forwarded-Proto": "https"}, 403),
    ({"Host": "evil.example:8000", "Origin": "http://evil.example:8000"}, 421),
]


@pytest.mark.parametrize(("headers", "status"), OVER_PLAIN_HTTP)
def test_our_own_page_over_plain_http_is_known_by_its_whole_address(
    backend: LocalBackend, headers: dict[str, str], status: int
) -> None:
    """From another machine browsers do not say whose page asks; a rebound name is refused."""
    with asked(backend, "192.168.1.5", "search.lan") as client:
        assert client.post("/embed", headers=headers, json={"inputs": []}).status_code == status


def test_preflights_of_listed_origins_work_and_of_others_tell_nothing(
    backend: LocalBackend,
) -> None:
    """Every method and field of the contract; without a key, since a preflight has none."""
    with asked(backend, cors_origins=(PAGE,)) as client:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            asked_for = {
                "Host": "localhost",
                "Origin": PAGE,
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": "x-api-key,content-type,idempotency-key",
            }
            answer = client.options("/search", headers=asked_for)
            assert answer.status_code == 200
            assert answer.headers["access-control-allow-origin"] == PAGE
            other = client.options(
                "/search", headers=asked_for | {"Origin": "https://evil.example"}
            )
            assert other.status_code == 405
            assert other.json()["error"]["code"] == "method_not_allowed"
            assert "access-control-allow-origin" not in other.headers


def test_a_preflight_for_more_than_is_allowed_is_an_error_like_others(
    backend: LocalBackend,
) -> None:
    """400 in the one shape, which the page may read."""
    with asked(backend, cors_origins=(PAGE,)) as client:
        answer = client.options(
            "/search",
            headers={
                "Host": "localhost",
                "Origin": PAGE,
                "Access-Control-Request-Method": "TRACE",
            },
        )
    assert answer.status_code == 400
    assert "method" in answer.json()["error"]["message"]
    assert answer.headers["access-control-allow-origin"] == PAGE


def test_answers_to_listed_origins_may_be_read_by_them(backend: LocalBackend) -> None:
    """Errors too, with the fields that say when to come back."""
    with asked(backend, cors_origins=(PAGE,)) as client:
        answer = client.get("/nowhere", headers={"Host": "localhost", "Origin": PAGE})
    assert answer.status_code == 404
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert "Retry-After" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("text", ["shop.example", "https://shop.example/", "null", "https://", ""])
def test_a_setting_that_is_no_origin_is_refused(text: str) -> None:
    """A path in it, or no scheme, would never fit a browser's."""
    with pytest.raises(ValueError, match="is no origin"):
        ServiceSettings.model_validate({"http": {"cors_origins": [text]}})


def test_all_origins_may_be_listed_only_where_keys_are_in_force() -> None:
    """Without keys, who may write is decided by the origin alone."""
    every = {"http": {"cors_origins": ["*"]}}
    with pytest.raises(ValueError, match="needs identity"):
        ServiceSettings.model_validate(every)
    ServiceSettings.model_validate(every | {"identity": {"keys_file": "keys.json"}})
    assert listed_origins(["*", "HTTP://A.example:80"]) == ("*", "http://a.example")


def test_where_a_request_came_from_is_believed_of_our_proxy_alone(tmp_path: Path) -> None:
    """Who does not know the secret is where it connects from."""
    identity = identity_from(None, ("198.51.100.0/24",), "the-secret")

    def source(*values: bytes) -> str:
        headers = [(SOURCE, value) for value in values]
        return identity.address_of({"client": ("127.0.0.1", 1), "headers": headers})

    assert source(b"the-secret 192.0.2.7") == "192.0.2.7"
    for forged in (b"192.0.2.7", b"the-secre 192.0.2.7", b" 192.0.2.7", b""):
        assert source(forged) == "127.0.0.1"
    without = identity_from(None, (), None)
    headers = [(SOURCE, b" 192.0.2.7")]
    assert without.address_of({"client": ("127.0.0.1", 1), "headers": headers}) == "127.0.0.1"


def test_keys_do_not_open_the_door_to_a_foreign_page(backend: LocalBackend, tmp_path: Path) -> None:
    """A page that was given a key by its user is foreign all the same."""
    keys = Keys(tmp_path / "keys.json")
    mine = keys.make()
    with client_of(backend, guarded(PLENTY, Clock(), keys)) as client:
        assert client.post("/search", headers=mine | {"Origin": PAGE}).status_code == 403
