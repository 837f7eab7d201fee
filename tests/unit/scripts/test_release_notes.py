"""A release says of itself what the changelog says, or there is none."""

import subprocess
import sys
from pathlib import Path

import pytest

from api.version import VERSION
from scripts.release_notes import NotReleasable, notes

PROJECT = Path(__file__).resolve().parents[3]
CODE = '"""The version."""\n\nVERSION = "0.2.0"\n'
CHANGELOG = "# Changelog\n\n## 0.2.0 (2026-12-01)\n\n- New.\n  And more.\n\n## 0.1.0\n\n- Old.\n"


def test_the_notes_are_the_newest_section() -> None:
    """Whole, without its heading; the first release has no section below."""
    assert notes("v0.2.0", CODE, CHANGELOG) == "- New.\n  And more."
    assert notes("v0.2.0", CODE, CHANGELOG.split("## 0.1.0")[0]) == "- New.\n  And more."


@pytest.mark.parametrize(
    ("tag", "changelog", "problem"),
    [
        ("v0.1.0", CHANGELOG, "the code says 0.2.0"),
        ("0.2.0", CHANGELOG, "tag v0.2.0"),
        (
            "v0.2.0",
            CHANGELOG.replace("0.2.0", "Unreleased"),
            "'Unreleased (2026-12-01)', not 0.2.0",
        ),
        ("v0.2.0", CHANGELOG.replace("0.2.0 (", "0.2.00 ("), "not 0.2.0"),
        ("v0.2.0", CHANGELOG.replace("- New.\n  And more.\n", ""), "says nothing of 0.2.0"),
        ("v0.2.0", "", "'none'"),
    ],
)
def test_what_does_not_agree_is_said(tag: str, changelog: str, problem: str) -> None:
    """Before anything is built."""
    with pytest.raises(NotReleasable) as error:
        notes(tag, CODE, changelog)
    assert problem in str(error.value)


def test_it_reads_this_checkouts_version_without_an_environment() -> None:
    """Under Python alone, as the workflow runs it."""
    command = [sys.executable, "-S", "-E", str(PROJECT / "scripts" / "release_notes.py"), "v0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"the code says {VERSION}" in done.stderr
