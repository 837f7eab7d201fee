"""Write one page on the service: how it is, answers and what it uses; HTML or Markdown (.md)."""

import json
import time
from pathlib import Path

import click
import httpx

from deployments.commands.base import Command, CommandFailed, home_option
from deployments.commands.service import service_of, url_option
from deployments.service_report.gathered import PARTS, gathered
from deployments.service_report.page import paper_of
from deployments.service_report.paper import as_html, as_markdown


@click.command(cls=Command)
@home_option
@url_option
@click.option(
    "--key-file", type=click.Path(path_type=Path), help="Holds an API key bound to no namespace."
)
@click.option("--name", help="Of the service on the page. [default: its address]")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("energy-report.html"),
    show_default=True,
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures, write no page.")
def command(
    home: Path, url: str | None, key_file: Path | None, name: str | None, out: Path, as_json: bool
) -> None:
    """Write one page on the service, as the console's page for operators.

    Deployments, latencies of the last day, objectives, energy, limits by client (with an
    administrator's key), models. One file that opens offline: HTML, or Markdown where it ends in
    .md. What the service does not tell this key is said on the page.
    """
    service = service_of(home, url)
    service.announce()
    try:
        with service.client(timeout_s=30) as client:
            if key_file is not None:
                client.headers["Authorization"] = f"Bearer {key_file.read_text().strip()}"
            report = gathered(client)
    except httpx.HTTPError as error:
        raise CommandFailed(f"{service.url}: {error}") from error
    if "energy" not in report.told:
        raise CommandFailed(f"{service.url}{PARTS['energy']}: {report.refused['energy']}")
    figures = report.told["energy"]
    if as_json:
        others = {part: body for part, body in report.told.items() if part != "energy"}
        click.echo(
            json.dumps(figures | {"service": others | {"refused": report.refused}}, indent=2)
        )
        return
    paper = paper_of(report, name or service.url, time.time())
    text = as_markdown(paper) if out.suffix == ".md" else as_html(paper)
    out.write_text(text, encoding="utf-8")
    print(f"{out}: {figures['measured_j'] / 3600:.4g} Wh by {figures['method']}")
    for part, why in report.refused.items():
        print(f"brAInwav: not told by {PARTS[part]}: {why}")


if __name__ == "__main__":
    command()
