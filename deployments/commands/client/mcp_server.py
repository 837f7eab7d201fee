"""Offer a service's searches and plans to assistants, by the Model Context Protocol."""

import asyncio
import importlib.util
import socket
from pathlib import Path

import click
import httpx

from deployments.commands.base import Command, CommandFailed, home_option
from deployments.commands.service import RunningService, service_of, url_option

NEEDED = "mcp"
TIMEOUT_S = 120.0
INSTALL = "tools for assistants need the protocol's SDK: pip install 'brainwav-serve[mcp]'"


@click.command(cls=Command)
@home_option
@url_option
@click.option("--http", "port", type=click.IntRange(1, 65535), help="Listen here on loopback.")
@click.option("--allow-writes", is_flag=True, help="Offer `put` and `delete` too.")
@click.option(
    "--files",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="What `put` may read below; needs --allow-writes, not over HTTP.",
)
def command(
    home: Path, url: str | None, port: int | None, allow_writes: bool, files: Path | None
) -> None:
    """Offer tools to an assistant: on standard input and output, or over HTTP.

    On standard input and output the service is shown the key of the environment
    (BRAINWAV_API_KEY). Over HTTP each caller shows a key of its own, and the one of the environment
    is not used.
    """
    if files is not None and (port is not None or not allow_writes):
        raise click.UsageError("--files needs --allow-writes, and is not offered over HTTP")
    if importlib.util.find_spec(NEEDED) is None:
        raise CommandFailed(INSTALL)
    service = service_of(home, url)
    service.announce()
    asyncio.run(
        _over_http(service, port, allow_writes)
        if port
        else _over_stdio(service, allow_writes, files)
    )


async def _over_stdio(service: RunningService, allow_writes: bool, files: Path | None) -> None:
    from mcp.server.stdio import stdio_server

    from deployments.assistants.caller import ServiceCaller
    from deployments.assistants.files import FolderOfFiles
    from deployments.assistants.server import server_of
    from deployments.assistants.tools import tools_for

    folder = None if files is None else FolderOfFiles(files)
    async with _client(service, service.headers) as client, stdio_server() as (reading, writing):
        server = server_of(tools_for(allow_writes, folder), ServiceCaller(client))
        await server.run(reading, writing, server.create_initialization_options())


async def _over_http(service: RunningService, port: int, allow_writes: bool) -> None:
    import uvicorn

    from deployments.assistants.caller import ServiceCaller
    from deployments.assistants.http_door import LOOPBACK, PATH, http_application
    from deployments.assistants.server import server_of
    from deployments.assistants.tools import tools_for

    try:
        listener = socket.create_server((LOOPBACK, port))
    except OSError as error:
        raise CommandFailed(f"port {port} cannot be listened on: {error.strerror}") from error
    async with _client(service, {}) as client:
        caller = ServiceCaller(client)
        server = server_of(tools_for(allow_writes, None), caller)
        application = http_application(server, port, caller)
        click.echo(f"http://{LOOPBACK}:{port}{PATH}", err=True)
        config = uvicorn.Config(application, log_level="warning")
        await uvicorn.Server(config).serve(sockets=[listener])


def _client(service: RunningService, headers: dict[str, str]) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=service.url, headers=headers, timeout=TIMEOUT_S)
