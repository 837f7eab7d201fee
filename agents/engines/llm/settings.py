"""What a language model engine may be told; the key itself stays in the environment or a file."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Rung = Literal["json_schema", "json_object", "text"]


class LlmSettings(BaseModel):
    """An OpenAI-compatible server and how much of it one plan may use."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str = Field(pattern="^https?://")
    """Such as `http://127.0.0.1:8001/v1`."""
    model: str = Field(min_length=1)
    """Its name, as the server knows it."""
    api_key_env: str | None = Field(default=None, pattern="^[A-Za-z_][A-Za-z0-9_]*$")
    """Name of the environment variable with the key; servers of one's own often need none."""
    api_key_file: str | None = Field(default=None, min_length=1)
    """A file that holds the key and nothing else, instead of `api_key_env`."""
    use_for_auto: bool = False
    """Whether requests with `engine: auto` go to the model; by default only `engine: llm` does,
    because how well a model plans is not measured here."""
    ask_of_ignored: bool = True
    """Whether requests with `engine: auto` go to the model where the embedded engine makes nothing
    of words of the goal; the answer says so."""
    call_timeout_s: float = Field(default=20.0, gt=0, le=120)
    """One answer may take so long; the plan's own deadline is shorter where less is left."""
    connect_timeout_s: float = Field(default=2.0, gt=0, le=30)
    """To reach the server."""
    max_attempts: int = Field(default=3, ge=1, le=8)
    """Requests for one answer: first try, a repair, a lower rung, after 429 and 5xx."""
    max_prompt_bytes: int = Field(default=4000, ge=2000, le=64_000)
    """Longer evidence is cut; it bounds what a call reserves."""
    max_output_tokens: int = Field(default=500, ge=64, le=8192)
    """Of one answer; it bounds what a call reserves."""
    bytes_per_token: float = Field(default=2.0, ge=1.0, le=8.0)
    """To reserve tokens before a prompt is counted. 1 is safe with every tokenizer; text in
    Latin letters has about 4."""
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """What the server calls that bound; OpenAI's reasoning models know only the second."""
    temperature: float | None = Field(default=0.0, ge=0, le=2)
    """None sends none: OpenAI's reasoning models refuse any."""
    top_rung: Rung = "json_schema"
    """Where the ladder of response formats begins."""
    rung_memory_s: float = Field(default=600.0, ge=0)
    """A server that refused a format is asked for it again after this time."""
    outage_memory_s: float = Field(default=5.0, ge=0)
    """A server that could not be reached is left alone for this time."""
    max_concurrent_calls: int = Field(default=8, ge=1, le=256)
    """Of one replica; others wait."""
    extra_body: dict[str, Any] = Field(default_factory=dict)
    """Sent along as it is, such as `{"chat_template_kwargs": {"enable_thinking": false}}`."""

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if self.api_key_env is not None and self.api_key_file is not None:
            raise ValueError("give api_key_env or api_key_file, not both")
        return self

    @property
    def prompt_tokens(self) -> int:
        """Return the most tokens that one prompt is taken to have."""
        return int(self.max_prompt_bytes / self.bytes_per_token) + 64
