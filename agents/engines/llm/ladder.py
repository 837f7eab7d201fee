"""Getting a typed answer out of a server that may not keep to the format it accepted.

json_schema, then json_object, then the prompt alone with extraction. Servers accept a
schema and ignore it (docs/how-to/plan-with-a-language-model.md), so every answer is validated
here. One repair names the first error. One deadline is round everything.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from agents.budget import Clock
from agents.engines.llm.client import ChatClient, LlmFailure, Reply
from agents.engines.llm.settings import LlmSettings, Rung

M = TypeVar("M", bound=BaseModel)

RUNGS: tuple[Rung, ...] = ("json_schema", "json_object", "text")
ENDS: frozenset[LlmFailure] = frozenset(
    ("unreachable", "timeout", "unauthorized", "refusal", "bad_request")
)
"""Failures that another request would only repeat."""
OUTAGES: frozenset[LlmFailure] = frozenset(("unreachable", "timeout", "unauthorized"))
FIRST_PAUSE_S = 0.2
TELLING_S = 0.5
"""A server that was given less says nothing about itself by not answering."""
_FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.S)
_THINKING = re.compile(r"<think>.*?</think>", re.S)

PauseBetweenCalls = Callable[[float], Any]


@dataclass(frozen=True, slots=True)
class TypedAnswer(Generic[M]):
    """A valid answer, or None with the reason; ``tokens`` over all requests."""

    value: M | None
    tokens: int
    reason: str | None = None
    failure: LlmFailure | None = None


class Ladder:
    """Remembers, per server, which rung holds and until when a server is left alone."""

    def __init__(
        self,
        client: ChatClient,
        settings: LlmSettings,
        clock: Clock,
        sleep: PauseBetweenCalls = asyncio.sleep,
    ) -> None:
        self._client = client
        self._settings = settings
        self._clock = clock
        self._sleep = sleep
        self._rung: Rung = settings.top_rung
        self._rung_until_s = 0.0
        self._out_until_s = -1.0
        self._out_reason = ""
        self._slots = asyncio.Semaphore(settings.max_concurrent_calls)

    @property
    def outage(self) -> str | None:
        """Why the server is left alone right now, None if it is not."""
        return self._out_reason if self._clock() < self._out_until_s else None

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.close()

    async def ask(
        self, system: str, user: str, answer: type[M], max_tokens: int, deadline_s: float
    ) -> TypedAnswer[M]:
        """Return a valid answer.

        Args:
            system: What to do.
            user: The material.
            answer: Its shape; no references, nothing recursive.
            max_tokens: Of all requests together, prompts counted.
            deadline_s: Seconds from now, round everything.
        """
        if self.outage is not None:
            return TypedAnswer(None, 0, self.outage)
        spent = [0]
        try:
            async with asyncio.timeout(deadline_s), self._slots:
                return await self._climb(system, user, answer, max_tokens, deadline_s, spent)
        except TimeoutError:
            reason = f"timeout: no valid answer within {deadline_s:.3g} s"
            if deadline_s >= TELLING_S:
                self._out_until_s = self._clock() + self._settings.outage_memory_s
                self._out_reason = reason
            return TypedAnswer(None, spent[0], reason, "timeout")

    async def _climb(
        self,
        system: str,
        user: str,
        answer: type[M],
        max_tokens: int,
        deadline_s: float,
        spent: list[int],
    ) -> TypedAnswer[M]:
        ends_s = self._clock() + deadline_s
        schema = inlined(answer.model_json_schema())
        messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        reason, pause_s, last = "no attempt was left", FIRST_PAUSE_S, None
        rung, repaired = self._current_rung(), False
        for _ in range(self._settings.max_attempts):
            shown = _with_schema(messages, rung, schema)
            prompt = self._prompt_tokens(shown)
            room = max_tokens - spent[0] - prompt
            if room < 16:
                return TypedAnswer(None, spent[0], f"{reason}; no tokens were left", last)
            # Booked before it is sent: a request that is cut off has cost its prompt too.
            spent[0] += prompt
            timeout_s = min(self._settings.call_timeout_s, max(0.001, ends_s - self._clock()))
            reply = await self._client.chat(
                shown,
                rung,
                schema,
                min(room, self._settings.max_output_tokens),
                timeout_s,
            )
            spent[0] += reply.tokens - prompt
            if reply.failure is None or reply.failure == "truncated":
                value, wrong = parsed(reply.text, answer)
                if value is not None:
                    return TypedAnswer(value, spent[0])
                reason = f"{reply.detail or 'not the asked format'}: {wrong}"
                rung, messages, repaired = self._after_nonsense(messages, rung, wrong, repaired)
                continue
            reason, last = f"{reply.failure}: {reply.detail}", reply.failure
            if reply.failure in ENDS:
                self._note_outage(reply, reason)
                return TypedAnswer(None, spent[0], reason, reply.failure)
            if reply.failure in ("format_refused", "blank"):
                rung = self._lower(rung)
                continue
            await self._sleep(pause_s)
            pause_s *= 2
        if last in ("rate_limited", "server_error"):
            self._out_until_s = self._clock() + self._settings.outage_memory_s
            self._out_reason = reason
        return TypedAnswer(None, spent[0], reason, last)

    def _prompt_tokens(self, messages: Sequence[Mapping[str, str]]) -> int:
        size = sum(len(message["content"].encode()) for message in messages)
        return int(size / self._settings.bytes_per_token)

    def _current_rung(self) -> Rung:
        if self._clock() >= self._rung_until_s:
            self._rung = self._settings.top_rung
        return self._rung

    def _lower(self, rung: Rung) -> Rung:
        """Return the next rung down, and remember it for the calls that come."""
        lower = RUNGS[min(RUNGS.index(rung) + 1, len(RUNGS) - 1)]
        self._rung, self._rung_until_s = lower, self._clock() + self._settings.rung_memory_s
        return lower

    def _after_nonsense(
        self, messages: list[dict[str, str]], rung: Rung, wrong: str, repaired: bool
    ) -> tuple[Rung, list[dict[str, str]], bool]:
        """Say once what was wrong; a server that does not mind is asked in plain words."""
        if repaired:
            return self._lower(rung), messages, True
        told = f"Your last answer was not valid: {wrong}. Answer with one JSON object only."
        return rung, [*messages, {"role": "user", "content": told}], True

    def _note_outage(self, reply: Reply, reason: str) -> None:
        if reply.failure in OUTAGES:
            self._out_until_s = self._clock() + self._settings.outage_memory_s
            self._out_reason = reason


def _with_schema(
    messages: Sequence[Mapping[str, str]], rung: Rung, schema: Mapping[str, Any]
) -> list[dict[str, str]]:
    """Return the messages; below the first rung the prompt itself shows the schema."""
    plain = [dict(message) for message in messages]
    if rung != "json_schema":
        shown = json.dumps(schema, separators=(",", ":"))
        plain[0]["content"] += f"\nAnswer with one JSON object that fits this schema: {shown}"
    return plain


def parsed(text: str, answer: type[M]) -> tuple[M | None, str]:
    """Return the first valid answer that a text holds, or the first thing that is wrong.

    Fences, reasoning in tags and words around the object are stripped; raw control
    characters inside strings are let pass, since common servers write them.
    """
    bare = _THINKING.sub("", text).strip()
    wrong = "no JSON object"
    for candidate in dict.fromkeys((bare, *_FENCE.findall(bare), *_objects(bare))):
        try:
            return answer.model_validate(json.loads(candidate, strict=False)), ""
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(map(str, first["loc"])) or "the answer"
            wrong = f"{place}: {first['msg']}"[:200]
        except (ValueError, RecursionError):
            continue
    return None, wrong


def _objects(text: str) -> list[str]:
    """Return what stands between the first brace and its partner, as far as there is one."""
    start = text.find("{")
    if start < 0:
        return []
    try:
        _, end = json.JSONDecoder(strict=False).raw_decode(text[start:])
    except (ValueError, RecursionError):
        return []
    return [text[start : start + end]]


def inlined(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a JSON Schema without ``$ref``: several servers drop what they cannot resolve."""
    definitions = schema.get("$defs", {})

    def walk(node: Any) -> Any:
        if isinstance(node, Mapping):
            if "$ref" in node:
                return walk(definitions[node["$ref"].rsplit("/", 1)[-1]])
            return {
                key: walk(value)
                for key, value in node.items()
                if key not in ("$defs", "default")
                and not (key == "title" and isinstance(value, str))
            }
        return [walk(item) for item in node] if isinstance(node, list) else node

    return walk(schema)
