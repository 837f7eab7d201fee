"""k6's verdict is the gate's, whatever k6 is."""

from pathlib import Path

import pytest

from deployments.remote.k6_gate import ROUTES, K6Gate

PROJECT = Path(__file__).resolve().parents[3]


def fake_k6(folder: Path, body: str) -> str:
    """A k6 that notes the last argument and its address, then does as told."""
    path = folder / "k6"
    path.write_text(
        f'#!/bin/sh\nfor last; do :; done\necho "$URL $KEY $last" >> {folder}/log\n{body}'
    )
    path.chmod(0o700)
    return str(path)


def gate(folder: Path, body: str) -> K6Gate:
    return K6Gate(fake_k6(folder, body), PROJECT / "scripts" / "k6", "http://here", "bw_key")


def test_every_script_is_asked_with_the_address_and_the_key(tmp_path: Path) -> None:
    """And each of them exists."""
    assert gate(tmp_path, "exit 0")() == []
    asked = [line.split(" ", 2) for line in (tmp_path / "log").read_text().splitlines()]
    assert [Path(script).stem for _, _, script in asked] == list(ROUTES)
    assert all(Path(script).exists() for _, _, script in asked)
    assert {(url, key) for url, key, _ in asked} == {("http://here", "bw_key")}


@pytest.mark.parametrize(("status", "what"), [(99, "a threshold broke"), (107, "ended with 107")])
def test_a_script_that_fails_closes_the_gate(tmp_path: Path, status: int, what: str) -> None:
    """A broken threshold and a script that could not run are told apart, and neither passes."""
    body = f'case "$last" in *search.js) echo p95 too high; exit {status};; esac'
    [problem] = gate(tmp_path, body)()
    assert problem.startswith(f"search: {what}" if status == 99 else f"search: k6 {what}")
    assert "p95 too high" in problem
