"""`scripts/keys.py`: make, list, revoke."""

import subprocess
import sys
from pathlib import Path

import pytest

from reliability.api_keys import read_keys, verify
from reliability.errors import UnknownKey

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "keys.py"


def keys(file: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), "--file", str(file), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_key_is_made_shown_once_listed_and_revoked(tmp_path: Path) -> None:
    """Its secret is printed by `create` and by nothing else."""
    file = tmp_path / "keys.json"
    made = keys(file, "create", "--name", "shop", "--namespace", "demo").stdout.strip()
    key = verify(made, read_keys(file))
    assert (key.name, key.role, key.namespaces) == ("shop", "client", ("demo",))
    listed = keys(file, "list").stdout
    assert key.id in listed
    assert made.split("_", 2)[2] not in listed
    assert keys(file, "revoke", key.id).returncode == 0
    with pytest.raises(UnknownKey):
        verify(made, read_keys(file))


def test_a_wrong_command_says_why(tmp_path: Path) -> None:
    """An unknown id, a namespace that cannot be."""
    file = tmp_path / "keys.json"
    assert "no key 'nobody'" in keys(file, "revoke", "nobody").stderr
    assert "namespace" in keys(file, "create", "--name", "x", "--namespace", "No!").stderr


def test_the_file_may_be_named_after_the_command(tmp_path: Path) -> None:
    """One key each way, both in that file."""
    file = tmp_path / "keys.json"
    keys(file, "create", "--name", "one")
    command = [sys.executable, str(SCRIPT), "create", "--name", "two", "--file", str(file)]
    subprocess.run(command, capture_output=True, check=True)
    assert {key.name for key in read_keys(file).values()} == {"one", "two"}
