"""Joules on a real cluster: settled to the last one, kept through a kill, modes on all replicas."""

import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.serve.conftest import Service
from tests.serve.load import Load
from tests.waiting import until

pytestmark = pytest.mark.cluster

MODES = ("eco", "power_cap", "full")


@pytest.fixture
def full(client: httpx.Client) -> Iterator[None]:
    """Whatever a test sets, the next begins in mode full."""
    yield
    client.put("/sustainability/mode", json={"mode": "full"}).raise_for_status()


def test_a_request_is_settled_and_the_sum_is_the_meter_s(client: httpx.Client) -> None:
    """Requests, overhead and idle together are what was measured."""
    told = client.post(
        "/embed",
        json={"inputs": [{"text": "a red mug"}] * 8},
        headers={"X-Request-ID": "energy-settled"},
    )
    estimate_j = float(told.headers["x-energy-joules"])
    assert 0 < estimate_j < 1000
    until(lambda: _request(client, "energy-settled").get("settled"))
    assert _request(client, "energy-settled")["energy_j"] > 0
    report = _report(client)
    parts_j = report["requests_j"] + report["overhead_j"] + report["idle_j"]
    assert parts_j == pytest.approx(report["meter_j"] - report["unsettled_j"], rel=1e-3)


@pytest.mark.usefixtures("full")
def test_modes_reach_all_replicas_and_fail_no_request(
    service: Service, client: httpx.Client
) -> None:
    """While callers go on."""
    load = Load(service, _embed)
    try:
        for mode in MODES:
            client.put("/sustainability/mode", json={"mode": mode}).raise_for_status()
            until(lambda mode=mode: _applied(client, mode))
            load.await_more(20)
    finally:
        load.stop()
    assert load.broken == 0
    assert set(load.answers) == {200}, load.refusals[:3]


@pytest.mark.usefixtures("full")
def test_a_killed_meter_forgets_neither_joules_nor_the_mode(
    service: Service, client: httpx.Client
) -> None:
    """Its totals go on where they were."""
    client.put("/sustainability/mode", json={"mode": "eco"}).raise_for_status()
    until(lambda: _applied(client, "eco"))
    before = _report(client)
    [meter] = [r for r in service.replicas("EnergyMeter") if r["state"] == "RUNNING"]
    os.kill(meter["pid"], signal.SIGKILL)
    until(lambda: meter["replica_id"] not in _running(service))
    until(lambda: _told(client).get("measured_j", 0.0) >= before["measured_j"])
    after = _report(client)
    assert after["mode"]["effective"] == "eco"
    assert after["requests_j"] >= before["requests_j"]


def _embed(client: httpx.Client) -> httpx.Response:
    return client.post("/embed", json={"inputs": [{"text": f"text {time.monotonic_ns()}"}]})


def _request(client: httpx.Client, request_id: str) -> dict[str, Any]:
    answer = client.get(f"/sustainability/requests/{request_id}")
    return answer.json() if answer.status_code == 200 else {}


def _report(client: httpx.Client) -> dict[str, Any]:
    answer = client.get("/sustainability")
    answer.raise_for_status()
    return answer.json()


def _told(client: httpx.Client) -> dict[str, Any]:
    answer = client.get("/sustainability")
    return answer.json() if answer.status_code == 200 else {}


def _applied(client: httpx.Client, mode: str) -> bool:
    replicas = _report(client)["mode"]["replicas"]
    return bool(replicas) and all(said.split(":")[0] == mode for said in replicas.values())


def _running(service: Service) -> set[str]:
    return {r["replica_id"] for r in service.replicas("EnergyMeter") if r["state"] == "RUNNING"}
