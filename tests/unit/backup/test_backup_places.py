"""Every part goes back to where the configuration keeps it."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from deployments.backup.places import Places, index_place
from deployments.home import PROJECT
from reliability.books.audit_entries import AuditQuery
from reliability.books.audit_log import AuditLog
from tests.unit.backup.small_service import make

ROOT = Path(__file__).parents[3]


def configured(folder: Path, **args: object) -> Path:
    """Write a configuration whose service differs from the shipped one in ``args``."""
    config = yaml.safe_load((ROOT / "serve_config.yaml").read_text())
    config["applications"][0].setdefault("args", {}).update(args)
    path = folder / "serve_config.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


def test_files_that_settings_put_elsewhere_keep_one_name_in_a_backup(tmp_path: Path) -> None:
    """Buckets and the books of each host; restored under the names of another configuration."""
    books, index = tmp_path / "books", tmp_path / "data" / "index"
    for folder in (books, index.parent):
        folder.mkdir()
    config = configured(
        tmp_path,
        index={"uri": str(index)},
        limiter={"file": str(books / "tokens.db")},
        energy={"file": str(books / "joules.sqlite")},
    )
    files = [books / "joules-a.sqlite", books / "joules-b.sqlite", books / "tokens.db"]
    files += [index.parent / "metrics.sqlite"]
    for file in (*files, index.parent / ".restoring-1-metrics.sqlite"):
        file.write_bytes(b"")
    places = Places.of(config, tmp_path / "state")
    named = dict(places.databases())
    assert set(named) == {
        "state/metrics.sqlite",
        "state/buckets.sqlite",
        "state/energy-a.sqlite",
        "state/energy-b.sqlite",
    }
    assert {places.target(name) for name in named} == set(files)
    other = Places.below(tmp_path / "other")
    assert other.target("state/energy-a.sqlite") == tmp_path / "other" / "energy-a.sqlite"


def test_the_shipped_configuration_keeps_all_in_one_folder() -> None:
    """As `make up` leaves it."""
    places = Places.of(PROJECT / "serve_config.yaml")
    state = PROJECT / ".brainwav"
    assert (places.index, places.beside, places.keys) == (
        str(state / "index"),
        state,
        state / "keys.json",
    )
    assert places.settings == (PROJECT / "serve_config.yaml",)
    assert not places.elsewhere


def test_a_part_that_is_not_known_has_no_place(tmp_path: Path) -> None:
    """A later release may have more of them."""
    with pytest.raises(KeyError):
        Places.below(tmp_path).target("wonders/a")


def test_object_storage_is_found_by_lances_own_options() -> None:
    """Endpoint, credentials and region."""
    options = {"endpoint": "http://127.0.0.1:1", "aws_access_key_id": "a"}
    options |= {"aws_secret_access_key": "b", "region": "eu-central-1", "allow_http": "true"}
    system, path = index_place("s3://bucket/an/index/", options)
    assert path == "bucket/an/index"
    assert system.region == "eu-central-1"  # type: ignore[attr-defined]


@pytest.mark.slow
def test_the_commands_copy_compare_and_restore(tmp_path: Path) -> None:
    """By a configuration file; exit status 1 and one line where they refuse."""
    state = tmp_path / "state"
    make(state)
    config = configured(tmp_path, index={"uri": str(state / "index")})
    given = ["--config", str(config), "--state", str(state)]

    def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / "scripts" / script), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    made = run("backup.py", *given, "--to", tmp_path / "backup.tar")
    assert made.returncode == 0, made.stderr
    assert "ns.shop: 2 rows" in made.stdout
    assert "whole" in run("restore.py", tmp_path / "backup.tar", "--check").stdout
    refused = run("restore.py", tmp_path / "backup.tar", *given)
    assert refused.returncode == 1
    assert refused.stderr.startswith("brAInwav: there is something already")
    assert len(refused.stderr.splitlines()) == 1
    restored = run("restore.py", tmp_path / "backup.tar", "--to", tmp_path / "other")
    assert restored.returncode == 0, restored.stderr
    assert (tmp_path / "other" / "index" / "ns.shop.lance").is_dir()
    assert (tmp_path / "other" / "settings" / "serve_config.yaml").is_file()
    acts = [(e.act, e.status) for e in AuditLog(state / "audit.jsonl").read(AuditQuery()).entries]
    assert acts == [("backup", 0), ("restore", 1)]
    # The restored log knows of the backup it came in, which had not ended then.
    there = AuditLog(tmp_path / "other" / "audit.jsonl").read(AuditQuery()).entries
    assert [(entry.act, entry.status) for entry in there] == [("backup", None), ("restore", 0)]
