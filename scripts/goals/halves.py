"""The two halves: the open one to work with, the closed one for a single run at the end."""

from pathlib import Path

from scripts.goals.case import GoalCase, Half
from scripts.goals.generate import digest, goals
from scripts.goals.unexplained import unexplained

DIGESTS = Path(__file__).parent


class HalfChanged(Exception):
    """The goals are not those whose digest was committed before the planner was written."""


def cases_of(half: Half) -> list[GoalCase]:
    """Return a half's goals, those with an unexplained word last.

    Raises:
        HalfChanged: A table, a template or a library draws other goals than were committed.
    """
    cases = [*goals(half), *unexplained(half)]
    if digest(cases) != committed(half):
        raise HalfChanged(f"the {half} half is not the one of {half}.sha256")
    return cases


def committed(half: Half) -> str:
    """Return the digest that was committed."""
    return (DIGESTS / f"{half}.sha256").read_text(encoding="utf-8").split()[0]
