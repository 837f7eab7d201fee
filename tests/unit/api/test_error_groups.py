"""A group of errors is answered as the one that tells most."""

import pytest
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient

from api.answers.errors import install
from api.errors import BadRequest, DeadlineExceeded, Overloaded
from deployments.batching.batch import QueueFull
from retrieval.clip.errors import BrokenPicture

GROUPS = {
    "a full queue": (ExceptionGroup("g", [QueueFull("full")]), 503),
    "groups in groups": (ExceptionGroup("g", [ExceptionGroup("h", [Overloaded("full")])]), 503),
    "one's fault and ours": (
        ExceptionGroup("g", [BadRequest("no"), DeadlineExceeded("late")]),
        504,
    ),
    "a broken picture": (ExceptionGroup("g", [BrokenPicture("torn")]), 422),
    "what the framework refuses": (ExceptionGroup("g", [HTTPException(413, "large")]), 413),
    "what nobody expects": (ExceptionGroup("g", [Overloaded("full"), KeyError("x")]), 500),
}


@pytest.mark.parametrize("name", GROUPS)
def test_a_group_is_answered_as_the_error_that_tells_most(name: str) -> None:
    """What nobody expects stays a 500; anything else has its own status."""
    group, status = GROUPS[name]
    app = FastAPI()
    install(app)

    @app.get("/")
    async def fail() -> None:
        raise group

    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/")
    assert answer.status_code == status
    assert answer.json()["error"]["message"].startswith("brAInwav: ")
    assert ("retry-after" in answer.headers) == (status == 503)
