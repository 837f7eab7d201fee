"""The console's files: who gets them, how long they are kept, what browsers are told of them."""

import re
from pathlib import Path

import httpx
import pytest

from api.console.files import FOLDER, installed, read
from tests.console.services import Service, served


@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    with served(tmp_path_factory.mktemp("shell"), with_keys=True) as service:
        yield service


def test_the_page_needs_no_key_and_what_it_asks_does(locked: Service) -> None:
    """Anybody may load the console; nobody reads anything by it without a key."""
    page = httpx.get(f"{locked.url}/")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert httpx.get(f"{locked.url}/namespaces").status_code == 401


def test_everything_the_page_names_is_there_and_is_ours(locked: Service) -> None:
    """Styles, scripts and pictures, by addresses without a host."""
    page = httpx.get(f"{locked.url}/").text
    named = re.findall(r'(?:href|src)="([^"]+)"', page)
    assert len(named) >= len(installed().files)
    for address in named:
        assert address.startswith(f"console/{installed().version}/")
        answer = httpx.get(f"{locked.url}/{address}")
        assert answer.status_code == 200
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_the_policy_lets_nothing_foreign_in(locked: Service) -> None:
    """No inline script or style, no other host, no frame, no text that becomes markup."""
    policy = httpx.get(f"{locked.url}/").headers["content-security-policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert rules["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in policy
    assert "http" not in policy


def test_a_page_that_is_known_is_not_sent_again(locked: Service) -> None:
    """304 by its tag; another tag, or none, gets the page."""
    tag = httpx.get(f"{locked.url}/").headers["etag"]
    again = httpx.get(f"{locked.url}/", headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert httpx.get(f"{locked.url}/", headers={"If-None-Match": '"other"'}).status_code == 200


def test_its_other_name_leads_to_it(locked: Service) -> None:
    """By a path relative to itself: behind a prefix or TLS it holds as well."""
    answer = httpx.get(f"{locked.url}/console")
    assert (answer.status_code, answer.headers["location"]) == (307, "./")


@pytest.mark.parametrize("name", ["old/main.js", "{version}/none.js", "{version}/../app.py", "x"])
def test_what_is_no_file_of_it_is_not_found(locked: Service, name: str) -> None:
    """Neither one of another version, nor one beside the folder."""
    answer = httpx.get(f"{locked.url}/console/{name.format(version=installed().version)}")
    assert answer.status_code in (401, 404)
    assert "script" not in answer.headers["content-type"]


def test_the_console_is_small() -> None:
    """At most 150 KB for all of it, compressed."""
    console = installed()
    assert (
        len(console.page.compressed) + sum(len(file.compressed) for file in console.files.values())
        < 150_000
    )


def test_another_content_has_another_version(tmp_path: Path) -> None:
    """Or browsers would keep what was."""
    (tmp_path / "index.html").write_text("{{version}}")
    (tmp_path / "a.js").write_text("1")
    first = read(tmp_path)
    (tmp_path / "a.js").write_text("2")
    assert first.page.content == first.version.encode()
    assert read(tmp_path).version != first.version


def test_no_module_makes_markup_of_text() -> None:
    """The ways by which a browser takes a text for markup or a script are not used at all."""
    forbidden = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|srcdoc")
    modules = list(FOLDER.rglob("*.js"))
    assert len(modules) > 10
    assert [path.name for path in modules if forbidden.search(path.read_text())] == []


def test_modules_are_short() -> None:
    """Two hundred lines at most, as elsewhere."""
    modules = list(FOLDER.rglob("*.js"))
    assert [path.name for path in modules if path.read_text().count("\n") > 200] == []
