"""What a configuration keeps on this disk is closed to other users before it starts."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from deployments.preflight import footprint
from deployments.private import NotPrivate

OPEN = (
    "state/cluster.json",
    "far/index/documents.lance/data/0.lance",
    "far/metrics.sqlite",
    "far/metrics.sqlite-wal",
    "far/buckets.sqlite",
    "far/energy-vm.sqlite",
    "keys/keys.json",
)


@pytest.fixture
def config(tmp_path: Path) -> dict[str, Any]:
    """An index, and all beside it, somewhere else than the state folder; left by umask 022."""
    for name in (*OPEN, "far/other.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
        path.chmod(0o644)
    for folder in tmp_path.rglob("*"):
        if folder.is_dir():
            folder.chmod(0o755)
    args = {
        "index": {"uri": str(tmp_path / "far" / "index")},
        "identity": {"keys_file": str(tmp_path / "keys" / "keys.json")},
    }
    ours = {"name": "brainwav", "import_path": "graph:build", "args": args}
    return {"applications": [ours, {"name": "other", "import_path": "other:app"}]}


def test_all_of_it_is_closed_and_that_is_said_once(tmp_path: Path, config: dict[str, Any]) -> None:
    said = "\n".join(footprint.close(config, tmp_path / "state"))
    for name in OPEN:
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600, name
    assert stat.S_IMODE((tmp_path / "far" / "index").stat().st_mode) == 0o700
    assert str(tmp_path / "far" / "index") in said
    assert str(tmp_path / "keys" / "keys.json") in said
    assert footprint.close(config, tmp_path / "state") == []


def test_what_is_not_the_services_stays_as_it_is(tmp_path: Path, config: dict[str, Any]) -> None:
    footprint.close(config, tmp_path / "state")
    assert stat.S_IMODE((tmp_path / "far" / "other.txt").stat().st_mode) == 0o644
    assert stat.S_IMODE((tmp_path / "far").stat().st_mode) == 0o755


def test_a_link_of_ours_to_another_disk_is_followed(tmp_path: Path, config: dict[str, Any]) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "state")
    footprint.close(config, tmp_path / "link")
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a link of somebody else")
def test_a_link_of_somebody_else_is_refused(tmp_path: Path, config: dict[str, Any]) -> None:
    """Whoever made it chose where the token goes."""
    (tmp_path / "link").symlink_to(tmp_path / "state")
    os.lchown(tmp_path / "link", 65534, 65534)
    with pytest.raises(NotPrivate, match="a link of user 65534"):
        footprint.close(config, tmp_path / "link")


def test_an_index_on_object_storage_has_no_place_here(config: dict[str, Any]) -> None:
    config["applications"][0]["args"]["index"]["uri"] = "s3://bucket/index"
    assert "s3:" not in " ".join(map(str, footprint.places(config)))


def test_without_keys_it_is_told(config: dict[str, Any]) -> None:
    assert not footprint.is_keyless(config)
    config["applications"][0]["args"]["identity"]["keys_file"] = None
    assert footprint.is_keyless(config)
