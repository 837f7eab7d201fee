"""A service that others can reach needs keys; a configuration that forgets them is refused."""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from deployments.checking import config
from deployments.settings.exposure import is_loopback, problem
from reliability.identity.api_keys import issue, write_keys

PROJECT = Path(__file__).resolve().parents[3]
NOW = "2026-11-23T00:00:00+00:00"


@pytest.fixture
def shipped() -> dict[str, Any]:
    return deepcopy(yaml.safe_load((PROJECT / "serve_config.yaml").read_text()))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"])
def test_loopback_needs_no_keys(host: str) -> None:
    """Whoever reaches it has the machine already."""
    assert is_loopback(host)
    assert problem(host, None) is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "example.org", ""])
def test_any_other_address_does(host: str, shipped: dict[str, Any]) -> None:
    """And the message says what to do."""
    shipped["http_options"]["host"] = host
    [found] = config.check(shipped)
    assert "brainwav keys create" in found
    assert "127.0.0.1" in found


def test_a_file_without_a_valid_key_is_no_key(tmp_path: Path) -> None:
    """Missing, empty, all revoked; then a good one."""
    path = tmp_path / "keys.json"
    assert "cannot be read" in str(problem("0.0.0.0", path))
    key, _ = issue("a", "client", None, NOW)
    write_keys(path, {key.id: replace(key, revoked_at=NOW)})
    assert "no valid API key" in str(problem("0.0.0.0", path))
    write_keys(path, {key.id: key})
    assert problem("0.0.0.0", path) is None


def test_a_share_smaller_than_the_number_of_replicas_is_refused(shipped: dict[str, Any]) -> None:
    """Else the replicas together admit more while the RateLimiter is down."""
    ingress = shipped["applications"][0]["deployments"][0]
    ingress["autoscaling_config"]["max_replicas"] = 5
    [found] = config.check(shipped)
    assert "least_replicas: 2, but there may be 5" in found


def test_a_bench_raises_every_limit_by_one_call(shipped: dict[str, Any]) -> None:
    """And the result is still a valid configuration."""
    config.raise_limits(shipped)
    assert list(config.check(shipped)) == []
    limits = shipped["applications"][0]["deployments"][0]["user_config"]["rate_limits"]
    assert limits["embed"]["limit"] == 1_000_000
