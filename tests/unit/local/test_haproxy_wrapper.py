"""What the wrapper makes of the configuration that Serve writes for HAProxy."""

import os
import subprocess
from pathlib import Path

import pytest
from ray.serve._private.haproxy_templates import HAPROXY_CONFIG_TEMPLATE

from deployments.haproxy.connection_rules import connection_rules, within
from deployments.haproxy.refusal_rules import refusal_rules
from deployments.haproxy.stand_in import NOTE, STANDING
from deployments.settings.service import ConnectionSettings

SCRIPT = Path(__file__).resolve().parents[3] / "deployments" / "local" / "haproxy_loopback.sh"
SERVES = """global
    stats socket /run/admin.sock mode 666 level admin expose-fd listeners
    maxconn 4096
defaults
    mode http
    timeout client 3600s
    timeout http-keep-alive 90s
    timeout server 30s
frontend prometheus
    bind :9101
frontend http_frontend
    bind 127.0.0.1:8000
    # Static routing based on path prefixes in decreasing length then alphabetical order
    use_backend http-brainwav if is_http-brainwav
backend default_backend
    http-request return status 404
listen stats
    bind *:8404
"""


@pytest.mark.parametrize(("known", "status"), [(True, 404), (False, 503)])
def test_without_an_application_nothing_is_said_to_be_missing(
    tmp_path: Path, known: bool, status: int
) -> None:
    """HAProxy that has just begun knows of none: 404 would deny documents that are there."""
    rules = connection_rules(ConnectionSettings()).write(tmp_path)
    serves = SERVES if known else SERVES.replace("    use_backend http-brainwav if", "    # if")
    text = rewrite(tmp_path, rules, serves)
    first = text.split("backend default_backend\n", 1)[1].splitlines()[0]
    assert f"return status {status} " in first
    assert ("Retry-After" in first) is (status == 503)


@pytest.fixture
def rewritten(tmp_path: Path) -> str:
    return rewrite(tmp_path, {})


def rewrite(folder: Path, rules: dict[str, str], serves: str = SERVES) -> str:
    """Return what HAProxy would read."""
    config, binary = folder / "haproxy.cfg", folder / "haproxy"
    config.write_text(serves)
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
        "bind 127.0.0.1:8000 proto h1",
        f"bind unix@{tmp_path}/stats-page.sock mode 600",
    ]


def test_the_admin_socket_is_its_owners_alone(rewritten: str) -> None:
    """Whoever reaches it sends traffic to a server of his own and reads keys in clear."""
    assert "stats socket /run/admin.sock mode 600 level admin" in rewritten


def test_the_service_stays_on_all_interfaces_where_it_was_put(tmp_path: Path) -> None:
    """On several nodes others must reach it."""
    text = rewrite(tmp_path, {}, SERVES.replace("bind 127.0.0.1:8000", "bind *:8000"))
    assert "    bind *:8000 proto h1\n" in text


def test_a_request_head_must_come_within_ten_seconds(rewritten: str) -> None:
    """Serve's template leaves an hour for it, in which a place is held."""
    defaults = rewritten.split("frontend", 1)[0]
    assert "    timeout client 3600s\n    timeout http-request 10s\n" in defaults
    assert rewritten.count("timeout http-request") == 1


def test_bounds_on_connections_take_the_place_of_serves(tmp_path: Path) -> None:
    """Its hour for a client that is silent, its 90 s between requests and its number of places."""
    settings = ConnectionSettings(most=100, head_s=3, stalled_s=4, idle_s=5)
    rules = connection_rules(settings, ("10.0.0.0/8",), "secret")
    text = rewrite(tmp_path, rules.write(tmp_path))
    defaults = text.split("frontend", 1)[0]
    assert "    maxconn 100\n" in defaults
    timeouts = [line.strip() for line in defaults.splitlines() if "timeout" in line]
    assert timeouts == [
        "timeout client 4s",
        "timeout client-fin 3s",
        "timeout http-request 3s",
        "timeout http-keep-alive 5s",
        "timeout server 30s",
    ]
    lines = text.splitlines()
    assert lines[lines.index("    bind 127.0.0.1:8000 proto h1") + 1].startswith("    acl bw_")
    assert lines[lines.index("backend default_backend") + 1] + "\n" == rules.nowhere
    assert text.endswith(rules.backends)


def test_places_are_no_more_than_files_may_be_open() -> None:
    """HAProxy does not start otherwise; and no source has more than a quarter of them."""
    assert within(ConnectionSettings(), 2**30) == ConnectionSettings()
    few = within(ConnectionSettings(), 4096)
    assert (few.most, few.most_per_source) == (1536, 384)
    assert within(ConnectionSettings(), -1) == ConnectionSettings()


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
    marks += ("stats socket {{ config.socket_path }} mode 666 ", "    maxconn {{")
    marks += ("timeout http-keep-alive", "frontend http_frontend\n    bind")
    marks += ("backend default_backend\n",)
    assert all(mark in HAPROXY_CONFIG_TEMPLATE for mark in marks)


def test_one_that_knows_no_application_leaves_the_port_to_who_stands_in(tmp_path: Path) -> None:
    """Half of the clients would be told to come back, though there is an answer."""
    (tmp_path / STANDING).touch()
    rules = connection_rules(ConnectionSettings()).write(tmp_path)
    text = rewrite(tmp_path, rules, SERVES.replace("    use_backend http-brainwav if", "    # if"))
    assert f"    bind unix@{tmp_path}/waits.sock mode 600 proto h1\n" in text
    assert "127.0.0.1:8000" not in text
    assert "    bind 127.0.0.1:8000 proto h1\n" in rewrite(tmp_path, rules)


def test_who_was_started_last_is_noted_for_who_watches(tmp_path: Path) -> None:
    """By the process id that HAProxy will have; for its owner alone."""
    rewrite(tmp_path, {"BRAINWAV_STAND_IN": "/dev/null", "BRAINWAV_PYTHON": "true"})
    note = tmp_path / NOTE
    assert int(note.read_text()) > 1
    assert note.stat().st_mode & 0o777 == 0o600
