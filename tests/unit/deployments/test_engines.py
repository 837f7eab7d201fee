"""Which engine a request gets, and what a replica makes of its name."""

import sys
from pathlib import Path

import pytest

from agents.budget import Budget
from agents.engines.fallback import FallbackEngine
from agents.engines.llm import LlmEngine, LlmSettings
from deployments.planning import engines
from deployments.planning.engines import EngineFactory, chosen, problem

SETTINGS = LlmSettings(base_url="http://127.0.0.1:1/v1", model="m")
KEYED = LlmSettings(base_url="http://127.0.0.1:1/v1", model="m", api_key_env="LLM_KEY")


class Nothing:
    """A toolbox that nobody asks."""


def test_auto_and_embedded_are_the_embedded_engine() -> None:
    """Neither needs tokens, and neither is degraded."""
    for asked in ("auto", "embedded"):
        choice = chosen(asked, SETTINGS, Budget())
        assert (choice.name, choice.degraded) == ("embedded", None)
        assert choice.thinking(5).llm_tokens == 0


def test_the_model_reserves_tokens_for_each_thought() -> None:
    """The planner reserves what the branch may use."""
    choice = chosen("llm", SETTINGS, Budget())
    assert choice.name == "llm"
    assert 0 < choice.thinking(5).llm_tokens <= Budget().max_tokens


def test_no_room_for_one_thought_is_said() -> None:
    """Otherwise the answer would be empty: budget_tokens at the root."""
    choice = chosen("llm", SETTINGS, Budget(max_tokens=100))
    assert choice.name == "embedded"
    assert "the budget has 100" in choice.degraded


def test_a_replica_makes_the_engine_of_a_name() -> None:
    """One client for all of them."""
    made = EngineFactory(SETTINGS, {})
    first, second = made("llm", Nothing()), made("llm", Nothing())
    assert isinstance(first, LlmEngine)
    assert first._ladder is second._ladder
    assert made("embedded", Nothing()).name == "embedded"
    assert made.state() == "configured"


def test_a_replica_without_the_settings_stands_in() -> None:
    """The planner may know a newer configuration."""
    assert isinstance(EngineFactory(None, {})("llm", Nothing()), FallbackEngine)
    assert EngineFactory(None, {}).state() == "not configured"


@pytest.fixture
def no_openai(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    monkeypatch.setattr(engines, "find_spec", lambda name: None)


def test_the_missing_extra_is_named_before_anything_is_deployed(no_openai) -> None:
    """With the command that installs it."""
    assert "pip install 'openai>=2,<4'" in problem(SETTINGS, {})
    assert problem(None, {}) is None


def test_the_missing_extra_degrades_a_replica_that_runs(no_openai) -> None:
    """Nothing is imported before it is wanted, and then it is said."""
    made = EngineFactory(SETTINGS, {})
    assert made("embedded", Nothing()).name == "embedded"
    assert isinstance(made("llm", Nothing()), FallbackEngine)


def test_a_missing_key_is_named_by_its_place(tmp_path: Path) -> None:
    """Variable or file; a key that is there is no problem."""
    assert "$LLM_KEY" in problem(KEYED, {})
    assert problem(KEYED, {"LLM_KEY": "k"}) is None
    file = tmp_path / "key"
    filed = SETTINGS.model_copy(update={"api_key_file": str(file)})
    assert str(file) in problem(filed, {})
    file.write_text(" \n")
    assert "holds no key" in problem(filed, {})
    file.write_text("k\n")
    assert problem(filed, {}) is None
