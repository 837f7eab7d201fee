"""Putting the pieces of the language model engine together; one ladder for a whole process."""

from __future__ import annotations

import time

from agents.budget import Clock
from agents.engines.llm.client import OpenAIClient
from agents.engines.llm.ladder import Ladder
from agents.engines.llm.settings import LlmSettings


def build_ladder(
    settings: LlmSettings, api_key: str | None = None, clock: Clock = time.monotonic
) -> Ladder:
    """Return the ladder to a server; share it, since it remembers rungs and outages.

    Raises:
        EngineUnavailable: The ``openai`` package is not installed.
    """
    return Ladder(OpenAIClient(settings, api_key), settings, clock)
