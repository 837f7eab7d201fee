"""What people get wrong at a command line ends in one line that says so, and changes nothing."""

from pathlib import Path

import pytest

from deployments.commands import base
from tests.unit.commands.conftest import Call


@pytest.fixture(autouse=True)
def nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not refused shall not start Ray here."""

    def started(*_arguments: object) -> None:
        raise AssertionError("it was started")

    monkeypatch.setattr("deployments.commands.up.bring_up", started)


@pytest.mark.parametrize(
    "arguments",
    [
        ("deploy", "--token-file", "/nowhere/token"),
        ("deploy", "--token-file", "/"),
        ("report", "--url", "http://127.0.0.1:9", "--key-file", "/nowhere/key"),
        ("keys", "--file", "/proc/nowhere/keys.json", "create", "--name", "a"),
        ("keys", "create", "--name", "a", "--audit", "/proc/nowhere/audit.jsonl"),
        ("backup", "--to", "/proc/nowhere"),
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_a_file_that_is_not_there_is_named(arguments: tuple[str, ...], call: Call) -> None:
    """Without a traceback, whichever command reads or writes it."""
    call("keys", "create", "--name", "first")
    done = call(*arguments)
    assert done.exit_code == base.FAILED
    last = done.output.strip().splitlines()[-1]
    assert last.startswith("brAInwav: ")
    assert done.exception is None or isinstance(done.exception, SystemExit)


@pytest.mark.parametrize("command", ["status", "down", "up"])
def test_an_empty_home_is_nobodys(
    command: str, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--home "$UNSET"` would be the folder one stands in."""
    monkeypatch.chdir(tmp_path)
    for done in (call("--home", "", command), call(command, "--home", "")):
        assert done.exit_code == 2
        assert "empty" in done.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("up", "--timeout-s", "-1"),
        ("up", "--timeout-s", "0"),
        ("up", "--timeout-s", "nan"),
        ("deploy", "--timeout-s", "0"),
        ("deploy", "--gate-seconds", "-1"),
        ("deploy", "--max-p95-ms", "0"),
        ("reembed", "--next", "x.yaml", "--timeout-s", "0"),
        ("reembed", "--next", "x.yaml", "--gate-seconds", "-1"),
        ("reembed", "--next", "x.yaml", "--threads", "0"),
        ("plan", "a mug", "--limit", "0"),
        ("index", "x", "--slowdown", "0.5"),
        ("index", "x", "--slowest-ms", "0"),
    ],
    ids=" ".join,
)
def test_a_number_that_means_nothing_is_a_wrong_call(
    arguments: tuple[str, ...], call: Call
) -> None:
    """Before anything is started or asked."""
    done = call(*arguments)
    assert done.exit_code == 2, done.output
    assert arguments[-2] in done.output


@pytest.mark.parametrize("name", ["", " ", "\t"])
def test_a_key_is_for_somebody(name: str, call: Call, home: Path) -> None:
    """A list of keys without names tells nobody whose to revoke."""
    assert call("keys", "create", "--name", name).exit_code == 2
    assert not (home / "keys.json").exists()


def test_no_keys_are_said(call: Call, home: Path) -> None:
    """Not by silence, which a wrong home looks like too."""
    done = call("keys", "list")
    assert done.exit_code == 0
    assert str(home / "keys.json") in done.output


@pytest.mark.parametrize("command", [("index",), ("embed", "--out", "vectors")])
def test_a_job_asks_first_whether_a_service_runs(
    command: tuple[str, ...], call: Call, home: Path, tmp_path: Path
) -> None:
    """Before a folder of a million pictures is listed, and before anything is noted."""
    done = call(*command, tmp_path / "not there")
    assert done.exit_code == base.NOTHING_RUNS
    assert "brainwav up" in done.output
    assert not home.exists()


def test_a_dry_run_needs_no_service(call: Call, tmp_path: Path) -> None:
    """It only reads."""
    (tmp_path / "a.csv").write_text("text\nhello\n")
    done = call("index", tmp_path / "a.csv", "--dry-run")
    assert done.exit_code == 0, done.output


def test_nothing_is_no_backup(call: Call, home: Path, tmp_path: Path) -> None:
    """A home that was misspelt would look kept."""
    done = call("backup", "--to", tmp_path / "kept")
    assert done.exit_code == base.FAILED
    assert str(home) in done.output
    assert not (tmp_path / "kept").exists()
    assert not home.exists()
