"""`brainwav mcp`: what it refuses, and that an assistant can start it."""

import asyncio
import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from assistant_samples import KeyedService
from click.testing import CliRunner
from mcp import Client, StdioServerParameters

from deployments.cli import cli
from deployments.commands.client import mcp_server


@pytest.mark.parametrize(
    "options", [["--files", "."], ["--files", ".", "--allow-writes", "--http", "9"]]
)
def test_files_are_read_for_one_that_may_write_here(options: list[str]) -> None:
    """Not for callers over HTTP, and not where nothing is written."""
    done = CliRunner().invoke(cli, ["mcp", "--url", "http://127.0.0.1:9", *options])
    assert done.exit_code == 2
    assert "--files" in done.output


def test_without_the_sdk_the_command_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In one line."""
    monkeypatch.setattr(mcp_server, "NEEDED", "no_such_package")
    done = CliRunner().invoke(cli, ["mcp", "--url", "http://127.0.0.1:9"])
    assert done.exit_code == 1
    assert "brainwav-serve[mcp]" in done.output


def test_a_port_that_is_taken_is_said_in_one_line() -> None:
    """Before anything is served."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = ["mcp", "--url", "http://127.0.0.1:9", "--http", port]
        done = CliRunner().invoke(cli, command)
    assert done.exit_code == 1
    assert port in done.output
    assert "Traceback" not in done.output


@pytest.mark.slow
def test_an_assistant_starts_it_and_searches(service: KeyedService, tmp_path: Path) -> None:
    """Over standard input and output, with the key of the environment."""
    environment = dict(os.environ) | {
        "BRAINWAV_URL": service.url,
        "BRAINWAV_API_KEY": service.owner["Authorization"].removeprefix("Bearer "),
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        "BRAINWAV_HOME": str(tmp_path),
    }
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "deployments.cli", "mcp"], env=environment
    )

    async def talk() -> Any:
        async with Client(command) as client:
            return await client.call_tool("search", {"query": "a red mug", "namespace": "shop"})

    found = asyncio.run(talk())
    assert found.structured_content["data"]["results"][0]["id"] == "mug"
