"""Names that are not ours are not answered, and foreign pages change nothing."""

from typing import Any

import pytest
from starlette.responses import RedirectResponse
from starlette.testclient import TestClient

from api.access.hosts import KnownHosts, parse_host
from api.app import build_app
from api.bodies.limits import RequestLimits
from api.middleware.relative_location import RelativeLocationMiddleware
from deployments.settings.service import ServiceSettings
from tests.fakes import LocalBackend
from tests.http.origins.door_samples import asked

LOOPBACK = [
    "localhost",
    "localhost:8000",
    "LocalHost:1",
    "localhost.",
    "localhost.:8000",
    "127.0.0.1",
    "127.0.0.1:65535",
    "127.255.3.4:80",
    "[::1]",
    "[::1]:8000",
    "[0:0:0:0:0:0:0:1]:8000",
]
STRANGE = [
    "evil.example",
    "evil.example:8000",
    "EVIL.EXAMPLE",
    "evil.example.",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil.example#localhost",
    "user@localhost",
    "localhost@evil.example",
    "localhost:80@evil.example",
    "localhost/",
    "http://localhost",
    "localhost:",
    "localhost:0",
    "localhost:65536",
    "localhost:8000:8000",
    "localhost:8000a",
    "localhost..",
    ".localhost",
    "foo.localhost",
    "localhost, evil.example",
    "localhost evil.example",
    "127.1",
    "0127.0.0.1",
    "0x7f.0.0.1",
    "2130706433",
    "0.0.0.0",
    "128.0.0.1",
    "192.168.0.1",
    "::1",
    "[::1",
    "[::1]x",
    "[::2]",
    "[::ffff:127.0.0.1]",
    "[::1%25lo]",
    "[fe80::1]:8000",
    "",
    " ",
    "löcalhost",
    "a" * 300,
]


@pytest.mark.parametrize("host", LOOPBACK)
def test_loopback_names_are_answered_with_any_port(open_door: TestClient, host: str) -> None:
    """In any spelling that names this machine for certain."""
    assert open_door.get("/namespaces", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", STRANGE)
def test_every_other_name_is_refused(open_door: TestClient, host: str) -> None:
    """By its name, also for reading: a rebound page reads."""
    headers = [(b"Host", host.encode("utf-8"))]
    for method, path in (("GET", "/namespaces"), ("POST", "/search"), ("OPTIONS", "/search")):
        answer = open_door.request(method, path, headers=headers)
        assert answer.status_code == 421
        error = answer.json()["error"]
        assert error["code"] == "unknown_host"
        assert error["details"]["where"] == "header.Host"
        assert error["request_id"] == answer.headers["x-request-id"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_no_host_and_two_hosts_are_refused(backend: LocalBackend) -> None:
    """Whatever each says."""
    for hosts in ([], [b"localhost", b"localhost"], [b"localhost", b"evil.example"]):
        assert status_of(backend, [(b"host", host) for host in hosts]) == 421


def status_of(backend: LocalBackend, headers: list[tuple[bytes, bytes]]) -> int:
    """Return the status of `GET /namespaces` with exactly these headers."""
    app = build_app(backend, RequestLimits(), hosts=KnownHosts())

    async def exact(scope: Any, receive: Any, send: Any) -> None:
        await app(scope | {"headers": headers}, receive, send)

    return TestClient(exact).get("/namespaces").status_code


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_probes_come_by_address(open_door: TestClient, path: str) -> None:
    """A kubelet asks for the pod's address; whoever balances loads, for its own name of us."""
    for host in ("10.1.2.3:8000", "evil.example", ""):
        assert open_door.get(path, headers={"Host": host}).status_code == 200
        assert open_door.head(path, headers={"Host": host}).status_code != 421


@pytest.mark.parametrize("path", ["/health", "/health/live/", "/health/ready/x", "//health/live"])
def test_only_the_two_probes_are_exempt(open_door: TestClient, path: str) -> None:
    """Their neighbours tell more."""
    assert open_door.get(path, headers={"Host": "evil.example"}).status_code == 421


def test_listed_names_are_answered_too(backend: LocalBackend) -> None:
    """With any port, or with the one that is listed; names below where a star says so."""
    with asked(backend, "Shop.example", "a.example:8443", "*.b.example", "[2001:db8::1]") as client:
        known = ["shop.example", "shop.example:1", "SHOP.example.", "a.example:8443", "x.b.example"]
        known += ["x.y.b.example:1", "[2001:db8::1]:80", "[2001:DB8:0::1]", "localhost:8000"]
        for host in known:
            assert client.get("/namespaces", headers={"Host": host}).status_code == 200, host
        for host in ("a.example", "a.example:1", "b.example", "xb.example", "x.shop.example"):
            assert client.get("/namespaces", headers={"Host": host}).status_code == 421, host


@pytest.mark.parametrize("text", ["", "a b", "https://a.example", "a/b", "*.127.0.0.1", "*", "a:x"])
def test_a_setting_that_is_no_host_is_refused(text: str) -> None:
    """By the strict check, naming it."""
    with pytest.raises(ValueError, match="no host name"):
        ServiceSettings.model_validate({"identity": {"allowed_hosts": [text]}})


def test_with_keys_every_name_is_answered_until_some_are_listed() -> None:
    """A page under a name of its own has no key."""

    def known(**identity: Any) -> KnownHosts:
        return ServiceSettings.model_validate({"identity": identity}).identity.known_hosts

    assert not known().knows("shop.example")
    assert known(allowed_hosts=["shop.example"]).knows("shop.example")
    assert known(keys_file="keys.json").knows("shop.example")
    listed = known(keys_file="keys.json", allowed_hosts=["shop.example"])
    assert listed.knows("shop.example")
    assert not listed.knows("evil.example")


@pytest.mark.parametrize(
    ("trusted", "host", "forwarded", "status"),
    [
        (True, "localhost", "shop.example", 200),
        (True, "localhost", "evil.example", 421),
        (True, "localhost", "shop.example, evil.example", 421),
        (True, "localhost", "evil.example, shop.example", 200),
        # A proxy that puts in its own name for us.
        (True, "10.0.0.5:8000", "shop.example", 200),
        (True, "brainwav:8000", "shop.example", 200),
        # A page under its own name that writes the header itself.
        (True, "evil.example", "shop.example", 421),
        (True, "evil.example", "localhost", 421),
        (False, "localhost", "evil.example", 200),
        (False, "evil.example", "shop.example", 421),
        (False, "10.0.0.5:8000", "shop.example", 421),
    ],
)
def test_a_forwarded_host_counts_from_trusted_proxies_only(
    backend: LocalBackend, trusted: bool, host: str, forwarded: str, status: int
) -> None:
    """The last one, which the nearest proxy wrote."""
    networks = ("203.0.113.0/24",) if trusted else ("10.0.0.0/8",)
    with asked(backend, "shop.example", trusted=networks) as client:
        headers = {"Host": host, "X-Forwarded-Host": forwarded}
        assert client.get("/namespaces", headers=headers).status_code == status


def test_behind_tls_the_page_of_the_service_works(backend: LocalBackend) -> None:
    """The service sees http and the name outside; the browser says that the page is ours."""
    with asked(backend, "search.example", trusted=("203.0.113.9",)) as client:
        headers = {
            "Host": "search.example",
            "X-Forwarded-Proto": "https",
            "Origin": "https://search.example",
            "Sec-Fetch-Site": "same-origin",
        }
        assert client.post("/search", headers=headers, json={"query": "x"}).status_code != 403
        # Some other page by the same name is none that the browser calls the same origin.
        headers["Sec-Fetch-Site"] = "same-site"
        assert client.post("/search", headers=headers, json={"query": "x"}).status_code == 403


def test_a_host_is_taken_apart_once_and_alike() -> None:
    """Written in another way, the same."""
    assert parse_host("A.example.:80") == parse_host("a.example:80")
    assert parse_host("[0::1]") == parse_host("[::1]")


@pytest.mark.parametrize(
    "path", ["/search/", "/documents/", "/docs/", "/health/", "/static-offline-docs", "/v1/models/"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_slashes_at_the_end_lead_nowhere(open_door: TestClient, path: str, method: str) -> None:
    """404 in the one shape and no redirect, whatever Host is named."""
    answer = open_door.request(method, path, headers={"Host": "localhost"}, follow_redirects=False)
    assert answer.status_code in (404, 405)
    assert "location" not in answer.headers
    if method != "HEAD":
        assert answer.json()["error"]["code"] in ("not_found", "method_not_allowed")


@pytest.mark.parametrize(
    ("location", "sent"),
    [
        ("http://evil.example/docs?a=1#b", "/docs?a=1#b"),
        ("https://evil.example", "/"),
        ("//evil.example/x", "/x"),
        ("https:////evil.example/x", "/evil.example/x"),
        ("/jobs/1", "/jobs/1"),
        ("../x", "../x"),
    ],
)
def test_redirects_name_no_host(location: str, sent: str) -> None:
    """Whatever a framework makes of the Host that was sent."""
    app = RelativeLocationMiddleware(RedirectResponse(location))
    answer = TestClient(app).get("/", follow_redirects=False)
    assert answer.headers["location"] == sent
