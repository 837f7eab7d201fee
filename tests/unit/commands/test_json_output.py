"""What other programs read of a command is JSON on stdout, and nothing else."""

import json
from pathlib import Path

import pytest

from tests.unit.commands.conftest import Call


def test_keys_are_listed_without_their_secrets(call: Call, home: Path) -> None:
    """With their quota and whether they are valid."""
    assert json.loads(call("keys", "list", "--json").stdout) == []
    made = call("keys", "create", "--name", "shop", "--max-bytes", "1KiB", "--expires", "1d")
    secret = made.stdout.strip()
    done = call("keys", "list", "--json")
    [key] = json.loads(done.stdout)
    assert (key["name"], key["role"], key["state"]) == ("shop", "client", "valid")
    assert key["quota"]["bytes"] == 1024
    assert key["namespaces"] is None
    assert secret.rpartition("_")[2] not in done.output
    assert "digest" not in key
    call("keys", "revoke", key["id"])
    [key] = json.loads(call("keys", "list", "--json").stdout)
    assert key["state"] == "revoked"


def test_mistakes_of_a_configuration_are_listed_by_place(call: Call, tmp_path: Path) -> None:
    """A file that cannot be read has one without a place; a good one has none."""
    wrong, broken = tmp_path / "wrong.yaml", tmp_path / "broken.yaml"
    wrong.write_text("applications: []\nhttp_options: {port: 99999}\n")
    broken.write_text("a: [")
    done = call("check", "--json", wrong, broken)
    assert done.exit_code == 1
    first, second = json.loads(done.stdout)
    assert first["file"] == str(wrong)
    told = {each["place"]: each["text"] for each in first["mistakes"]}
    assert told == {
        "applications": "is empty: name at least one",
        "http_options.port": "should be a port from 1 to 65535, not 99999",
    }
    assert [each["place"] for each in second["mistakes"]] == [None]
    done = call("check", "--json")
    assert done.exit_code == 0
    assert [each["mistakes"] for each in json.loads(done.stdout)] == [[]]


def test_down_says_what_it_stopped(call: Call, home: Path) -> None:
    """Nothing here; people read the same on stderr."""
    done = call("down", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {"home": str(home), "stopped_processes": 0}
    assert done.stderr == "brAInwav: nothing was running\n"
    assert call("down").stdout == done.stderr


def test_up_says_where_the_service_is(
    call: Call, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How far it is goes to stderr."""

    def started(home: Path, file: Path, port: object, timeout_s: float, say, model: object) -> str:
        say("deploying")
        return "http://127.0.0.1:8123"

    monkeypatch.setattr("deployments.commands.up.bring_up", started)
    done = call("up", "--json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert (found["url"], found["home"]) == ("http://127.0.0.1:8123", str(home))
    assert found["seconds"] >= 0.0
    assert "deploying" in done.stderr


@pytest.mark.parametrize("command", [["index"], ["embed", "--out", "vectors"]], ids=lambda c: c[0])
def test_jobs_are_told_by_source(call: Call, tmp_path: Path, command: list[str]) -> None:
    """A dry run says how many items there are."""
    table = tmp_path / "mugs.csv"
    table.write_text("id,text,price\na,a red mug,3.5\nb,a blue mug,4\n")
    done = call(*command, "--dry-run", "--json", table)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {
        "jobs": [{"source": str(table), "items": 2, "dry_run": True}]
    }
    assert "price" in done.stderr
