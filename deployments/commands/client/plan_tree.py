"""A tree of thoughts drawn in characters, while it grows and when it is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

MARKS = {"pruned": "x", "duplicate": "=", "failed": "!"}
"""What stands before a thought that leads no further; ``*`` marks the way to the best."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A node as it is drawn; ``total`` is None until it was judged."""

    id: str
    parent: str | None
    kind: str
    rationale: str
    total: float | None = None
    status: str = "open"
    reason: str | None = None


class ThoughtTree:
    """Takes events of a run, or the tree of its answer, and draws what it knows."""

    def __init__(self) -> None:
        self.nodes: dict[str, Drawn] = {}
        self.best: str | None = None
        self.spent: Mapping[str, float] = {}
        self.left: Mapping[str, float] = {}

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> ThoughtTree:
        """Return the tree of a finished plan."""
        tree = cls()
        for node in answer["tree"]["nodes"]:
            tree.take("node.created", node)
            tree.take("node.scored", node)
            if node["status"] in MARKS:
                tree.take("node.pruned", node | {"reason": node["prune_reason"]})
        tree.best = answer["tree"]["best"]
        return tree

    def take(self, name: str, data: Mapping[str, Any]) -> None:
        """Take an event in; those that are not about the tree change nothing."""
        match name:
            case "node.created":
                thought = data["thought"]
                why = " ".join(thought["rationale"].split())
                self.nodes[data["id"]] = Drawn(data["id"], data["parent"], thought["kind"], why)
            case "node.scored" if data["id"] in self.nodes:
                self._change(data["id"], total=data["score"]["total"])
            case "node.pruned" if data["id"] in self.nodes:
                self._change(data["id"], status=data["status"], reason=data["reason"])
            case "best.changed":
                self.best = data["id"]
            case "budget":
                self.spent, self.left = data["spent"], data["left"]

    def _change(self, id: str, **fields: Any) -> None:
        self.nodes[id] = replace(self.nodes[id], **fields)

    def progress(self) -> str:
        """Return one line: thoughts so far, calls to the index, the best score."""
        best = self.nodes.get(self.best or "")
        score = "-" if best is None or best.total is None else f"{best.total:.3f}"
        calls = f"{self.spent.get('tool_calls', 0):g}"
        of = (
            f" of {calls_left + self.spent['tool_calls']:g}"
            if (calls_left := self.left.get("tool_calls")) is not None
            else ""
        )
        return f"{len(self.nodes)} thoughts, {calls}{of} calls, best {self.best or '-'} at {score}"

    def lines(self, width: int = 100) -> list[str]:
        """Return the tree, a line for each node, cut to ``width`` characters."""
        children: dict[str | None, list[Drawn]] = {}
        for node in self.nodes.values():
            # What began before the reader came has no place to hang from.
            parent = node.parent if node.parent in self.nodes else None
            children.setdefault(parent, []).append(node)
        path = self._best_path()
        return [_cut(line, width) for line in _drawn(children, None, "", path)]

    def _best_path(self) -> set[str]:
        path, id = set(), self.best
        while id is not None and id in self.nodes:
            path.add(id)
            id = self.nodes[id].parent
        return path


def _drawn(
    children: Mapping[str | None, Sequence[Drawn]], parent: str | None, indent: str, path: set[str]
) -> Iterator[str]:
    own = children.get(parent, ())
    for at, node in enumerate(own):
        last = at == len(own) - 1
        branch, rest = ("", "") if parent is None else ("└─ ", "   ") if last else ("├─ ", "│  ")
        yield f"{indent}{branch}{_label(node, node.id in path)}"
        yield from _drawn(children, node.id, indent + rest, path)


def _label(node: Drawn, on_path: bool) -> str:
    mark = "*" if on_path else MARKS.get(node.status, " ")
    score = "  …  " if node.total is None else f"{node.total:5.2f}"
    why = f"{node.rationale}  ({node.reason})" if node.reason else node.rationale
    return f"{mark} {node.id:<4}{score}  {node.kind:<9} {why}".rstrip()


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else f"{line[: width - 1]}…"
