"""Write one page on the service's energy: HTML, or Markdown where the file ends in .md."""

import json
from pathlib import Path

import click
import httpx

from deployments.commands.base import Command, CommandFailed, home_option
from deployments.commands.service import answer_of, service_of, url_option
from sustainability.reporting.page import html, markdown


@click.command(cls=Command)
@home_option
@url_option
@click.option(
    "--key-file", type=click.Path(path_type=Path), help="Holds an API key bound to no namespace."
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("energy-report.html"),
    show_default=True,
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures, write no page.")
def command(home: Path, url: str | None, key_file: Path | None, out: Path, as_json: bool) -> None:
    """Write one page on the service's energy: HTML, or Markdown where the file ends in .md."""
    service = service_of(home, url)
    service.announce()
    try:
        with service.client(timeout_s=30) as client:
            if key_file is not None:
                client.headers["Authorization"] = f"Bearer {key_file.read_text().strip()}"
            report = answer_of(client.get("/sustainability"))
    except httpx.HTTPError as error:
        raise CommandFailed(f"{service.url}: {error}") from error
    if as_json:
        click.echo(json.dumps(report, indent=2))
        return
    out.write_text(markdown(report) if out.suffix == ".md" else html(report), encoding="utf-8")
    print(f"{out}: {report['measured_j'] / 3600:.4g} Wh by {report['method']}")


if __name__ == "__main__":
    command()
