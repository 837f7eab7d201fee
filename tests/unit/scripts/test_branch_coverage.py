"""Branches are added up by package and held to the bars."""

from scripts.dev.branch_coverage import BranchCount, by_package, short_of


def file(branches: int, taken: int) -> dict[str, dict[str, int]]:
    return {"summary": {"num_branches": branches, "covered_branches": taken}}


def test_files_are_added_up_by_their_package() -> None:
    """Whatever their folders within it."""
    files = {"agents/a.py": file(8, 6), "agents/tree/b.py": file(2, 2), "api/c.py": file(0, 0)}
    assert by_package(files) == {"agents": BranchCount(10, 8), "api": BranchCount(0, 0)}


def test_a_pure_package_has_a_bar_of_its_own_and_all_have_one() -> None:
    """A shell that starts things is part of the whole only."""
    fine = {"agents": BranchCount(100, 95), "deployments": BranchCount(100, 85)}
    assert short_of(fine) == []
    assert short_of({"agents": BranchCount(100, 94), "api": BranchCount(100, 100)}) == [
        "agents: 94.0 % of 95"
    ]
    assert short_of(fine | {"api": BranchCount(100, 50)}) == ["all: 76.7 % of 90"]
