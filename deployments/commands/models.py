"""List the models that can be served: architectures and the tags of their weights."""

import click

from deployments.checking.hub_places import place_of
from deployments.checking.known_models import DEMO, pretrained_tags
from deployments.commands.base import Command, CommandFailed


@click.command(cls=Command)
@click.argument("part", default="")
def command(part: str) -> None:
    """List what `brainwav up --model` takes, of names that hold PART.

    Sizes, dimensions and memory: docs/how-to/use-your-own-model.md.
    """
    names = [f"{model}/{tag}" for model, tags in pretrained_tags().items() for tag in tags]
    found = [name for name in (DEMO, *names) if part.lower() in name.lower()]
    if not found:
        raise CommandFailed(
            f"no model's name holds {part!r}; any hf-hub:organisation/repository "
            "in open_clip's form can be named too"
        )
    for name in found:
        model, _, tag = name.partition("/")
        place = place_of(model, tag or None)
        source = "embedded" if not tag else place.repository if place else "not on the hub"
        click.echo(f"{name:<64} {source}")
