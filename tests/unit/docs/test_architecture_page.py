"""ARCHITECTURE.md has one heading a room, and names nothing that is not there."""

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
PAGE = (PROJECT / "ARCHITECTURE.md").read_text(encoding="utf-8")
PACKAGES = (
    "agents",
    "api",
    "deployments",
    "reliability",
    "retrieval",
    "scripts",
    "storage",
    "sustainability",
    "telemetry",
)
WHOLE = {"storage", "telemetry"}
"""Packages without rooms have a heading themselves."""


def test_every_room_has_one_heading_that_asks() -> None:
    """A newcomer who asks the question finds the folder; a room that is added is asked for."""
    inits = (path for package in PACKAGES for path in (PROJECT / package).rglob("__init__.py"))
    folders = {str(path.parent.relative_to(PROJECT)) for path in inits}
    rooms = {folder for folder in folders if "/" in folder} | WHOLE
    headings = re.findall(r"(?m)^### .+\? `([\w/]+)/`$", PAGE)
    assert sorted(headings) == sorted(rooms)


def test_every_path_that_the_page_names_is_there() -> None:
    """Files and folders in code style."""
    named = set(re.findall(r"`([a-z_]+(?:/[\w.]+)+/?|graph\.py|serve_config\.yaml)`", PAGE))
    assert len(named) > 60
    assert {name for name in named if not (PROJECT / name).exists()} == set()
