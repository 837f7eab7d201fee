"""Show log lines of every deployment, or follow one request through all of them."""

import json
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from deployments.commands.base import Command, CommandFailed, home_option
from deployments.local import log_lines
from deployments.local.log_lines import LogLine

LEVELS = ("debug", "info", "warning", "error", "critical")
COLOURS = {"warning": "yellow", "error": "red", "critical": "red"}
HIDDEN = set(
    """asctime component event filename level levelname lineno message replica timestamp
    trace_id worker_id node_id actor_id task_id job_id process timestamp_ns log_to_stderr
    task_name task_func_name actor_name""".split()
)
"""Said elsewhere in a line for people, or of no use to them; --json has all of it."""


@click.command(cls=Command)
@home_option
@click.option("--request", "request_id", metavar="ID", help="Its X-Request-ID, or a trace's id.")
@click.option("--component", metavar="NAME", help="Of one deployment, as HybridSearch.")
@click.option("--level", type=click.Choice(LEVELS), default="info", show_default=True)
@click.option("-n", "--last", type=click.IntRange(1), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print whole lines, as they were written.")
def command(
    home: Path, request_id: str | None, component: str | None, level: str, last: int, as_json: bool
) -> None:
    """Show the last log lines of all deployments, ordered by time.

    With --request all lines of that one request are shown, whichever deployment and node wrote
    them, however many they are.
    """
    files = log_lines.files(home)
    if not files:
        raise CommandFailed(f"there are no log files of {home}: nothing ever ran there")
    click.echo(f"logs: {len(files)} files of home {home}", err=True)
    found = log_lines.of_request(files, request_id) if request_id else log_lines.lines(files)
    chosen = chosen_of(found, component, level)
    shown = list(chosen if request_id else deque(chosen, last))
    for line in shown:
        click.echo(json.dumps(dict(line.fields)) if as_json else rendered(line))
    if component is not None and not shown:
        _look_for(component, {line.component for line in log_lines.lines(files)})
    if request_id and not shown:
        raise CommandFailed(
            f"no line of request {request_id} in {len(files)} files: requests whose logs were "
            "rotated away are gone, and those of calls are written once a second"
        )


def _look_for(component: str, known: set[str]) -> None:
    """Tell a component that says nothing from one that there is not.

    Raises:
        CommandFailed: It is none of those that wrote something.
    """
    if not any(component.lower() in name.lower() for name in known):
        there = ", ".join(sorted(known))
        raise CommandFailed(f"no component is called {component}; there are {there}")


def chosen_of(found: Iterable[LogLine], component: str | None, level: str) -> Iterator[LogLine]:
    """Yield the lines of a component that are at least so severe; a line without level counts."""
    least = LEVELS.index(level)
    for line in found:
        if component is not None and component.lower() not in line.component.lower():
            continue
        if line.level in LEVELS and LEVELS.index(line.level) < least:
            continue
        yield line


def rendered(line: LogLine) -> str:
    """Return a line for people."""
    fields = " ".join(
        f"{key}={value}" for key, value in line.fields.items() if key not in HIDDEN and value != ""
    )
    level = click.style(f"{line.level or '-':<7}", fg=COLOURS.get(line.level))
    return f"{line.at[:23]}Z  {line.component:<14} {level} {line.event}  {fields}".rstrip()


if __name__ == "__main__":
    command()
