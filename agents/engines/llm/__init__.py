"""The engine behind an OpenAI-compatible server: vLLM, Ollama, llama.cpp, Ray Serve LLM, OpenAI."""

from agents.engines.llm.build import build_ladder
from agents.engines.llm.engine import NAME, LlmEngine, llm_estimate
from agents.engines.llm.key import api_key
from agents.engines.llm.ladder import Ladder
from agents.engines.llm.settings import LlmSettings

__all__ = ["NAME", "Ladder", "LlmEngine", "LlmSettings", "api_key", "build_ladder", "llm_estimate"]

DOORS = ("settings",)
