"""Every single write fails in turn, for each that keeps state: nothing is lost or doubled.

Begin, each statement and the commit fail, carried out or not, for each reason; then a whole
stretch of writes fails. After the next success memory is what it would have been, and so is what
a restart finds.
"""

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.errors import StoreDown
from tests.unit.storage.faults import CODES, Faults, When, locked
from tests.unit.storage.users import LIVES, STEPS, Life, lived

Make = Callable[..., Life]


def found_by_a_restart(make: Make, path: Path) -> Any:
    """Return what a process finds that starts now, the one before it killed."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("", "-wal"):
            beside = path.with_name(path.name + name)
            if beside.exists():
                shutil.copy(beside, folder)
        life = make(Path(folder) / path.name)
        try:
            return life.state()
        finally:
            life.end()


def unharmed(make: Make, folder: Path) -> tuple[list[Any], list[int]]:
    """Return the state after each step without a fault, and the statements made by then."""
    faults = Faults()
    life = make(folder / "unharmed.sqlite", faults.opened)
    states, counts = [found_by_a_restart(make, folder / "new.sqlite")], [faults.count]
    for number in range(STEPS):
        life.step(number)
        states.append(life.state())
        counts.append(faults.count)
    life.end()
    return states, counts


@pytest.fixture(params=sorted(LIVES), scope="module")
def make(request: pytest.FixtureRequest) -> Make:
    return LIVES[request.param]


@pytest.fixture(scope="module")
def known(make: Make, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Any], list[int]]:
    return unharmed(make, tmp_path_factory.mktemp("unharmed"))


@pytest.mark.parametrize("when", ["before", "after"], ids=["not carried out", "carried out"])
@pytest.mark.parametrize("what", sorted(CODES))
def test_every_statement_may_fail_and_nothing_is_lost(
    make: Make, known: tuple[list[Any], list[int]], what: str, when: When, tmp_path: Path
) -> None:
    """The step that failed is made good by the next, to the last figure."""
    states, counts = known
    for at in range(counts[0], counts[-2]):
        path = tmp_path / f"{at}.sqlite"
        faults = Faults(at, when, what)
        life = make(path, faults.opened)
        failed = next(number for number in range(STEPS) if at < counts[number + 1])
        assert lived(life, 0, failed) == []
        assert lived(life, failed, failed + 1) == [failed]
        assert not life.health().ok
        # Killed now, it finds what was written before, or all of what may have been.
        assert found_by_a_restart(make, path) in states[failed : failed + 2]
        if make is LIVES["limiter"]:
            # Nobody was told of a loan: whoever asked asks again.
            assert lived(life, failed, failed + 1) == []
        assert lived(life, failed + 1, STEPS) == []
        assert life.health().ok
        assert life.health().failures == 1
        assert life.state() == states[-1]
        life.end()
        assert found_by_a_restart(make, path) == states[-1]


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_fault_that_lasts_passes(
    make: Make, known: tuple[list[Any], list[int]], tmp_path_factory, data: st.DataObject
) -> None:
    """From some statement on everything fails, undoing too, until it does not."""
    states, counts = known
    path = tmp_path_factory.mktemp("lasting") / "state.sqlite"
    at = data.draw(st.integers(counts[0], counts[-2] - 1))
    what = data.draw(st.sampled_from(sorted(CODES)))
    when: When = data.draw(st.sampled_from(["before", "after"]))
    faults = Faults(at, when, what, keeps_failing=True)
    life = make(path, faults.opened)
    failed = [*lived(life, 0, STEPS - 1)]
    assert failed
    assert failed == list(range(failed[0], STEPS - 1))
    assert not life.health().ok
    faults.end()
    if make is LIVES["limiter"]:
        assert lived(life, failed[0], STEPS - 1) == []
    life.step(STEPS - 1)
    assert life.health().ok
    assert life.state() == states[-1]
    life.end()
    assert found_by_a_restart(make, path) == states[-1]


def test_a_lock_of_another_process_passes(make: Make, known, tmp_path: Path) -> None:
    """While it lasts every step says so; after it the very next one is written."""
    states, _ = known
    path = tmp_path / "state.sqlite"
    life = make(path)
    life.step(0)
    with locked(path):
        for number in (1, 2):
            with pytest.raises(StoreDown, match="locked"):
                life.step(number)
        assert "locked" in life.health().problem
        assert found_by_a_restart(make, path) == states[1]
    if make is LIVES["limiter"]:
        assert lived(life, 1, 3) == []
    assert lived(life, 3) == []
    assert life.health().ok
    assert life.state() == states[-1]
    life.end()
    assert found_by_a_restart(make, path) == states[-1]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a megabyte, where one may be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def filled(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1024))


def test_a_disk_that_is_full_passes(make: Make, known, small_disk: Path) -> None:
    """Really full: not a page more fits, until somebody makes room."""
    states, _ = known
    life = make(small_disk / "state.sqlite")
    life.step(0)
    ballast = small_disk / "ballast"
    filled(ballast)
    failed = lived(life, 1, STEPS - 1)
    assert failed
    assert not life.health().ok
    ballast.unlink()
    if make is LIVES["limiter"]:
        assert lived(life, failed[0], STEPS - 1) == []
    life.step(STEPS - 1)
    assert life.health().ok
    assert life.state() == states[-1]
    life.end()
    assert found_by_a_restart(make, small_disk / "state.sqlite") == states[-1]


def test_a_file_that_may_not_grow_passes(make: Make, known, tmp_path: Path) -> None:
    """A quota, where nothing can be mounted."""
    states, _ = known
    life = make(tmp_path / "state.sqlite")
    life.step(0)
    store = life.store()
    [pages] = store.db.execute("PRAGMA page_count").fetchone()
    store.db.execute(f"PRAGMA max_page_count = {pages}")
    failed = lived(life, 1, STEPS - 1)
    store.db.execute("PRAGMA max_page_count = 100000")
    if make is LIVES["limiter"] and failed:
        assert lived(life, failed[0], STEPS - 1) == []
    life.step(STEPS - 1)
    assert life.state() == states[-1]
    life.end()
    assert found_by_a_restart(make, tmp_path / "state.sqlite") == states[-1]
