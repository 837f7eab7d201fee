"""`scripts/keys.py`: make, list, revoke."""

import subprocess
import sys
from pathlib import Path

import pytest

from reliability.books.audit_entries import AuditQuery
from reliability.books.audit_log import AuditLog
from reliability.errors import UnknownKey
from reliability.identity.api_keys import Quota, read_keys, verify

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


def test_expiry_and_quotas_are_taken_and_listed(tmp_path: Path) -> None:
    """As durations, times and sizes that people write."""
    file = tmp_path / "keys.json"
    bounds = ("--max-documents", "10", "--max-bytes", "2MiB", "--max-namespaces", "0")
    until = "2999-01-31T00:00:00+01:00"
    made = keys(file, "create", "--name", "r", "--role", "reader", "--expires", until, *bounds)
    key = verify(made.stdout.strip(), read_keys(file))
    assert (key.role, key.expires_at, key.quota) == ("reader", until, Quota(10, 2 * 2**20, 0))
    keys(file, "create", "--name", "short", "--expires", "30d")
    first, second = keys(file, "list").stdout.splitlines()
    assert f"valid until {until}" in first
    assert "at most 2097152 bytes" in first
    assert "at most 0 namespaces" in first
    assert "valid until 20" in second
    assert "at most" not in second


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--expires", "tomorrow"),
        ("--expires", "0d"),
        ("--expires", "2999-01-01"),
        ("--expires", "2001-01-01T00:00:00+00:00"),
        ("--max-documents", "-1"),
        ("--max-bytes", "1e9"),
        ("--max-bytes", "5 GB"),
        ("--name", "in\u202evoice"),
        ("--role", "root"),
    ],
)
def test_a_bound_that_means_nothing_makes_no_key(tmp_path: Path, option: str, value: str) -> None:
    """Nor one that is over already, nor a name that turns a line round."""
    file = tmp_path / "keys.json"
    refused = keys(file, "create", "--name", "x", option, value)
    assert refused.returncode == 2
    assert option in refused.stderr
    assert "\u202e" not in refused.stderr
    assert not file.exists()


def test_making_and_revoking_a_key_is_recorded_without_its_secret(tmp_path: Path) -> None:
    """In the audit log beside the key file."""
    file = tmp_path / "keys.json"
    made = keys(file, "create", "--name", "shop").stdout.strip()
    [key_id] = read_keys(file)
    keys(file, "revoke", key_id)
    audit = tmp_path / "audit.jsonl"
    entries = AuditLog(audit).read(AuditQuery()).entries
    assert [(e.act, e.what["key"], e.status) for e in entries] == [
        ("key.create", key_id, 0),
        ("key.revoke", key_id, 0),
    ]
    assert made.split("_", 2)[2] not in audit.read_text()
    assert audit.stat().st_mode & 0o777 == 0o600


def test_keys_made_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    """Each command reads what the other wrote."""
    file = tmp_path / "keys.json"
    command = [sys.executable, str(SCRIPT), "--file", str(file), "create", "--name"]
    running = [
        subprocess.Popen([*command, str(n)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for n in range(4)
    ]
    assert [process.wait() for process in running] == [0] * 4
    assert sorted(key.name for key in read_keys(file).values()) == ["0", "1", "2", "3"]


def test_a_broken_file_is_not_written_over(tmp_path: Path) -> None:
    """The place of what is wrong is told, and nothing is lost."""
    file = tmp_path / "keys.json"
    file.write_text('{"format": 1, "keys": {}}')
    refused = keys(file, "create", "--name", "x")
    assert refused.returncode == 1
    assert "keys:" in refused.stderr
    assert file.read_text() == '{"format": 1, "keys": {}}'
