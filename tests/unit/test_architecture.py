"""What the house rules say of the code, checked on the code."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import api.errors
import deployments.batching.batch
import reliability.errors
import retrieval.clip.errors
import retrieval.errors
import sustainability.errors

PROJECT = Path(__file__).resolve().parents[2]


def subclasses(root: type) -> list[type]:
    return [root, *(below for child in root.__subclasses__() for below in subclasses(child))]


@pytest.mark.parametrize(
    "error",
    [
        *subclasses(retrieval.errors.RetrievalError),
        *subclasses(retrieval.clip.errors.ClipError),
        *subclasses(api.errors.ApiError),
        *subclasses(reliability.errors.ReliabilityError),
        *subclasses(sustainability.errors.SustainabilityError),
        deployments.batching.batch.QueueFull,
        *subclasses(deployments.batching.batch.BatcherClosed),
        deployments.batching.batch.WorkerDied,
    ],
)
def test_every_error_survives_the_trip_between_replicas(error: type[Exception]) -> None:
    """Pickled and back, with its message."""
    again = pickle.loads(pickle.dumps(error("what happened")))
    assert type(again) is error
    assert str(again) == "what happened"


def test_no_error_travels_in_a_group() -> None:
    """What a TaskGroup raises nobody translates; `deployments.together` raises the error itself."""
    packages = ("agents", "api", "deployments", "reliability", "retrieval", "sustainability")
    files = [path for package in packages for path in (PROJECT / package).rglob("*.py")]
    assert len(files) > 200
    assert not [path for path in files if "asyncio.TaskGroup(" in path.read_text()]


def test_a_refusal_keeps_its_place_over_the_trip() -> None:
    """``where`` and ``status`` are not lost on the way to the ingress."""
    refusal = retrieval.errors.InvalidFilter("no such op", "filter.op")
    assert pickle.loads(pickle.dumps(refusal)).where == "filter.op"
    request = api.errors.BadRequest("too many", "too_many_items", {"where": "inputs"}, 413)
    again = pickle.loads(pickle.dumps(request))
    assert (again.status, again.code, again.details) == (413, "too_many_items", {"where": "inputs"})


def test_dependencies_point_downwards() -> None:
    """import-linter's contracts hold."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_lock_files_carry_versions_and_hashes_only() -> None:
    """No index address, and no line without a hash."""
    locks = list((PROJECT / "requirements").glob("*.lock"))
    assert locks
    for path in locks:
        text = path.read_text()
        assert "http" not in [line.split(":")[0] for line in text.splitlines()]
        assert "--index-url" not in text
        assert "--find-links" not in text
        names = [line for line in text.splitlines() if "==" in line and not line.startswith(" ")]
        assert names
        assert text.count("--hash=sha256:") >= len(names)
