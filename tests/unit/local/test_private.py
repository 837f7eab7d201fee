"""Places that only their owner reaches, whatever another user has planted there."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from deployments import private
from deployments.local import cluster, environment
from deployments.private import NotPrivate

NOBODY = 65534


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def as_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on what is on the disk belongs to another user than us."""
    monkeypatch.setattr(os, "getuid", lambda: NOBODY)


def test_a_new_folder_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        assert private.folder(tmp_path / "deep" / "run") == []
    finally:
        os.umask(before)
    assert mode(tmp_path / "deep" / "run") == 0o700
    assert mode(tmp_path / "deep") == 0o700
    private.check(tmp_path / "deep" / "run")


@pytest.mark.parametrize("open_mode", [0o777, 0o1777, 0o755, 0o701, 0o720])
def test_a_folder_that_was_open_is_closed_and_that_is_said(tmp_path: Path, open_mode: int) -> None:
    """As older versions left it."""
    folder = tmp_path / "run"
    folder.mkdir()
    folder.chmod(open_mode)
    with pytest.raises(NotPrivate, match="is open to others"):
        private.check(folder)
    (said,) = private.folder(folder)
    assert f"{open_mode:04o}" in said
    assert mode(folder) & 0o077 == 0
    assert private.folder(folder) == []


def link_to_a_folder(path: Path) -> None:
    (path.parent / "elsewhere").mkdir()
    path.symlink_to(path.parent / "elsewhere")


def link_to_nothing(path: Path) -> None:
    path.symlink_to(path.parent / "not-there")


def plain_file(path: Path) -> None:
    path.write_text("mine")


PLANTED: list[Callable[[Path], None]] = [link_to_a_folder, link_to_nothing, plain_file, os.mkfifo]


@pytest.mark.parametrize("plant", PLANTED)
def test_what_is_no_folder_is_refused_and_not_followed(
    tmp_path: Path, plant: Callable[[Path], None]
) -> None:
    path = tmp_path / "run"
    plant(path)
    for act in (private.folder, private.check):
        with pytest.raises(NotPrivate, match="remove it"):
            act(path)


def test_somebody_elses_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However its mode looks: its owner may change that at any time."""
    (tmp_path / "run").mkdir(mode=0o700)
    as_somebody_else(monkeypatch)
    with pytest.raises(NotPrivate, match="belongs to user"):
        private.folder(tmp_path / "run")


def test_a_way_through_a_folder_in_which_everybody_writes_is_refused(tmp_path: Path) -> None:
    """Whoever may rename a parent decides what lies behind it; not so in a sticky one."""
    open_folder = tmp_path / "open"
    open_folder.mkdir()
    open_folder.chmod(0o777)
    with pytest.raises(NotPrivate, match="everybody may write in"):
        private.folder(open_folder / "run")
    open_folder.chmod(0o1777)
    assert private.folder(open_folder / "run") == []


@pytest.mark.parametrize("plant", [link_to_a_folder, link_to_nothing, os.mkfifo, os.mkdir])
def test_a_planted_lock_or_note_is_refused(tmp_path: Path, plant: Callable[[Path], None]) -> None:
    """A pipe among them: opening it would wait for its other end for ever."""
    path = tmp_path / "lock"
    plant(path)
    with pytest.raises(NotPrivate):
        private.opened(path, os.O_RDWR)
    assert not (tmp_path / "not-there").exists()


def test_a_second_name_of_somebody_elses_file_is_refused(tmp_path: Path) -> None:
    """A hard link: truncating it would empty the other."""
    (tmp_path / "victim").write_text("precious")
    os.link(tmp_path / "victim", tmp_path / "log")
    with pytest.raises(NotPrivate, match="no file of ours alone"):
        private.opened(tmp_path / "log", os.O_WRONLY)
    assert (tmp_path / "victim").read_text() == "precious"


def test_writing_replaces_a_link_and_does_not_follow_it(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "note").symlink_to(tmp_path / "victim")
    private.write(tmp_path / "note", "ours")
    assert (tmp_path / "victim").read_text() == "precious"
    assert (tmp_path / "note").read_text() == "ours"
    assert mode(tmp_path / "note") == 0o600


def test_everything_below_is_tightened_and_counted_once(tmp_path: Path) -> None:
    """What the owner may do stays; a link's target outside is none of ours."""
    root, outside = tmp_path / "state", tmp_path / "outside"
    (root / "index").mkdir(parents=True)
    outside.write_text("x")
    (root / "index" / "data").write_text("x")
    (root / "tool").write_text("x")
    (root / "link").symlink_to(outside)
    for path, bits in ((root, 0o755), (root / "index", 0o777), (root / "index" / "data", 0o644)):
        path.chmod(bits)
    (root / "tool").chmod(0o755)
    outside.chmod(0o644)
    assert private.tighten(root) == 4
    assert [mode(p) for p in (root, root / "index", root / "index" / "data", root / "tool")] == [
        0o700,
        0o700,
        0o600,
        0o700,
    ]
    assert mode(outside) == 0o644
    assert private.tighten(root) == 0
    assert private.tighten(tmp_path / "not-there") == 0


def test_the_run_folder_of_an_older_version_is_put_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ray had set it to 0777: what lies in it may be anybody's. Its logs are kept, closed."""
    run = tmp_path / "bw-1"
    monkeypatch.setattr(environment, "run_folder_path", lambda state: run)
    monkeypatch.setattr(cluster, "run_folder_path", lambda state: run)
    (run / "session").mkdir(parents=True)
    (run / "ha").symlink_to(tmp_path)
    run.chmod(0o777)
    with pytest.raises(NotPrivate):
        environment.run_folder(tmp_path)
    said = cluster._private_run_folder(tmp_path)
    assert "0777" in said[0]
    assert environment.run_folder(tmp_path) == run
    assert list(run.iterdir()) == []
    (aside,) = tmp_path.glob("bw-1-*")
    assert mode(aside) == 0o700
    assert (aside / "session").is_dir()


def test_a_cluster_of_an_older_version_is_not_deployed_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It runs in an open folder; the word says what to do."""
    run = tmp_path / "bw-1"
    run.mkdir()
    run.chmod(0o777)
    monkeypatch.setattr(cluster, "run_folder_path", lambda state: run)
    with pytest.raises(NotPrivate, match="`brainwav down`, then `brainwav up`"):
        cluster.check_private(tmp_path)
