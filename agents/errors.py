"""Everything the agents package refuses, as one tree.

AgentError (ValueError)
├── InvalidGoal
├── InvalidPlan
├── InvalidBudget
├── UnknownTool
├── UnknownDocument
├── UnknownStrategy
├── ToolFailed
├── EngineUnavailable
└── BudgetExceeded      stays inside the package: a caller gets the best plan so far
"""

from __future__ import annotations


class AgentError(ValueError):
    """A refusal with a stable ``code`` and, where known, the offending place.

    Both travel in ``args``, so the error survives pickling between processes.
    """

    code = "agent_error"

    def __init__(self, message: str, where: str | None = None) -> None:
        super().__init__(message, where)

    @property
    def message(self) -> str:
        """What is wrong, with the offending values."""
        return self.args[0]

    @property
    def where(self) -> str | None:
        """The place in the caller's input, such as ``budget.max_nodes``."""
        return self.args[1]

    def __str__(self) -> str:
        return self.message


class InvalidGoal(AgentError):
    """A goal that is empty or too long."""

    code = "invalid_goal"


class InvalidPlan(AgentError):
    """A plan that is not of the documented shape; a plan that is merely wrong has defects."""

    code = "invalid_plan"


class InvalidBudget(AgentError):
    """A budget with a bound outside its range."""

    code = "invalid_budget"


class UnknownTool(AgentError):
    """A tool that is not in the registry."""

    code = "unknown_tool"


class UnknownDocument(AgentError):
    """A document that the request names and the namespace does not hold."""

    code = "unknown_document"


class UnknownStrategy(AgentError):
    """A strategy other than auto, single, cot and tot."""

    code = "unknown_strategy"


class ToolFailed(AgentError):
    """A tool could not be carried out; the step that asked for it fails, the plan goes on."""

    code = "tool_failed"


class EngineUnavailable(AgentError):
    """An engine cannot answer; the embedded one takes over and the answer says so."""

    code = "engine_unavailable"


class BudgetExceeded(AgentError):
    """A reservation does not fit; ``where`` names the bound."""

    code = "budget_exceeded"
