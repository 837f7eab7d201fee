"""HAProxy in front of an application: Serve's own configuration, rewritten by our wrapper."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ray.serve._private.haproxy import BackendConfig, HAProxyApi, HAProxyConfig, ServerConfig
from ray.serve.config import HTTPOptions

from deployments.haproxy.connection_rules import BUFFER_BYTES, connection_rules
from deployments.haproxy.stand_in import NOTE
from deployments.local.environment import haproxy_wrapper
from deployments.settings.service import ConnectionSettings

WRAPPER = Path(__file__).resolve().parents[2] / "deployments" / "local" / "haproxy_loopback.sh"
SECRET = "the-secret-of-the-proxy"
CLASS = '    http-response set-header x-class "%[var(txn.bw_class)]"\n'
"""Shows the tests which limit counts a request."""


@contextmanager
def proxied(
    url: str,
    folder: Path,
    connections: ConnectionSettings | None = None,
    trusted: Sequence[str] = (),
) -> Iterator[str]:
    """Serve ``url`` through HAProxy while the block runs; yields its URL."""
    port = _free_port()
    config = _as_serve_writes_it(url, folder, port)
    environment = os.environ | haproxy_wrapper(folder, secret=SECRET)
    if connections is not None or trusted:
        connection_rules(connections or ConnectionSettings(), trusted, SECRET).write(folder)
    command = ["sh", str(WRAPPER), "-db", "-f", str(config)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    try:
        _await(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        # It is ended on purpose: nobody stands in for it.
        (folder / NOTE).unlink(missing_ok=True)
        process.terminate()
        process.communicate(timeout=30)


def _as_serve_writes_it(url: str, folder: Path, port: int) -> Path:
    host, server_port = url.removeprefix("http://").split(":")
    config = HAProxyConfig(
        http_options=HTTPOptions(host="127.0.0.1", port=port),
        socket_path=str(folder / "admin.sock"),
        server_state_base=str(folder),
        server_state_file=str(folder / "server-state"),
        metrics_socket_path=str(folder / "metrics.sock"),
        stats_port=_free_port(),
        metrics_port=_free_port(),
        bufsize=BUFFER_BYTES,
        has_received_routes=True,
        has_received_servers=True,
        is_head=True,
        # A server that is down at first must not be asked for by each test until it is known.
        observe_mark_down_enabled=False,
    )
    server = ServerConfig(name="one", host=host, port=int(server_port))
    backend = BackendConfig(
        name="http-brainwav", path_prefix="/", app_name="brainwav", servers=[server]
    )
    path = folder / "haproxy.cfg"
    api = HAProxyApi(config, {"http-brainwav": backend}, str(path))
    api._generate_config_file_internal()
    text = path.read_text()
    # Health checks ask the application for a route that it has only under Serve.
    text = text.replace("    option httpchk GET /-/healthz\n", "").replace(
        "    http-check expect status 200\n", ""
    )
    mark = "    # Static routing based on path prefixes"
    path.write_text(text.replace(mark, CLASS + mark))
    return path


def _await(port: int, process: subprocess.Popen) -> None:
    deadline_s = time.monotonic() + 30
    while time.monotonic() < deadline_s and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    process.kill()
    raise AssertionError(process.communicate()[1].decode())


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]
