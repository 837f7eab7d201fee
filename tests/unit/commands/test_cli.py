"""`brainwav`: every command can be found, explained and completed; failures are one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.app import VERSION as OF_THE_API
from api.version import VERSION
from deployments.cli import COMMANDS, cli
from deployments.commands import base
from tests.unit.commands.conftest import Call

PROJECT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, call: Call) -> None:
    """Its help says what it does, and each of its options has a word or a choice."""
    shown = call(name, "--help")
    assert shown.exit_code == 0, shown.output
    assert shown.output.startswith(f"Usage: cli {name}")
    assert len(shown.output.splitlines()) > 4


def test_the_list_of_commands_is_complete_and_imports_none_of_them(call: Call) -> None:
    """`brainwav --help` is quick: Ray, torch and Lance stay where they are."""
    shown = call("--help").output
    assert [name for name in COMMANDS if f"\n  {name} " not in shown] == []
    code = (
        "import sys; from click.testing import CliRunner; from deployments.cli import cli\n"
        "assert CliRunner().invoke(cli, ['--help']).exit_code == 0\n"
        "print([name for name in ('ray', 'torch', 'lancedb', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT
    )
    assert done.stdout.strip() == "[]"


def test_there_is_one_version(call: Call) -> None:
    """Of the command, the API and the package."""
    assert VERSION in call("--version").output
    assert OF_THE_API == VERSION
    assert "api.version.VERSION" in (PROJECT / "pyproject.toml").read_text()


@pytest.mark.parametrize(
    "arguments",
    [
        ("search", "mug"),
        ("plan", "a mug"),
        ("demo",),
        ("report",),
        ("status",),
        ("env",),
        ("dashboard",),
    ],
    ids=lambda arguments: arguments[0],
)
def test_where_nothing_runs_that_is_said_in_one_line(
    arguments: tuple[str, ...], call: Call, home: Path
) -> None:
    """With an exit status of its own, the home's name and what to do; nobody's port is asked."""
    done = call(*arguments)
    assert done.exit_code == base.NOTHING_RUNS
    assert str(home) in done.output
    assert "brainwav up" in done.output
    assert "Traceback" not in done.output


def test_a_wrong_call_is_no_failure_of_the_service(call: Call) -> None:
    """Exit status 2, as for every command line."""
    assert call("search").exit_code == 2
    assert call("embed", "a", "b", "--out", "c").exit_code == 2
    assert call("nosuch").exit_code == 2


def test_an_interruption_leaves_no_traceback(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """`up` says what is left running."""

    def interrupt(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("deployments.commands.up.bring_up", interrupt)
    done = call("up")
    assert done.exit_code == base.INTERRUPTED
    assert "left running" in done.output
    assert "Traceback" not in done.output


def test_an_interruption_before_a_command_began_leaves_none_either(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some take a second to be imported."""

    def interrupt(_name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("deployments.cli.importlib.import_module", interrupt)
    done = call("up")
    assert done.exit_code == base.INTERRUPTED
    assert "nothing was done" in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_complete(shell: str, call: Call) -> None:
    """The script names the command and its variable."""
    assert "_BRAINWAV_COMPLETE" in call("completion", shell).output


def test_a_prefix_is_completed() -> None:
    """As the script asks for it."""
    asked = {
        "COMP_WORDS": "brainwav stat",
        "COMP_CWORD": "1",
        "_BRAINWAV_COMPLETE": "bash_complete",
    }
    code = "from deployments.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT,
        env=os.environ | asked,
    )
    assert done.stdout == "plain,status\n"


def test_no_command_changes_the_import_path() -> None:
    """Only the wrappers at the old paths do."""
    sources = sorted((PROJECT / "deployments").rglob("*.py"))
    assert sources
    assert [path for path in sources if "sys.path.insert" in path.read_text()] == []
    assert cli.name == "cli"
