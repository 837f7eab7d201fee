"""What the wrapper makes of the configuration that Serve writes for HAProxy."""

import os
import subprocess
from pathlib import Path

import pytest
from ray.serve._private.haproxy_templates import HAPROXY_CONFIG_TEMPLATE

from deployments.local.refusal_rules import refusal_rules

SCRIPT = Path(__file__).resolve().parents[3] / "deployments" / "local" / "haproxy_loopback.sh"
SERVES = """global
    stats socket /run/admin.sock mode 666 level admin expose-fd listeners
defaults
    mode http
    timeout client 3600s
    timeout server 30s
frontend prometheus
    bind :9101
frontend http_frontend
    bind 127.0.0.1:8000
    # Static routing based on path prefixes in decreasing length then alphabetical order
    use_backend http-brainwav if is_http-brainwav
listen stats
    bind *:8404
"""


@pytest.fixture
def rewritten(tmp_path: Path) -> str:
    return rewrite(tmp_path, {})


def rewrite(folder: Path, rules: dict[str, str]) -> str:
    """Return what HAProxy would read."""
    config, binary = folder / "haproxy.cfg", folder / "haproxy"
    config.write_text(SERVES)
    binary.write_text('#!/bin/sh\ncat "$3"\n')
    binary.chmod(0o700)
    command = ["sh", str(SCRIPT), "-db", "-f", str(config)]
    environment = {**os.environ, "BRAINWAV_HAPROXY": str(binary), **rules}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_metrics_and_statistics_are_their_owners_alone(rewritten: str, tmp_path: Path) -> None:
    """Sockets beside the configuration; the service's own address stays as it was set."""
    binds = [line.strip() for line in rewritten.splitlines() if "bind" in line]
    assert binds == [
        f"bind unix@{tmp_path}/metrics-page.sock mode 600",
        "bind 127.0.0.1:8000",
        f"bind unix@{tmp_path}/stats-page.sock mode 600",
    ]


def test_the_admin_socket_is_its_owners_alone(rewritten: str) -> None:
    """Whoever reaches it sends traffic to a server of his own and reads keys in clear."""
    assert "stats socket /run/admin.sock mode 600 level admin" in rewritten


def test_a_request_head_must_come_within_ten_seconds(rewritten: str) -> None:
    """Serve's template leaves an hour for it, in which a place is held."""
    defaults = rewritten.split("frontend", 1)[0]
    assert "    timeout client 3600s\n    timeout http-request 10s\n" in defaults
    assert rewritten.count("http-request") == 1


def test_rules_for_refusals_stand_before_the_choice_of_a_backend(tmp_path: Path) -> None:
    """The first `use_backend` that fits counts."""
    rules = refusal_rules()
    lines = rewrite(tmp_path, rules.write(tmp_path)).splitlines()
    ours = lines.index("    use_backend bw_refused if bw_holds")
    assert ours < lines.index("    use_backend http-brainwav if is_http-brainwav")
    assert lines[-1] == rules.backends.splitlines()[-1]


def test_serve_still_writes_what_the_wrapper_looks_for() -> None:
    """A Ray whose template has changed must not silently lose our rules."""
    marks = ("# Static routing based on path prefixes", "# Normalize 502", "errorfile 503 ")
    marks += ("timeout client", "frontend prometheus\n    bind :", "listen stats\n  bind *:")
    marks += ("stats socket {{ config.socket_path }} mode 666 ",)
    assert all(mark in HAPROXY_CONFIG_TEMPLATE for mark in marks)
