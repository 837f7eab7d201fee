"""Documents in a browser: files and tables in, a look through them, deletion that can be undone."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.console.browsing import Watched
from tests.console.services import Service, key_of, mugs
from tests.towers import picture_file

pytestmark = pytest.mark.slow

TABLE = """id;name;price;note
a;"a ""red"" mug";12.5;x
b;"two
lines";7;
c;short
d;blue;1e3;007
"""


def opened(service: Service, watched: Watched, namespace: str) -> Page:
    page = watched.open(service.url, f"#/documents?namespace={namespace}")
    page.locator(".state, .card").first.wait_for()
    return page


def test_a_folder_is_added_and_what_failed_is_told(
    service: Service, watched: Watched, tmp_path: Path
) -> None:
    """Pictures and texts by content; a file that is neither is named with its reason."""
    folder = tmp_path / "holiday"
    (folder / "beach").mkdir(parents=True)
    for index in range(20):
        (folder / "beach" / f"{index}.png").write_bytes(picture_file())
    (folder / "notes.txt").write_text("a red sunset")
    (folder / "broken.bin").write_bytes(b"\0\1\2")
    (folder / ".hidden").write_text("nobody's")
    page = opened(service, watched, "holiday")
    expect(page.locator(".state")).to_contain_text("No documents yet")
    page.get_by_label("Folder to add").set_input_files(folder)
    expect(page.get_by_text("21 documents written, 1 failed, 0 left")).to_be_visible()
    expect(page.get_by_role("table", name="Not written")).to_contain_text("holiday/broken.bin")
    expect(page.locator(".card")).to_have_count(21)
    page.get_by_role("link", name="Search them").click()
    page.get_by_label("Search for").fill("sunset")
    page.keyboard.press("Enter")
    expect(page.locator(".card").first).to_contain_text("a red sunset")


def test_a_table_becomes_documents_with_typed_fields(service: Service, watched: Watched) -> None:
    """Quotes, lines in cells, numbers by whole columns; a short row is told with its line."""
    page = opened(service, watched, "table")
    page.get_by_label("Files to add").set_input_files(
        {"name": "t.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}
    )
    expect(page.get_by_text("3 documents written, 1 failed, 0 left")).to_be_visible()
    expect(page.get_by_role("table", name="Not written")).to_contain_text("t.csv, line 5")
    expect(page.locator(".card")).to_have_count(3)
    assert service.ids("table") == ["a", "b", "d"]
    with page.expect_download() as saved:
        page.get_by_role("button", name="Export as JSONL").click()
    lines = Path(saved.value.path()).read_text().splitlines()
    first, second, last = (json.loads(line) for line in lines)
    # One price is written otherwise, so that all of them stay texts.
    assert first["metadata"] == {"name": 'a "red" mug', "price": "12.5", "note": "x"}
    assert second["metadata"]["name"] == "two\nlines"
    assert last["metadata"]["note"] == "007"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a,b\n1,2,\xff\n", "not in UTF-8"),
        (b"a,a\n1,2\n", "two columns are called a"),
        (b"a,b\n", "no rows"),
        (b'a,b\n"1,2\n', "never closed"),
    ],
)
def test_a_table_that_is_none_is_told(
    service: Service, watched: Watched, content: bytes, reason: str
) -> None:
    """With what is wrong with it; nothing is written."""
    page = opened(service, watched, "none")
    page.get_by_label("Files to add").set_input_files(
        {"name": "t.csv", "mimeType": "text/csv", "buffer": content}
    )
    expect(page.get_by_role("table", name="Not written")).to_contain_text(reason)
    expect(page.get_by_text("0 documents written, 1 failed")).to_be_visible()


def test_a_deletion_can_be_undone_and_is_done_after_some_seconds(
    service: Service, watched: Watched
) -> None:
    """Nothing is sent before; leaving the page means what was pressed."""
    service.put("bin", mugs(3))
    watched.page.clock.install()
    page = opened(service, watched, "bin")
    page.get_by_role("button", name="Delete mug-0").click()
    page.get_by_role("button", name="Undo").click()
    page.clock.fast_forward(60_000)
    expect(page.locator("article.card")).to_have_count(3)
    assert service.ids("bin") == ["mug-0", "mug-1", "mug-2"]
    page.get_by_role("button", name="Delete mug-1").click()
    page.clock.fast_forward(6_000)
    expect(page.get_by_text("mug-1 is deleted")).to_be_visible()
    with page.expect_response(lambda answer: answer.request.method == "DELETE"):
        page.get_by_role("button", name="Delete mug-2").click()
        page.get_by_role("navigation", name="Pages", exact=True).get_by_text("Search").click()
    assert service.ids("bin") == ["mug-0"]


def test_fields_are_edited_where_they_stand(service: Service, watched: Watched) -> None:
    """What was changed is sent; what is no JSON is told; a change in between is refused."""
    service.put("edited", mugs(1))
    page = opened(service, watched, "edited")
    page.get_by_role("button", name="Edit mug-0").click()
    text = page.get_by_label("Fields, as JSON")
    text.fill("{")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()
    text.fill('{"price": 2, "new": "here"}')
    with page.expect_request(lambda request: request.method == "PATCH") as sent:
        page.get_by_role("button", name="Save").click()
    assert sent.value.post_data_json == {"metadata": {"price": 2, "new": "here", "colour": None}}
    expect(page.locator(".card .fields")).to_contain_text("here")
    page.get_by_role("button", name="Edit mug-0").click()
    text.fill('{"price": 3}')
    service.put("edited", mugs(1))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()


def test_many_documents_are_shown_a_page_at_a_time(service: Service, watched: Watched) -> None:
    """The address keeps the page."""
    service.put("many", [{"id": f"d{i:02}", "text": "red"} for i in range(30)])
    page = opened(service, watched, "many")
    expect(page.locator(".card")).to_have_count(24)
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".card")).to_have_count(6)
    page.reload()
    expect(page.locator(".card").first).to_contain_text("d24")


def test_ten_thousand_documents_are_looked_through_and_searched(
    service: Service, watched: Watched
) -> None:
    """No more is loaded than is shown."""
    for thousand in range(10):
        texts = (f"red thing {thousand} {index}" for index in range(1000))
        service.put(
            "large",
            [{"id": f"t{thousand}-{i:03}", "text": text} for i, text in enumerate(texts)],
        )
    page = opened(service, watched, "large")
    expect(page.get_by_text("10,000 documents")).to_be_visible()
    assert page.locator(".card").count() == 24
    page.get_by_role("link", name="Search them").click()
    page.get_by_label("Search for").fill("thing 7 77")
    page.keyboard.press("Enter")
    page.locator(".card").first.wait_for()
    assert page.locator(".card").count() == 24


def test_a_reader_is_told_that_it_may_not_write(
    serve: Callable[..., Service], watched: Watched
) -> None:
    """In the service's words, and its tenant's documents are all it sees."""
    locked = serve(with_keys=True)
    assert locked.keys is not None
    key = key_of(locked.keys.make("reader", ["mine"]))
    locked.put("mine", mugs(2))
    locked.put("theirs", mugs(2))
    page = watched.open(locked.url, "#/documents")
    page.get_by_role("textbox", name="API key").fill(key)
    page.keyboard.press("Enter")
    expect(page.locator(".card")).to_have_count(2)
    page.get_by_label("Files to add").set_input_files(
        {"name": "t.txt", "mimeType": "text/plain", "buffer": b"red"}
    )
    expect(page.get_by_role("alert")).to_contain_text("reader")
    page.get_by_label("Namespace").fill("theirs")
    page.keyboard.press("Enter")
    page.get_by_label("Namespace").blur()
    expect(page.get_by_role("alert").last).to_contain_text("not bound to that namespace")
