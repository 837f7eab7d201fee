"""Bulk jobs against the running graph: killed, resumed, spread, and beside a user."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from retrieval.catalogue.products import products
from tests.serve.conftest import PROJECT, Service

pytestmark = pytest.mark.cluster
ITEMS = 600


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn pictures, and one file that only claims to be one."""
    folder = tmp_path_factory.mktemp("pictures")
    for product in products(ITEMS):
        (folder / f"{product.sku}.png").write_bytes(product.picture)
    (folder / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    return folder


def command(service: Service, source: Path, namespace: str, *more: str) -> list[str]:
    script = str(PROJECT / "scripts" / "bulk_index.py")
    fixed = ["--state", str(service.state), "--namespace", namespace, "--shard-items", "50"]
    return [sys.executable, script, str(source), *fixed, *more]


def total(client: httpx.Client, namespace: str) -> int:
    params = {"namespace": namespace, "limit": 1}
    return client.get("/documents", params=params).json()["total"]


def test_a_job_killed_in_mid_flight_ends_with_every_item_once(
    service: Service, client: httpx.Client, pictures: Path, tmp_path: Path
) -> None:
    """SIGKILL after the first acknowledged shard, the same command again, every picture once."""
    job = tmp_path / "job"
    order = command(service, pictures, "bulk", "--job", str(job))
    process = subprocess.Popen(order, start_new_session=True)
    recorded = job / "checkpoint.jsonl"
    while not (recorded.exists() and recorded.read_bytes().count(b"\n")):
        assert process.poll() is None
        os.sched_yield()
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    # What it had sent may still be written by the service; the job itself was not done.
    assert recorded.read_bytes().count(b"\n") < ITEMS // 50
    # One of them is torn: done, and said so.
    assert subprocess.run(order, check=False, timeout=300).returncode == 3
    assert total(client, "bulk") == ITEMS
    [failure] = (job / "failures.jsonl").read_text().splitlines()
    assert json.loads(failure)["place"].endswith("torn.png")
    [hit] = client.post(
        "/search",
        json={"namespace": "bulk", "query": "BW-000007.png", "mode": "keyword", "limit": 1},
    ).json()["results"]
    assert hit["metadata"]["path"] == "BW-000007.png"


def test_ray_data_spreads_a_job_with_the_same_result(
    service: Service, client: httpx.Client, pictures: Path, tmp_path: Path
) -> None:
    """Workers inside of the cluster, the same ids, the same checkpoint."""
    more = ["--workers", "1", "--job", str(tmp_path)]
    order = command(service, pictures, "spread", *more)
    assert subprocess.run(order, check=False, timeout=300).returncode == 3
    assert total(client, "spread") == ITEMS
    lines = (tmp_path / "checkpoint.jsonl").read_text().splitlines()
    assert sum(json.loads(line)["written"] for line in lines) == ITEMS
