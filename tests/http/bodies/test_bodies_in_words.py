"""Forms within bounds, and errors that never give back what was sent."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from api.access.rate_settings import Overload, RateLimits
from api.app import build_app
from api.bodies.limits import RequestLimits
from tests.fakes import LocalBackend
from tests.http.bodies.body_samples import JSON, SHORT_BYTES, refused
from tests.http.doors import Clock, Keys, guarded
from tests.towers import picture_file

FORM_JSON = [
    ('{"a": ' * 900 + "1" + "}" * 900, 422, "too_deep"),
    ("[" * 900 + "]" * 900, 422, "too_deep"),
    ('{"a": ' + "9" * 5000 + "}", 422, "invalid_number"),
    ('{"a": [' + "0," * 30_000 + "0]}", 413, "too_many_values"),
    ('{"a": 1, "a": 2}', 422, "duplicate_key"),
    ('{"a": 1e999}', 422, "invalid_request"),
    ('{"a": NaN}', 422, "invalid_request"),
    ('{"' + "k" * 500_000 + '": 1}', 422, "invalid_metadata"),
]


@pytest.mark.parametrize(("text", "status", "code"), FORM_JSON)
def test_metadata_of_an_upload_is_bounded_like_a_body(
    client: TestClient, text: str, status: int, code: str
) -> None:
    """The same JSON in a form field."""
    files = {"file": ("a.png", picture_file("red"), "image/png")}
    answer = client.post("/documents/upload", files=files, data={"metadata": text})
    refused(answer, status, code)


def test_a_form_field_that_is_not_understood_is_refused_by_name(client: TestClient) -> None:
    """A misspelt field would be ignored in silence, and of two the last would win."""
    files = {"file": ("a.png", picture_file("red"), "image/png")}
    answer = client.post("/embed/multimodal", files=files, data={"modalty": "IMAGE"})
    assert refused(answer, 422, "invalid_request")["where"] == "modalty"
    twice = [("file", files["file"]), ("file", files["file"])]
    answer = client.post("/embed/multimodal", files=twice, data={"modality": "IMAGE"})
    assert refused(answer, 422, "duplicate_key")["where"] == "file"
    answer = client.post("/documents/upload", data={"namespace": "a"})
    refused(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "fields",
    [
        {"namespace": "n" * 500_000},
        {"filter": {"field": "f" * 500_000, "op": "eq", "value": 1}},
        {"filter": {"field": "f", "op": "o" * 500_000, "value": 1}},
        {"filter": {"field": "f", "op": "eq", "value": "v" * 500_000}},
        {"filter": {"k" * 500_000: 1}},
        {"filter": {f"k{at}": 1 for at in range(30_000)}},
        {
            "filter": {
                "and": [{"or": [{"field": "created_at", "op": "eq", "value": "x"}] * 60}] * 60
            }
        },
        {"mode": "m" * 500_000},
        {"vector": [0.5] * 20_000},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_an_error_never_gives_back_what_was_sent(client: TestClient, fields: dict) -> None:
    """Names and values in messages and places are cut."""
    answer = client.post("/search", json={"query": "x"} | fields)
    assert answer.status_code in (413, 422)
    assert len(answer.content) < SHORT_BYTES


def test_a_document_of_rotten_parts_is_told_in_a_few_bytes(client: TestClient) -> None:
    """Beside others that are written."""
    long = "k" * 200_000
    rotten = [{long: 1}, {"text": "a", "metadata": {long: 1}}, {"text": "a", "id": long}, long, 1]
    answer = client.put("/documents", json={"documents": [{"text": "good"}, *rotten]})
    assert answer.json()["upserted"] == 1
    assert len(answer.json()["failed"]) == len(rotten)
    assert len(answer.content) < SHORT_BYTES


def test_slow_bodies_of_one_key_leave_others_their_room(tmp_path: Path) -> None:
    """Eight large ones are held: those beyond its share are refused, others write as ever."""
    keys = Keys(tmp_path / "keys.json")
    greedy, other = keys.make(), keys.make()
    mib = 1024 * 1024
    bounds = Overload(max_body_bytes_at_once=24 * mib, max_body_bytes_per_client=13 * mib)
    guard = guarded(RateLimits(), Clock(), keys, bounds)
    app = build_app(LocalBackend(tmp_path / "index"), RequestLimits(), guard)
    go_on = asyncio.Event()
    happened: asyncio.Queue[str] = asyncio.Queue()

    async def slowly() -> AsyncIterator[bytes]:
        yield b'{"documents": [{"text": "' + b"a" * 2 * mib
        happened.put_nowait("held")
        await go_on.wait()
        yield b'"}]}'

    async def main() -> None:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:

            async def write() -> httpx.Response:
                answer = await client.put("/documents", content=slowly(), headers=greedy | JSON)
                happened.put_nowait("answered")
                return answer

            slow = [asyncio.create_task(write()) for _ in range(8)]
            seen = [await happened.get() for _ in slow]
            assert sorted(seen) == ["answered"] * 6 + ["held"] * 2
            small = {"documents": [{"text": "b"}]}
            assert (await client.put("/documents", json=small, headers=other)).status_code == 200
            assert (await client.put("/documents", json=small, headers=greedy)).status_code == 200
            large = {"documents": [{"text": "b" * 80_000}] * 10}
            assert (await client.put("/documents", json=large, headers=other)).status_code == 200
            go_on.set()
            answers = await asyncio.gather(*slow)
            held = [answer for answer in answers if answer.status_code != 429]
            assert [answer.json()["error"]["code"] for answer in held] == ["text_too_long"] * 2
            told = [answer for answer in answers if answer.status_code == 429]
            assert {answer.json()["error"]["code"] for answer in told} == {"too_many_body_bytes"}
            assert all(answer.headers["retry-after"] for answer in told)

    asyncio.run(asyncio.wait_for(main(), 60))
    assert app.app.state.shared.bodies.held_bytes == 0
