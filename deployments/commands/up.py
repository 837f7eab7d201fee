"""Start Ray, deploy the configuration and wait until it serves. Running it twice is harmless."""

import sys
import time
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

import click

from deployments import private
from deployments.checking import config
from deployments.commands.base import (
    POSITIVE,
    PROJECT,
    Command,
    CommandFailed,
    config_of,
    config_option,
    for_programs,
    home_option,
    json_option,
)
from deployments.home import Say
from deployments.local import cluster, rollout
from deployments.preflight import (
    capacity,
    checks,
    chosen_model,
    earlier_index,
    footprint,
    hub_text_model,
    hub_weights,
    index_model,
    reachable,
)

EXPECTED = (
    config.ConfigError,
    capacity.TooFewCpus,
    cluster.ClusterError,
    hub_weights.NotFetched,
    private.NotPrivate,
    rollout.RolloutError,
)
"""What a user can mend: said in one line, without a traceback."""


class Up(Command):
    """Says what an interruption leaves."""

    interrupted = (
        "interrupted; what was started is left running: `brainwav up` goes on with it, "
        "`brainwav down` stops it"
    )


@click.command(cls=Up)
@home_option
@config_option
@click.option("--port", type=click.IntRange(1, 65535), help="In place of http_options.port.")
@click.option(
    "--model",
    metavar="NAME/PRETRAINED",
    help="In place of the configuration's: an architecture and a tag, or hf-hub:…",
)
@click.option("--timeout-s", type=POSITIVE, default=600, show_default=True, help="For each step.")
@json_option
def command(
    home: Path,
    config: Path | None,
    port: int | None,
    model: str | None,
    timeout_s: float,
    as_json: bool,
) -> None:
    """Start the service and wait until it serves.

    It looks first at the machine and at the configuration, fetches the weights of the model, and
    starts nothing that cannot work.
    """
    start_s = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - start_s:5.1f} s] {line}", flush=True)

    with for_programs(as_json) as show:
        try:
            url = bring_up(home, config_of(home, config), port, timeout_s, say, model)
        except EXPECTED as error:
            sys.exit(f"brAInwav: {error}")
        show({"url": url, "home": str(home), "seconds": round(time.monotonic() - start_s, 1)})


def bring_up(
    home: Path,
    file: Path,
    port: int | None,
    timeout_s: float,
    say: Say,
    model: str | None = None,
) -> str:
    """Bring the service of a home up; return its address.

    Raises:
        CommandFailed: The machine lacks something.
        ConfigError, TooFewCpus, ClusterError, NotFetched, NotPrivate, RolloutError: See
            ``EXPECTED``.
    """
    settings = config.load(file)
    if model is not None:
        chosen_model.put(settings, model)
    capacity.check(settings, cluster.cpu_count())
    running = cluster.recorded(home)
    port = listening_port(settings, port, running, say)
    machine = checks.before_start(home, port, running is not None)
    asked = [
        reachable.check(settings),
        capacity.hardware(settings, capacity.gpu_count()),
        index_model.check(settings),
    ]
    look(chain(machine, asked), say)
    hub_weights.fetch(settings, say)
    hub_text_model.fetch(settings, say)
    for line in footprint.close(settings, home):
        say(line)
    say(f"starting Ray for {home}" if running is None else f"Ray runs already for {home}")
    running = cluster.start(PROJECT, home, cluster.cpu_count(), port, say)
    say(f"deploying {file.name}")
    switched = earlier_index.switched(home, settings)
    url = f"http://127.0.0.1:{port}"
    rollout.deploy(running, settings, PROJECT, home, timeout_s, say, url)
    cluster.close_sockets(home)
    cluster.check_private(home)
    say(f"ready: {url}")
    if switched and (left := earlier_index.left_behind(switched)):
        say(left)
    if footprint.is_keyless(settings):
        say("without API keys every user of this machine may use it: docs/explanation/security.md")
    return url


def listening_port(
    settings: dict[str, Any], asked: int | None, running: cluster.Cluster | None, say: Say
) -> int:
    """Return where the service will listen, and set it in ``settings``.

    Serve binds its port once: a service that runs keeps it.

    Raises:
        CommandFailed: Another port was asked for than the one it has.
    """
    http = settings.setdefault("http_options", {})
    wanted = asked or http.get("port", 8000)
    if running is not None and running.http != wanted:
        if asked is not None:
            raise CommandFailed(
                f"the service listens on port {running.http}; `brainwav down` first, then "
                f"`brainwav up --port {asked}`"
            )
        say(f"it stays on port {running.http}, where it was started; `brainwav down` lets it move")
        wanted = running.http
    http["port"] = wanted
    return wanted


def look(found: Iterable[checks.Check], say: Say) -> None:
    """Say what was looked at.

    Raises:
        CommandFailed: Something is missing; a line for each.
    """
    looked = list(found)
    if failed := [each.said for each in looked if each.status == checks.FAILED]:
        raise CommandFailed("; ".join(failed))
    for each in looked:
        if each.status == checks.WARNING:
            say(f"warning: {each.said}")
    say("looked at: " + ", ".join(dict.fromkeys(each.name for each in looked)))


if __name__ == "__main__":
    command()
