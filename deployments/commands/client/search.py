"""Search a namespace by text, by a picture, or by both."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import httpx

from deployments.commands.base import Command, CommandFailed, home_option
from deployments.commands.service import answer_of, service_of, url_option

SHOWN_CHARACTERS = 72


@click.command(cls=Command)
@click.argument("query", required=False)
@home_option
@url_option
@click.option(
    "--picture",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Search by this picture, or by it and QUERY.",
)
@click.option(
    "--namespace", default="demo", show_default=True, envvar="BRAINWAV_NAMESPACE", show_envvar=True
)
@click.option("--limit", type=click.IntRange(1), default=5, show_default=True)
@click.option(
    "--mode",
    type=click.Choice(["hybrid", "semantic", "keyword"]),
    default="hybrid",
    show_default=True,
)
@click.option("--filter", "condition", metavar="JSON", help='{"field": …, "op": …, "value": …}')
@click.option("--explain", is_flag=True, help="Ask why each was found; shown with --json.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole answer.")
def command(
    query: str | None, home: Path, url: str | None, picture: Path | None, as_json: bool, **more: Any
) -> None:
    """Search for QUERY, for a picture, or for both."""
    if not query and picture is None:
        raise click.UsageError("give a QUERY or --picture")
    service = service_of(home, url)
    service.announce()
    body = body_of(query, picture, **more)
    try:
        with service.client() as client:
            answer = answer_of(client.post("/search", json=body))
    except httpx.HTTPError as error:
        raise CommandFailed(f"{service.url}: {error}") from error
    if as_json:
        click.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        show(answer, more["namespace"])


def body_of(
    query: str | None, picture: Path | None, condition: str | None, **more: Any
) -> dict[str, Any]:
    """Return the body of the request.

    Raises:
        UsageError: The filter is no JSON.
    """
    body = dict(more)
    if query:
        body["query"] = query
    if picture is not None:
        body["image_base64"] = base64.b64encode(picture.read_bytes()).decode()
    if condition is not None:
        try:
            body["filter"] = json.loads(condition)
        except ValueError as error:
            raise click.UsageError(f"--filter is no JSON: {error}") from error
    return body


def show(answer: Mapping[str, Any], namespace: str) -> None:
    """Print the results for people."""
    found = f"{answer['total_candidates']} candidates in {answer['took_ms']:.1f} ms"
    click.echo(f"namespace {namespace}: {found}")
    # A service of an earlier release warns of nothing.
    for warning in answer.get("warnings", ()):
        click.echo(f"note: {warning['message']}")
    for hit in answer["results"]:
        text = " ".join((hit.get("text") or "(a picture)").split())
        click.echo(f"  {hit['score']:.3f}  {hit['id']}  {text[:SHOWN_CHARACTERS]}")


if __name__ == "__main__":
    command()
