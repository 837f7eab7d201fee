"""What CI, commits, containers of developers and releases are told to do is there."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[3]
WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
MAKEFILE = (PROJECT / "Makefile").read_text()


def loaded(name: str) -> dict[str, Any]:
    return yaml.safe_load((PROJECT / ".github" / "workflows" / f"{name}.yml").read_text())


def runs(workflow: dict[str, Any]) -> str:
    """Every command of a workflow."""
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    return "\n".join(step["run"] for step in steps if "run" in step)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_calls_what_is_there(path: Path) -> None:
    """Make targets, scripts, tests and modules by their names."""
    commands = runs(yaml.safe_load(path.read_text()))
    assert commands
    for target in re.findall(r"make (\S+)", commands):
        assert re.search(rf"^{re.escape(target)}:", MAKEFILE, re.MULTILINE), target
    for file in re.findall(r"(?:scripts|tests)/\S+\.py", commands):
        assert (PROJECT / file).exists(), file
    for module in re.findall(r"-m (tests\.\S+)", commands):
        assert (PROJECT / module.replace(".", "/")).with_suffix(".py").exists(), module


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_do_no_more_than_it_says_and_not_for_ever(path: Path) -> None:
    """Its rights are named, and each job has an end, but those that wait for their tests."""
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] == {"contents": "write" if path.stem == "release" else "read"}
    for name, job in workflow["jobs"].items():
        assert job.get("timeout-minutes", 0) > 0, name


def test_a_deployment_waits_for_the_tests_and_for_the_one_before() -> None:
    """Two at once would each see the other's version as the one to go back to."""
    workflow = loaded("deploy")
    assert workflow["jobs"]["deploy"]["needs"] == "test"
    assert workflow["concurrency"]["cancel-in-progress"] is False


def test_a_pull_request_is_checked_and_tested_whole() -> None:
    """What `.ci/run` does, in jobs beside each other."""
    workflow = loaded("test")
    # YAML reads `on` as true.
    assert workflow[True] == "pull_request"
    assert {"make check", "make test", "make test-all"} <= set(runs(workflow).splitlines())


def test_other_pythons_and_other_users_are_tried_each_week() -> None:
    """Those that `requires-python` lets in and the quick jobs do not use."""
    workflow = loaded("weekly")
    assert workflow["jobs"]["pythons"]["strategy"]["matrix"]["python"] == ["3.12", "3.13"]
    assert "sudo .venv/bin/python -m pytest tests/serve/operating/test_beside.py" in runs(workflow)


def test_a_commit_is_held_to_the_first_lines_of_make_check() -> None:
    """By the same tools, with nothing downloaded."""
    (repo,) = yaml.safe_load((PROJECT / ".pre-commit-config.yaml").read_text())["repos"]
    assert repo["repo"] == "local"
    for hook in repo["hooks"]:
        assert hook["language"] == "system"
        command = hook["entry"].removeprefix(".venv/bin/")
        assert f"$(BIN)/{command}" in MAKEFILE, hook["entry"]


def test_the_container_of_developers_has_the_images_base() -> None:
    """And the servers that `.ci/run` installs for the tests."""
    bases = [
        re.findall(r"^ARG BASE=(.*)$", (PROJECT / file).read_text(), re.MULTILINE)
        for file in ("deploy/Containerfile", ".devcontainer/Containerfile")
    ]
    assert bases[0] == bases[1]
    assert len(bases[0]) == 1
    missing = re.findall(r"missing\+=\(([a-z0-9-]+)\)", (PROJECT / ".ci" / "run").read_text())
    assert len(missing) >= 4
    container = (PROJECT / ".devcontainer" / "Containerfile").read_text()
    assert [package for package in missing if f" {package}" not in container] == []
