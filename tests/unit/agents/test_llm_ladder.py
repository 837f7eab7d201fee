"""Getting a typed answer out of a server that may not keep to the format."""

import asyncio
import json
from typing import Any

import pytest

from agents.engines.llm.answers import Votes
from agents.engines.llm.client import OpenAIClient
from agents.engines.llm.ladder import Ladder
from tests.fault_server import Says, Script, always, first, good, serving
from tests.unit.agents.agent_fakes import Clock
from tests.unit.agents.llm_samples import VOTE, no_pause, settings_for


def ask(script: Script, answer: type = Votes, **more: Any):
    """One question up the ladder; returns what came of it, the server and the ladder."""
    deadline_s = more.pop("deadline_s", 20.0)
    tokens = more.pop("tokens", 100_000)
    times = more.pop("times", 1)
    user = json.dumps({"states": [{"state": 0}]})
    with serving(script) as server:
        settings = settings_for(server.url, **more)

        async def go():
            client = OpenAIClient(settings, None)
            ladder = Ladder(client, settings, Clock(), no_pause)
            try:
                for _ in range(times):
                    typed = await ladder.ask("votes", user, answer, tokens, deadline_s)
                return typed
            finally:
                await client.close()

        return asyncio.run(go()), server


FENCED = f"Here you are:\n```json\n{VOTE}\n```\nAnything else?"


@pytest.mark.parametrize(
    ("name", "answers", "formats"),
    [
        ("429", [Says(status=429)], 2),
        ("500", [Says(status=500)], 2),
        ("fence", [Says(FENCED)], 1),
        ("reasoning", [Says(f"<think>{{maybe}}</think>{VOTE}")], 1),
        ("chatter", [Says(f"Sure! {VOTE} Hope it helps.")], 1),
        ("not JSON, then repaired", [Says("I would say seven.")], 2),
        ("wrong shape, then repaired", [Says('{"votes":[{"state":0,"score":99}]}')], 2),
        ("cut off, then again", [Says(VOTE[:20], finish="length")], 2),
        ("whole though at its limit", [Says(VOTE, finish="length")], 1),
        ("raw line break in a string", [Says('{"note":"a\nb",' + VOTE[1:])], 1),
        ("no usage sent", [Says(VOTE, usage=None)], 1),
    ],
)
def test_faults_that_are_mended(name: str, answers: list[Says], formats: int) -> None:
    """Each ends in a valid answer, after so many requests."""
    typed, server = ask(first(*answers))
    assert typed.reason is None
    assert typed.value.votes[0].score == 7
    assert len(server.requests) == formats
    assert typed.tokens > 0


def test_a_server_that_refuses_schemas_is_asked_in_plainer_formats() -> None:
    """400, then 422, then words; the schema is then in the prompt."""
    script = first(
        Says("response_format json_schema is not supported", status=400),
        Says("json_object unknown", status=422),
    )
    typed, server = ask(script)
    assert typed.value is not None
    assert server.formats == ["json_schema", "json_object", None]
    assert '"votes"' in server.requests[2]["messages"][0]["content"]


def test_a_500_that_speaks_of_the_format_goes_down_a_rung() -> None:
    """llama-cpp-python answers a schema it does not know with 500."""
    typed, server = ask(first(Says("response_format must be json_object", status=500)))
    assert typed.value is not None
    assert server.formats == ["json_schema", "json_object"]


def test_the_rung_that_held_is_remembered() -> None:
    """The second question does not begin at the top again."""
    script = first(Says("no json_schema here", status=400))
    _, server = ask(script, times=2)
    assert server.formats == ["json_schema", "json_object", "json_object"]


def test_a_server_that_ignores_schemas_is_asked_once_more_and_then_in_words() -> None:
    """A repair that quotes the error, then a lower rung."""
    typed, server = ask(always(Says("The evidence is quite good.")), max_attempts=3)
    assert typed.value is None
    assert server.formats == ["json_schema", "json_schema", "json_object"]
    assert "not valid" in server.requests[1]["messages"][-1]["content"]


def test_a_whitespace_loop_is_cut_off_and_asked_again_lower() -> None:
    """The server would go on for ever; the stream is closed after a few blanks."""
    typed, server = ask(first(Says('{"votes":', forever=" \n" * 20)))
    assert typed.value is not None
    assert server.formats == ["json_schema", "json_object"]


def test_a_refusal_ends_it_at_once() -> None:
    """Asking again would only be refused again."""
    typed, server = ask(always(Says(refusal="I cannot help with that")))
    assert (typed.value, typed.failure, len(server.requests)) == (None, "refusal", 1)
    assert "cannot help" in typed.reason


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_wrong_key_or_model_ends_it_at_once(status: int) -> None:
    """No ladder helps there."""
    typed, server = ask(always(Says("no", status=status)), top_rung="text")
    assert (typed.value, len(server.requests)) == (None, 1)


def test_a_slow_server_ends_at_the_deadline_of_the_question() -> None:
    """Whatever the client library would like to wait."""
    typed, _ = ask(always(Says(hangs=True)), deadline_s=0.05)
    assert (typed.value, typed.failure) == (None, "timeout")


def test_an_outage_is_remembered_for_a_while() -> None:
    """The next question does not wait for a server that just did not answer."""
    typed, server = ask(always(Says("x", status=401)), times=3)
    assert typed.value is None
    assert len(server.requests) == 1


def test_no_request_leaves_without_tokens_for_it() -> None:
    """The bound holds before anything is sent, and for what an answer may have."""
    typed, server = ask(good, tokens=10)
    assert typed.value is None
    assert not server.requests
    _, server = ask(good, tokens=200)
    prompt = sum(len(m["content"].encode()) for m in server.requests[0]["messages"])
    assert server.requests[0]["max_tokens"] + prompt / 2 <= 201
