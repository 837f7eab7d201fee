"""What other programs read of a command is JSON on stdout, and nothing else."""

import json
from pathlib import Path

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
