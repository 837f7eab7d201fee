"""What a failed deployment goes back to is what last ran, not what was put there last."""

import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from deployments.remote.errors import GateClosed, NotRunning
from deployments.remote.last_run import LastRun, ran
from deployments.remote.release import Release, ReleaseClock

ADDRESS = "http://127.0.0.1:8265"


def config(version: str) -> dict[str, Any]:
    return {"applications": [{"name": "brainwav", "args": {"version": version}}]}


class FakeServe:
    """A Serve that remembers what it was given last; versions with `bad` in them never run."""

    def __init__(self) -> None:
        self.config: Mapping[str, Any] | None = None
        self.puts: list[str] = []

    def put(self, config: Mapping[str, Any]) -> None:
        self.config = config
        self.puts.append(config["applications"][0]["args"]["version"])

    def details(self) -> dict[str, Any]:
        apps = self.config["applications"] if self.config else []
        return {
            "applications": {
                app["name"]: {
                    "status": "DEPLOY_FAILED" if "bad" in app["args"]["version"] else "RUNNING",
                    "message": "",
                    "deployed_app_config": app,
                    "deployments": {},
                }
                for app in apps
            }
        }


class Time:
    now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def deploy(serve: FakeServe, home: Path, version: str, *problems: str) -> None:
    time = Time()
    clock = ReleaseClock(lambda: time.now, time.sleep)
    last_run = LastRun(home, ADDRESS)
    release = Release(serve, lambda: problems, 60, lambda line: None, clock, last_run)
    release.deploy(config(version))


def test_two_failures_in_a_row_go_back_to_what_ran(tmp_path: Path) -> None:
    """Also where the first of them was somebody else's, or was killed before it went back."""
    serve = FakeServe()
    deploy(serve, tmp_path, "one")
    serve.put(config("bad by hand"))
    serve.puts.clear()
    for version in ("bad", "bad again"):
        with pytest.raises(NotRunning):
            deploy(serve, tmp_path, version)
    assert serve.puts == ["bad", "one", "bad again", "one"]
    deploy(serve, tmp_path, "two")
    with pytest.raises(GateClosed):
        deploy(serve, tmp_path, "slow", "p95")
    assert serve.puts[4:] == ["two", "slow", "two"]


def test_what_somebody_deployed_by_hand_and_ran_is_gone_back_to(tmp_path: Path) -> None:
    """`serve deploy` writes nothing down; Serve says that it runs."""
    serve = FakeServe()
    deploy(serve, tmp_path, "one")
    serve.put(config("by hand"))
    with pytest.raises(NotRunning):
        deploy(serve, tmp_path, "bad")
    assert serve.puts[-1] == "by hand"
    serve.put(config("bad by hand"))
    with pytest.raises(NotRunning):
        deploy(serve, tmp_path, "bad")
    assert serve.puts[-1] == "by hand"


def test_a_failure_before_which_nothing_ran_is_not_gone_back_to(tmp_path: Path) -> None:
    """The second failure has no version to put back: the first never ran."""
    serve = FakeServe()
    for version in ("bad", "bad again"):
        with pytest.raises(NotRunning):
            deploy(serve, tmp_path, version)
    assert serve.puts == ["bad", "bad again"]


def test_what_became_unhealthy_had_run() -> None:
    """Unlike what is being deployed, or failed to be; all applications count."""
    for states, expected in [
        (["RUNNING"], True),
        (["UNHEALTHY", "RUNNING"], True),
        (["DEPLOYING"], False),
        (["RUNNING", "DEPLOY_FAILED"], False),
    ]:
        apps = {
            str(n): {"status": state, "deployed_app_config": {"name": str(n)}}
            for n, state in enumerate(states)
        }
        assert (ran({"applications": apps}) is not None) == expected
    assert ran({"applications": {}}) is None


def test_nobody_else_reads_what_is_written_down(tmp_path: Path) -> None:
    """It may hold a password of Redis; and each cluster has its own."""
    home = tmp_path / "home"
    one, other = LastRun(home, ADDRESS), LastRun(home, "http://127.0.0.1:8266")
    one.keep(config("one"))
    assert one.file != other.file
    assert stat.S_IMODE(one.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_a_damaged_file_is_no_version(tmp_path: Path) -> None:
    """Half a file, or one of something else."""
    serve = FakeServe()
    serve.put(config("bad"))
    last_run = LastRun(tmp_path, ADDRESS)
    for text in ("{", "[]", "{}", '{"applications": []}'):
        last_run.file.write_text(text)
        assert last_run.before(serve.details()) is None
