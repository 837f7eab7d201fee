"""What Ray starts in."""

from pathlib import Path

import pytest

from deployments.local import environment
from deployments.local.environment import Ports, haproxy_threads, ray_environment

SETTING = "RAY_SERVE_HAPROXY_NBTHREAD"


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 1), (4, 2), (8, 4), (64, 4)])
def test_haproxy_has_a_thread_for_every_two_cores(cores: int, threads: int) -> None:
    assert haproxy_threads(cores) == threads


def test_an_operator_decides_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By Serve's own setting."""
    monkeypatch.setattr(environment, "run_folder_path", lambda state: tmp_path)
    monkeypatch.setenv(SETTING, "3")
    ports = Ports(*range(20001, 20010))
    assert ray_environment(tmp_path, tmp_path, "some", ports)[SETTING] == "3"
