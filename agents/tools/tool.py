"""What a tool is: name, arguments, inputs, result and cost as data, and how a step of it runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from agents.errors import ToolFailed
from agents.tools.evidence import Doc, DocSet, Output
from agents.tools.port import Toolbox

OutType = Literal["DocSet", "Groups", "Facets", "Figure", "Text"]
"""What a step yields: a ranked set of documents, combinations or partitions of documents,
counts of metadata values, a figure over documents, or a text with citations."""

ParamType = Literal["string", "strings", "integer", "number", "boolean", "filter", "object"]


@dataclass(frozen=True, slots=True)
class Param:
    """One argument. ``minimum`` and ``maximum`` bound numbers, or the length of strings."""

    name: str
    type: ParamType
    required: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    problem: Callable[[Mapping[str, Any]], str | None] | None = None
    """Says what is wrong with an object beyond its being one."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One step that is to run: its arguments, what it takes, and what it may ask."""

    tool: str
    step_id: str
    args: Mapping[str, Any]
    input_ids: Sequence[str]
    inputs: Sequence[Output]
    docs: Mapping[str, Doc]
    """Documents that earlier steps read."""
    toolbox: Toolbox
    picture: bytes | None = None
    """The picture that came with the goal."""

    @property
    def sets(self) -> list[DocSet]:
        """Return the inputs of a tool that takes document sets alone.

        Raises:
            ToolFailed: There are none, or others; a plan that was validated has none such.
        """
        sets = [item for item in self.inputs if isinstance(item, DocSet)]
        if len(sets) != len(self.inputs) or not sets:
            raise ToolFailed(f"{self.tool} takes document sets", self.step_id)
        return sets


@dataclass(frozen=True, slots=True)
class Yielded:
    """What a step yields, the documents it read, and the index version it read them at."""

    output: Output
    docs: Mapping[str, Doc] = field(default_factory=dict)
    index_version: int = 0


Run = Callable[[ToolCall], Awaitable[Yielded]]


def pure(act: Callable[[ToolCall], Output]) -> Run:
    """Return a tool's run of a function that asks nobody."""

    async def run(call: ToolCall) -> Yielded:
        return Yielded(act(call))

    return run


@dataclass(frozen=True, slots=True)
class StepFault:
    """What is wrong with a step that no single argument shows; ``argument`` is where, if in one."""

    code: Literal["missing_input", "type_mismatch"]
    message: str
    suggestion: str
    argument: str | None = None


def no_fault(args: Mapping[str, Any], inputs: int) -> StepFault | None:
    """Find nothing: its arguments, each by itself, say all of most tools."""
    return None


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool.

    ``run`` carries a step out; refusals are ``AgentError`` or the retrieval package's errors.
    ``inputs`` are the types a step may take from earlier steps, between
    ``min_inputs`` and ``max_inputs`` of them. ``calls`` is how often it asks the
    index, ``cost`` what it costs at most (one search is 1.0). ``fault`` finds what is wrong with
    arguments and the number of inputs together.
    """

    name: str
    what: str
    params: tuple[Param, ...]
    returns: OutType
    run: Run
    inputs: tuple[OutType, ...] = ()
    min_inputs: int = 0
    max_inputs: int = 0
    calls: int = 0
    cost: float = 0.0
    read_only: bool = True
    fault: Callable[[Mapping[str, Any], int], StepFault | None] = no_fault

    def param(self, name: str) -> Param | None:
        """Return a parameter by name, None if there is none."""
        return next((param for param in self.params if param.name == name), None)

    def schema(self) -> dict[str, Any]:
        """Return the arguments as JSON Schema; no ``$ref``, nothing recursive."""
        return {
            "type": "object",
            "properties": {param.name: _schema(param) for param in self.params},
            "required": [param.name for param in self.params if param.required],
            "additionalProperties": False,
        }


def _schema(param: Param) -> dict[str, Any]:
    if param.type == "strings":
        return {"type": "array", "items": {"type": "string"}, "maxItems": int(param.maximum or 64)}
    if param.type in ("filter", "object"):
        return {"type": "object"}
    schema: dict[str, Any] = {"type": param.type}
    if param.choices:
        schema["enum"] = list(param.choices)
    low, high = ("minLength", "maxLength") if param.type == "string" else ("minimum", "maximum")
    if param.minimum is not None:
        schema[low] = param.minimum
    if param.maximum is not None:
        schema[high] = param.maximum
    return schema


MAX_STEP_LIMIT = 200
DEFAULT_LIMIT = 10
QUERY = Param("query", "string", required=True, minimum=1, maximum=4000)
LIMIT = Param("limit", "integer", minimum=1, maximum=MAX_STEP_LIMIT)
FILTER = Param("filter", "filter")
