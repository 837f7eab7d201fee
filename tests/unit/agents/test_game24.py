"""Game of 24 on the search core: the example runs, and what it says is true."""

import subprocess
import sys
from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.budget import Budget
from agents.examples.game24 import BUDGET, main, solve, verify
from tests.unit.agents.virtual_time import now_s, run


def solution(puzzle):
    """Any right expression, by trying everything with Python's own arithmetic."""
    shapes = (
        "(({}{}{}){}{}){}{}",
        "({}{}({}{}{})){}{}",
        "({}{}{}){}({}{}{})",
        "{}{}(({}{}{}){}{})",
        "{}{}({}{}({}{}{}))",
    )
    for numbers in set(permutations(puzzle)):
        for a, b, c in product("+-*/", repeat=3):
            for shape in shapes:
                text = shape.format(numbers[0], a, numbers[1], b, numbers[2], c, numbers[3])
                try:
                    # Of our own numbers and signs only.
                    if abs(eval(text) - 24) < 1e-9:
                        return text
                except ZeroDivisionError:
                    continue
    return None


def solved(puzzle, budget: Budget = BUDGET):
    async def go():
        return await solve(puzzle, now_s, budget)

    return run(go())


@pytest.mark.parametrize("puzzle", [(4, 9, 10, 13), (3, 3, 8, 8), (1, 5, 5, 5), (2, 7, 8, 9)])
def test_puzzles_that_need_fractions_or_big_detours_are_solved(puzzle) -> None:
    """Each number once, and exactly 24."""
    expression, tree = solved(puzzle)
    assert tree.stop_reason == "complete"
    assert verify(expression, puzzle)
    assert abs(eval(expression) - 24) < 1e-9


@settings(max_examples=30)
@given(st.lists(st.integers(1, 13), min_size=4, max_size=4))
def test_nothing_is_called_solved_that_is_not(puzzle) -> None:
    """A complete tree holds a right expression; an unsolvable puzzle is never complete."""
    expression, tree = solved(puzzle)
    assert verify(expression, puzzle) is (tree.stop_reason == "complete")
    if solution(puzzle) is None:
        assert tree.stop_reason != "complete"


@pytest.mark.parametrize(
    "expression",
    [
        "(4 * (9 - 3))",
        "((4 + 4) + (8 + 8))",
        "24",
        "",
        "(4 * (10 - 4)",
        "((4 - 10) * (9 - 13)) + 0",
    ],
)
def test_the_verifier_takes_no_number_twice_and_no_other(expression: str) -> None:
    """It is the only judge, so it must not be fooled."""
    assert not verify(expression, (4, 9, 10, 13))


def test_a_narrow_beam_is_bounded_too() -> None:
    """Nodes are what the budget says, whether it is solved or not."""
    _, tree = solved((4, 9, 10, 13), Budget(max_nodes=20, max_depth=3, branching=64, beam_width=1))
    assert len(tree.nodes) <= 20


def test_equal_puzzles_grow_equal_trees() -> None:
    """Also in another order of the numbers."""
    assert len({solved(p)[1].hash for p in permutations((3, 3, 8, 8))}) == 1


def test_the_example_is_a_program() -> None:
    """It prints the way and says by its exit code whether it got there."""
    command = [sys.executable, "-m", "agents.examples.game24"]
    done = subprocess.run(
        [*command, "3", "3", "8", "8"], capture_output=True, text=True, check=True
    )
    assert "(8 / (3 - (8 / 3))) = 24" in done.stdout
    assert main(["1", "1", "1", "1"]) == 1
