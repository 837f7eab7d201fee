"""Game of 24 on the search core: four numbers, four operations, make 24.

A symbolic engine: it proposes every combination of two numbers and judges a state by
rules of thumb over the numbers left, never by solving it. It shows that the core
works on other problems than retrieval; it says nothing about language models.
`python -m agents.examples.game24 4 9 10 13` solves one.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

from agents.budget import Budget, Ledger
from agents.errors import ToolFailed
from agents.events import silent
from agents.tree.branch import BranchWorker
from agents.tree.dispatch import Dispatcher
from agents.tree.problem import Allowance, Applied, Evaluated, Proposed
from agents.tree.search import SearchSettings, beam
from agents.tree.thoughts import Score, Thought, Tree
from agents.tree.tree import Growth
from agents.usage import ResourceUsage

TARGET = Fraction(24)
BUDGET = Budget(max_nodes=512, max_depth=3, beam_width=5, branching=64, level_width=256)


@dataclass(frozen=True, slots=True)
class Game24State:
    """Numbers left, ascending, each with the expression it came from."""

    left: tuple[tuple[Fraction, str], ...]

    @property
    def values(self) -> tuple[Fraction, ...]:
        """The numbers alone."""
        return tuple(value for value, _ in self.left)


def numbers(values: Sequence[int]) -> Game24State:
    """Return the start of a puzzle."""
    return Game24State(tuple(sorted((Fraction(value), str(value)) for value in values)))


def moves(values: Sequence[Fraction]) -> list[tuple[int, int, str, Fraction]]:
    """Return every (place, place, operation, result) that differs from the others."""
    found: dict[tuple[Fraction, ...], tuple[int, int, str, Fraction]] = {}
    for i, j in combinations(range(len(values)), 2):
        for a, b in ((i, j), (j, i)):
            for sign, result in _results(values[a], values[b]):
                rest = [v for k, v in enumerate(values) if k not in (i, j)]
                found.setdefault(tuple(sorted([*rest, result])), (a, b, sign, result))
    return list(found.values())


def _results(a: Fraction, b: Fraction) -> list[tuple[str, Fraction]]:
    results = [("+", a + b), ("-", a - b), ("*", a * b)]
    return results if b == 0 else [*results, ("/", a / b)]


class Arithmetic:
    """The world: carries a move out."""

    async def apply(
        self, brief: Any, state: Game24State, thought: Thought, allowance: Allowance
    ) -> Applied[Game24State]:
        """Return the numbers left after a move."""
        a, b, sign = thought.delta["a"], thought.delta["b"], thought.delta["sign"]
        (first, left), (second, right) = state.left[a], state.left[b]
        result = dict(_results(first, second)).get(sign)
        if result is None:
            raise ToolFailed(f"{first} {sign} {second} has no result")
        rest = [item for at, item in enumerate(state.left) if at not in (a, b)]
        return Applied(Game24State(tuple(sorted([*rest, (result, f"({left} {sign} {right})")]))))

    def key(self, state: Game24State) -> str:
        """Equal numbers left are one state, whatever led there."""
        return " ".join(str(value) for value in state.values)

    def evidence(self, state: Game24State) -> tuple[str, ...]:
        """Return the expressions left."""
        return tuple(expression for _, expression in state.left)

    def calls(self, state: Game24State) -> frozenset[str]:
        """No move repeats: each uses two numbers up."""
        return frozenset()


class RulesOfThumb:
    """The engine: every move is a thought; states are judged by what two numbers could give."""

    name = "symbolic"

    def estimate(self, width: int) -> ResourceUsage:
        """Thinking is free here."""
        return ResourceUsage()

    async def propose(
        self, brief: Any, states: Sequence[Game24State], width: int, allowance: Allowance
    ) -> Proposed:
        """Return all moves, equal ones once."""
        return Proposed(
            [[_thought(state, move) for move in moves(state.values)][:width] for state in states]
        )

    async def evaluate(
        self, brief: Any, states: Sequence[Game24State], allowance: Allowance
    ) -> Evaluated:
        """Judge each state by itself."""
        return Evaluated([judge(state.values) for state in states])


def _thought(state: Game24State, move: tuple[int, int, str, Fraction]) -> Thought:
    a, b, sign, result = move
    text = f"{state.values[a]} {sign} {state.values[b]} = {result}"
    key = " ".join(str(value) for value in state.values) + f": {a}{sign}{b}"
    prior = 1.0 if result.denominator == 1 and 0 <= result <= 24 else 0.5
    return Thought("move", text, {"a": a, "b": b, "sign": sign}, prior, key)


def judge(values: Sequence[Fraction]) -> Score:
    """Return how near to 24 the numbers are, between 0 and 1.

    One number is right or wrong. Two are right if one operation makes 24. For more,
    count the helpful facts of a practised player: a number that divides 24 or reaches
    it with another one in one operation, small whole numbers, no awkward fraction.
    """
    if len(values) == 1:
        done = values[0] == TARGET
        return Score(float(done), {"exact": float(done)}, complete=done)
    if len(values) == 2:
        hit = any(result == TARGET for *_, result in moves(values))
        return Score(0.9 if hit else 0.0, {"one_move": float(hit)})
    wanted = {
        needed
        for value in values
        for needed in (
            TARGET - value,
            TARGET + value,
            value - TARGET,
            TARGET * value,
            *([TARGET / value, value / TARGET] if value else []),
        )
    }
    reachable = [
        sum(1 for *_, result in moves(pair) if result in wanted) for pair in combinations(values, 2)
    ]
    whole = sum(value.denominator == 1 for value in values) / len(values)
    small = sum(0 < value <= 24 for value in values) / len(values)
    divides = sum(value != 0 and (TARGET / value).denominator == 1 for value in values)
    parts = {
        "reach": min(1.0, sum(reachable) / 4),
        "whole": whole,
        "small": small,
        "divides": divides / len(values),
    }
    total = 0.5 * parts["reach"] + 0.1 * whole + 0.1 * small + 0.1 * parts["divides"]
    return Score(total, parts)


async def solve(puzzle: Sequence[int], clock: Any, budget: Budget = BUDGET) -> tuple[str, Tree]:
    """Search a puzzle and return the best expression with the tree.

    The expression is right only if ``verify`` says so.
    """
    engine = RulesOfThumb()
    worker: BranchWorker[Game24State] = BranchWorker(Arithmetic(), engine)
    dispatcher = Dispatcher(worker, Ledger(budget, clock), None, engine.estimate)
    growth = Growth(dispatcher, silent, budget.branching)
    await growth.add_root(numbers(puzzle))
    reason = await beam(growth, budget, SearchSettings(patience=budget.max_depth))
    return growth.nodes[growth.best].evidence[0], growth.tree(reason)


def verify(expression: str, puzzle: Sequence[int]) -> bool:
    """Return whether an expression uses each number once and makes exactly 24.

    Reads only what ``solve`` writes: numbers, ``+ - * /`` and brackets round each pair.
    """
    used: list[int] = []
    value, rest = _read(expression.replace(" ", ""), used)
    return rest == "" and value == TARGET and sorted(used) == sorted(puzzle)


def _read(text: str, used: list[int]) -> tuple[Fraction | None, str]:
    if not text.startswith("("):
        digits = text[: len(text) - len(text.lstrip("0123456789"))]
        if not digits:
            return None, text
        used.append(int(digits))
        return Fraction(int(digits)), text[len(digits) :]
    left, rest = _read(text[1:], used)
    sign, rest = rest[:1], rest[1:]
    right, rest = _read(rest, used)
    if left is None or right is None or not rest.startswith(")"):
        return None, rest
    return dict(_results(left, right)).get(sign), rest[1:]


def main(arguments: Sequence[str] | None = None) -> int:
    """Solve one puzzle and print its expression with the way there; 0 if it makes 24."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("numbers", type=int, nargs=4, help="such as 4 9 10 13")
    puzzle = parser.parse_args(arguments).numbers
    expression, tree = asyncio.run(solve(puzzle, time.monotonic))
    for node in tree.path(tree.best)[1:]:
        print(f"{node.thought.rationale:<16} left: {node.state_key}")
    solved = verify(expression, puzzle)
    found = f"{expression} = 24" if solved else "nothing found"
    print(f"{found}; {len(tree.nodes)} thoughts, {tree.stop_reason}")
    return 0 if solved else 1


if __name__ == "__main__":
    raise SystemExit(main())
