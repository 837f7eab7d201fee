"""A real Prometheus with the configuration that ships scrapes the service and Ray."""

import shutil
from pathlib import Path

import httpx
import pytest

from deployments.local.environment import token_file
from reliability.slo.export.prometheus_config import prometheus_config
from tests.prometheus_server import needs_prometheus, running
from tests.serve.conftest import PROJECT, Service
from tests.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.slow, needs_prometheus]
RULES = "brainwav-rules.yml"


def test_the_shipped_configuration_scrapes_the_service_and_ray(
    service: Service, client: httpx.Client, tmp_path: Path
) -> None:
    """Only addresses and the place of the token differ; both jobs are up and tell the same."""
    assert client.get("/health").status_code == 200
    shutil.copy(PROJECT / "deploy/prometheus" / RULES, tmp_path)
    config = prometheus_config(RULES)
    config["global"]["scrape_interval"] = "2s"
    del config["alerting"]
    ours, ray = config["scrape_configs"]
    ours["static_configs"] = [{"targets": [service.url.removeprefix("http://")]}]
    [discovery] = ray["http_sd_configs"]
    discovery["url"] = f"{service.running.dashboard_url}/api/prometheus/sd"
    discovery["authorization"]["credentials_file"] = str(token_file(service.state))
    with running(tmp_path, config) as server:
        until(lambda: server.query('up{job="brainwav"} == 1'), "the service is scraped")
        until(lambda: server.query('up{job="ray"} == 1'), "Ray's nodes are scraped")
        until(lambda: server.query("brainwav_http_requests_total"), "requests are counted")
        mirrored = '{__name__=~"ray_brainwav_.*requests_total", job="ray"}'
        until(lambda: server.query(mirrored), "the same series are in Ray's own metrics")
        until(lambda: server.query("ray_serve_deployment_replica_healthy"), "Serve's are there")
        assert not server.query("up == 0")
        rules = server.get("/api/v1/rules")["groups"]
        assert rules
        assert not [rule for group in rules for rule in group["rules"] if rule["health"] == "err"]
