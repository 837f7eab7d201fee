"""Which service a command talks to: the recorded one of its home, unless an address is given."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import httpx

from deployments.commands.base import CommandFailed, Function, NothingRuns
from deployments.local import cluster

KEY, URL = "BRAINWAV_API_KEY", "BRAINWAV_URL"


@dataclass(frozen=True, slots=True)
class RunningService:
    """A service to talk to, and how one knows of it."""

    url: str
    known_by: str

    @property
    def headers(self) -> dict[str, str]:
        """What shows the key of the environment; nothing where there is none."""
        key = os.environ.get(KEY)
        return {"Authorization": f"Bearer {key}"} if key else {}

    def client(self, timeout_s: float = 60) -> httpx.Client:
        """Return a client that shows the key of the environment."""
        return httpx.Client(base_url=self.url, headers=self.headers, timeout=timeout_s)

    def announce(self) -> None:
        """Say on stderr whom the command talks to."""
        click.echo(f"service: {self.url} ({self.known_by})", err=True)


def url_option(function: Function) -> Function:
    """Add `--url`."""
    return click.option(
        "--url",
        envvar=URL,
        metavar="ADDRESS",
        help=f"Of another service than the home's; an API key is read from {KEY}.",
    )(function)


def service_of(home: Path, url: str | None) -> RunningService:
    """Return the service at ``url``, or the one that runs in ``home``.

    Raises:
        NothingRuns: None is recorded there.
    """
    if url is not None:
        return RunningService(url.rstrip("/"), "as told")
    running = cluster.recorded(home)
    if running is None:
        raise NothingRuns(
            f"nothing runs in {home}: `brainwav up` starts it, --url or --home names another"
        )
    return RunningService(f"http://127.0.0.1:{running.http}", f"home {home}")


def answer_of(response: httpx.Response) -> Mapping[str, Any]:
    """Return the body of a success.

    Raises:
        CommandFailed: The service refused, in its own words.
    """
    if response.is_success:
        return response.json()
    raise CommandFailed(f"{response.request.url}: {response.status_code}: {said_by(response)}")


def said_by(response: httpx.Response) -> str:
    """Return the message of an error answer in one line."""
    try:
        return str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return " ".join(response.text[:300].split())
