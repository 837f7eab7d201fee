"""A scripted server, and how it is asked."""

import json
from typing import Any

from agents.engines.llm import LlmSettings

VOTE = json.dumps({"votes": [{"state": 0, "score": 7}]})


async def no_pause(seconds: float) -> None:
    """Time to wait that a test does not have."""


def settings_for(url: str, **more: Any) -> LlmSettings:
    return LlmSettings(base_url=url, model="m", **more)
