"""What all commands share: how they fail, the home they work on, how they are interrupted.

Exit statuses: 0 done; 1 not done, and one line on stderr says why; 2 wrongly called (of `deploy`
and `reembed` also: somebody has to look); 3 done with items left out (`index`, `embed`); 4 nothing
runs there (`status` and whatever asks the service); 130 interrupted.
"""

import contextlib
import json
import math
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import IO, Any, TypeVar

import click

from deployments import home as homes

FAILED, NOTHING_RUNS, INTERRUPTED = 1, 4, 130
PROJECT = homes.PROJECT
Function = TypeVar("Function", bound=Callable[..., Any])
Show = Callable[[Mapping[str, Any]], None]
"""Shows other programs what came of a command."""
json_option = click.option("--json", "as_json", is_flag=True, help="Print it for other programs.")


class CommandFailed(click.ClickException):
    """The command is not done; the message is one line that says what to do."""

    exit_code = FAILED

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message as every command of ours does."""
        click.echo(f"brAInwav: {self.format_message()}", file=file, err=file is None)


class NothingRuns(CommandFailed):
    """The command asks a service, and none is recorded in the home."""

    exit_code = NOTHING_RUNS


class Command(click.Command):
    """A command that ends in one line where it is interrupted, or a file is not to be had."""

    interrupted = "interrupted"
    """What is said then; a command says more precisely what it leaves."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo(f"\nbrAInwav: {self.interrupted}", err=True)
            ctx.exit(INTERRUPTED)
        except OSError as error:
            if error.filename is None:
                # Of no file that somebody named: it says more with its way here.
                raise
            raise CommandFailed(f"{error.filename}: {error.strerror}") from error


class Positive(click.FloatRange):
    """A number above 0; `nan` is in every range that is asked for its ends."""

    def __init__(self, most: float | None = None) -> None:
        super().__init__(min=0, min_open=True, max=most)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number."""
        if math.isnan(number := super().convert(value, param, ctx)):
            self.fail("is no number", param, ctx)
        return number


POSITIVE = Positive()


class NamedFolder(click.Path):
    """A folder that has a name: `--home "$UNSET"` would be the one somebody stands in."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path."""
        if value == "":
            self.fail("is empty", param, ctx)
        return super().convert(value, param, ctx)


def home_option(function: Function) -> Function:
    """Add `--home`, and hand the command the folder that it or the variable names."""
    return click.option(
        "--home",
        "--state",
        "home",
        type=NamedFolder(file_okay=False, path_type=Path),
        metavar="FOLDER",
        callback=_choose,
        help=f"Where the service lives. [default: ${homes.VARIABLE}, else the checkout's "
        ".brainwav, else ~/.local/share/brainwav]",
    )(function)


def config_option(function: Function) -> Function:
    """Add `--config`."""
    return click.option(
        "--config",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="What to serve, and how. [default: the home's serve_config.yaml, else ours]",
    )(function)


def config_of(home: Path, named: Path | None = None) -> Path:
    """Return the configuration file: named, else the home's own, else the one that is shipped."""
    if named is not None:
        return named
    own = home / "serve_config.yaml"
    if own.is_file():
        return own
    return shipped_config()


def shipped_config() -> Path:
    """Return the checkout's configuration, or the one that came with the package."""
    if homes.is_checkout():
        return PROJECT / "serve_config.yaml"
    # A wheel is always unpacked: everything beside the code is a file.
    return Path(str(resources.files("deployments") / "serve_config.yaml"))


def _choose(ctx: click.Context, _parameter: click.Parameter, named: Path | None) -> Path:
    above = ctx.find_root().params.get("home")
    found = homes.chosen(named or above)
    # For whatever resolves a setting's path, here and in all processes started from here.
    os.environ[homes.VARIABLE] = str(found)
    return found


@contextlib.contextmanager
def for_programs(as_json: bool) -> Iterator[Show]:
    """Yield what prints a command's object; where nobody asked for it, it prints nothing.

    What the command says to people goes to stderr meanwhile.
    """
    if not as_json:
        yield lambda _: None
        return
    stdout = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        yield lambda found: print(json.dumps(found, indent=2), file=stdout, flush=True)
