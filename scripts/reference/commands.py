"""The page of `brainwav`'s commands, from their own help."""

from collections.abc import Iterator

import click

from deployments.cli import cli
from scripts.reference.markdown import cell, code, page, plain, table

INTRO = """Homes, addresses and exit statuses, which all commands share: [homes](homes.md)."""
COMMON = ("-h, --help",)


def commands() -> str:
    """Return the page."""
    root = click.Context(cli, info_name="brainwav")
    parts = [part for name, command in _all(cli, root) for part in _described(name, command)]
    return page("Commands", "the commands' own help", INTRO, *parts)


def _all(group: click.Group, context: click.Context) -> Iterator[tuple[str, click.Command]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None:
            continue
        path = f"{context.command_path} {name}"
        yield path, command
        if isinstance(command, click.Group):
            yield from _all(command, click.Context(command, context, info_name=name))


def _described(path: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    yield f"## {path}"
    yield f"`{' '.join([path, *command.collect_usage_pieces(context)])}`"
    yield _prose(command.help or "")
    rows = [
        _option(option, context) for option in command.params if isinstance(option, click.Option)
    ]
    if rows:
        yield table(("option", "what"), rows)


def _prose(text: str) -> str:
    paragraphs = text.replace("\b", "").split("\n\n")
    return "\n\n".join(plain(paragraph) for paragraph in paragraphs)


def _option(option: click.Option, context: click.Context) -> tuple[str, str]:
    record = option.get_help_record(context)
    if record is None:
        return code(", ".join(option.opts)), ""
    return code(record[0]), cell(record[1])
