"""List the models that can be served: their sizes, and what a picture costs each here."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from deployments.checking.hub_places import HubPlace, place_of
from deployments.checking.known_models import DEMO, pretrained_tags
from deployments.checking.model_sizes import ModelSize, embedded, sizes
from deployments.commands.base import Command, CommandFailed, home_option
from deployments.preflight import model_costs
from deployments.preflight.model_costs import PictureCost

MIB = 1024 * 1024
HEAD = ("model", "millions", "MiB", "dim", "picture", "ms", "weights")
LEGEND = """
millions: parameters. MiB: their memory, in fp32. ms: of one core a picture, in batches of 16; ~ is
estimated by what was measured here of others, - is not measured (--measure does)."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is shown of a model; None is not known."""

    model: str
    parameters: int | None
    weights_bytes: int | None
    """In memory, in fp32."""
    dimension: int | None
    picture_px: str | None
    picture_ms: float | None
    is_measured: bool
    source: str
    is_cached: bool


@click.command(cls=Command)
@home_option
@click.argument("part", default="")
@click.option(
    "--measure",
    is_flag=True,
    help="Time a picture here first: builds each architecture with random weights.",
)
@click.option("--json", "as_json", is_flag=True, help="Print it for other programs.")
def command(home: Path, part: str, measure: bool, as_json: bool) -> None:
    """List what `brainwav up --model` takes, of names that hold PART.

    Parameters and dimensions are exact. Which architectures were tried:
    docs/reference/architectures.md.
    """
    names = [f"{model}/{tag}" for model, tags in pretrained_tags().items() for tag in tags]
    found = [name for name in (DEMO, *names) if part.lower() in name.lower()]
    if not found:
        raise CommandFailed(
            f"no model's name holds {part!r}; any hf-hub:organisation/repository "
            "in open_clip's form can be named too"
        )
    here = model_costs.machine()
    if measure:
        _measure(home, here, dict.fromkeys(map(architecture, found)))
    rows = list(_rows(found, model_costs.measured(home, here)))
    if as_json:
        click.echo(json.dumps({"models": [asdict(row) for row in rows]}, indent=2))
    else:
        for line in table(rows):
            click.echo(line)
        click.echo(LEGEND)


def architecture(name: str) -> str:
    """Return what of a name says how the model is built."""
    return name.partition("/")[0]


def _measure(home: Path, here: str, architectures: Mapping[str, None]) -> None:
    # Imported here: it takes seconds, and the list does without.
    from retrieval.clip.errors import ClipError
    from retrieval.clip.picture_cost import picture_ms, picture_tower

    # Otherwise open_clip warns that weights are random.
    logging.disable(logging.WARNING)
    for name in architectures:
        click.echo(f"measuring {name}", err=True)
        try:
            model_costs.keep(home, here, name, picture_ms(picture_tower(name)))
        except ClipError as error:
            said = " ".join(str(error).split())[:200]
            click.echo(f"{name} is not measured: {said}", err=True)


def _rows(names: Sequence[str], known: Mapping[str, float]) -> Iterator[Row]:
    for name in names:
        model, _, tag = name.partition("/")
        place = place_of(model, tag or None)
        size = embedded() if model == DEMO else sizes().get(model)
        cost = model_costs.cost_of(model, known, sizes())
        yield row(name, size, cost, place, place is not None and _is_cached(place))


def row(
    name: str,
    size: ModelSize | None,
    cost: PictureCost | None,
    place: HubPlace | None,
    is_cached: bool,
) -> Row:
    """Return what is shown of a model."""
    nowhere = "not on the hub" if "/" in name else "embedded"
    return Row(
        name,
        size and size.parameters,
        size and size.weights_bytes,
        size and size.dimension,
        size and size.picture_px,
        None if cost is None else round(cost.ms, 1),
        cost is not None and cost.is_measured,
        place.repository if place else nowhere,
        is_cached,
    )


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of a table for people."""
    cells = [HEAD, *(_cells(each) for each in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    for line in cells:
        padded = (
            cell.ljust(width) if column in (0, len(HEAD) - 1) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        yield "  ".join(padded).rstrip()


def _cells(each: Row) -> tuple[str, ...]:
    return (
        each.model,
        "-" if each.parameters is None else f"{each.parameters / 1e6:.0f}",
        "-" if each.weights_bytes is None else f"{each.weights_bytes / MIB:.0f}",
        str(each.dimension or "-"),
        each.picture_px or "-",
        "-" if each.picture_ms is None else f"{'' if each.is_measured else '~'}{each.picture_ms:g}",
        each.source + (" (cached)" if each.is_cached else ""),
    )


def _is_cached(place: HubPlace) -> bool:
    from huggingface_hub import try_to_load_from_cache

    known = (try_to_load_from_cache(place.repository, file) for file in place.files)
    return any(isinstance(path, str) for path in known)
