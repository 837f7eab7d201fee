"""One request to an OpenAI-compatible server: what came back, or why nothing did.

The client library is optional and imported when an engine is built; requests stream, so
that an answer that turns into blanks is cut off instead of paid for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from agents.engines.llm.settings import LlmSettings, Rung
from agents.errors import EngineUnavailable

LlmFailure = Literal[
    "unreachable",
    "timeout",
    "rate_limited",
    "server_error",
    "bad_request",
    "format_refused",
    "unauthorized",
    "refusal",
    "truncated",
    "blank",
]

MAX_BLANKS = 64
"""So many blanks in a row are a loop: some servers write them up to the token limit."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a request gave. ``failure`` is None where ``text`` is a whole answer.

    ``tokens`` are the server's own count, or an estimate from bytes where it sends none.
    """

    text: str = ""
    failure: LlmFailure | None = None
    detail: str = ""
    tokens: int = 0


class ChatClient(Protocol):
    """Sends one request; never raises for what a server does."""

    async def chat(
        self,
        messages: Sequence[Mapping[str, str]],
        rung: Rung,
        schema: Mapping[str, Any],
        max_tokens: int,
        timeout_s: float,
    ) -> Reply: ...

    async def close(self) -> None: ...


class OpenAIClient:
    """The ``openai`` package, without its own retries: ours share one deadline."""

    def __init__(self, settings: LlmSettings, api_key: str | None) -> None:
        try:
            import openai
        except ImportError as error:
            raise EngineUnavailable(
                "the language model engine needs the openai package: pip install 'openai>=2,<4'"
            ) from error
        self._openai = openai
        self._settings = settings
        self._client = openai.AsyncOpenAI(
            base_url=settings.base_url,
            api_key=api_key or "none",
            max_retries=0,
            timeout=openai.Timeout(settings.call_timeout_s, connect=settings.connect_timeout_s),
        )

    async def chat(
        self,
        messages: Sequence[Mapping[str, str]],
        rung: Rung,
        schema: Mapping[str, Any],
        max_tokens: int,
        timeout_s: float,
    ) -> Reply:
        """Return the answer to one request, or what went wrong."""
        openai = self._openai
        sent = sum(len(message["content"].encode()) for message in messages)
        answer = _Answer(int(sent / self._settings.bytes_per_token))
        try:
            create: Any = self._client.chat.completions.create
            stream = await create(
                model=self._settings.model,
                messages=list(messages),
                stream=True,
                stream_options={"include_usage": True},
                timeout=openai.Timeout(
                    timeout_s, connect=min(timeout_s, self._settings.connect_timeout_s)
                ),
                extra_body=dict(self._settings.extra_body) or None,
                **self._sampling(max_tokens),
                **_response_format(rung, schema),
            )
            try:
                async for chunk in stream:
                    if answer.takes(chunk):
                        break
            finally:
                await stream.close()
        except openai.APITimeoutError:
            return Reply(
                failure="timeout",
                detail=f"no answer within {timeout_s:.3g} s",
                tokens=answer.tokens,
            )
        except openai.APIConnectionError as error:
            return Reply(failure="unreachable", detail=str(error.__cause__ or error)[:200])
        except openai.APIStatusError as error:
            failure = _failure_of(error.status_code, str(error), rung)
            # Some servers quote the key they refuse, and this text reaches the caller.
            said = "" if failure == "unauthorized" else f": {error.message}"
            return Reply(failure=failure, detail=f"{error.status_code}{said}"[:200])
        except openai.APIError as error:
            return Reply(failure="server_error", detail=str(error)[:200], tokens=answer.tokens)
        return answer.reply()

    def _sampling(self, max_tokens: int) -> dict[str, Any]:
        settings = self._settings
        bounds: dict[str, Any] = {settings.max_tokens_field: max_tokens}
        if settings.temperature is not None:
            bounds["temperature"] = settings.temperature
        return bounds

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.close()


class _Answer:
    """A streamed answer as it grows."""

    def __init__(self, prompt_tokens: int) -> None:
        self._prompt_tokens = prompt_tokens
        self._text: list[str] = []
        self._refusal: list[str] = []
        self._blanks = 0
        self._looped = False
        self._finish: str | None = None
        self._counted: int | None = None

    def takes(self, chunk: Any) -> bool:
        """Take a piece in and return whether enough was seen."""
        if chunk.usage is not None:
            self._counted = chunk.usage.total_tokens
        for choice in chunk.choices[:1]:
            piece = choice.delta.content or ""
            self._text.append(piece)
            self._refusal.append(getattr(choice.delta, "refusal", None) or "")
            bare = piece.rstrip()
            self._blanks = len(piece) - len(bare) + (0 if bare else self._blanks)
            self._finish = choice.finish_reason or self._finish
        self._looped = self._blanks > MAX_BLANKS
        return self._looped

    @property
    def tokens(self) -> int:
        if self._counted is not None:
            return self._counted
        return self._prompt_tokens + sum(len(piece.encode()) for piece in self._text) // 2

    def reply(self) -> Reply:
        text, refusal = "".join(self._text), "".join(self._refusal)
        if refusal:
            return Reply(failure="refusal", detail=refusal[:200], tokens=self.tokens)
        if self._finish == "content_filter":
            return Reply(failure="refusal", detail="content filter", tokens=self.tokens)
        if self._looped or not text.strip():
            return Reply(text.strip(), "blank", "the answer turned into blanks", self.tokens)
        if self._finish == "length":
            return Reply(text, "truncated", "the answer was cut off", self.tokens)
        return Reply(text, None, "", self.tokens)


def _response_format(rung: Rung, schema: Mapping[str, Any]) -> dict[str, Any]:
    match rung:
        case "json_schema":
            form = {"name": "answer", "schema": dict(schema), "strict": True}
            return {"response_format": {"type": "json_schema", "json_schema": form}}
        case "json_object":
            return {"response_format": {"type": "json_object"}}
        case _:
            return {}


def _failure_of(status: int, said: str, rung: Rung) -> LlmFailure:
    formats = ("response_format", "json_schema", "json_object", "guided", "grammar", "schema")
    about_format = any(word in said.lower() for word in formats)
    if rung != "text" and (status in (400, 422) or (status >= 500 and about_format)):
        return "format_refused"
    if status == 429:
        return "rate_limited"
    if status in (401, 403):
        return "unauthorized"
    return "server_error" if status >= 500 else "bad_request"
