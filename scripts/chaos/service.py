"""The service that is disturbed: three nodes, a small disk, clocks that can be moved."""

import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from deployments.local import cluster, nodes, processes, rollout
from scripts.bench.support.service import PORT, PROJECT, bench_config, url

SPREAD = ("Ingress", "Embedder", "HybridSearch")
START_S = 300.0
DISK_MIB = 256
CLOCKED = ("MetricsHub", "EnergyMeter", "RateLimiter", "IndexWriter")
"""Whose clock can be moved."""
FAKETIME = (
    Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"),
    Path("/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1"),
    Path("/usr/lib/faketime/libfaketime.so.1"),
)


def _configuration_of(pid: int) -> str:
    """Return what a HAProxy has read; nothing where it is gone."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
        return Path(words[words.index("-f") + 1]).read_text()
    except (OSError, ValueError):
        return ""


def _parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


class ChaosService:
    """Starts on entry, stops what it started on exit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.disk = folder / "disk"
        self.clock_file = folder / "clock"
        self.url = url()
        self.second_url = f"http://127.0.0.1:{PORT + 1}"
        """Of the first added node's proxy: a client's second address."""
        self.nodes: list[nodes.LocalNode] = []
        self.disk_problem = ""
        self.faketime = next((path for path in FAKETIME if path.exists()), None)
        self._exit = ExitStack()

    def __enter__(self) -> "ChaosService":
        self.state.mkdir()
        self.disk.mkdir()
        self.clock_file.write_text("+0\n")
        self._mount()
        self._exit.callback(cluster.stop, self.state)
        try:
            self._start()
        except BaseException:
            self._exit.close()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._exit.close()

    @property
    def running(self) -> cluster.Cluster:
        """Return the cluster."""
        found = cluster.recorded(self.state)
        if found is None:
            raise RuntimeError("the cluster is gone")
        return found

    def add_node(self, number: int) -> nodes.LocalNode:
        """Start a node and wait until it has joined."""
        return nodes.add(
            self.running, PROJECT, self.state, number, num_cpus=2, http_port=PORT + number
        )

    def replicas(self, deployment: str) -> list[dict[str, Any]]:
        """Return Serve's account of a deployment's running replicas."""
        app = rollout.status(self.running, self.state)["applications"]["brainwav"]
        found = app["deployments"][deployment]["replicas"]
        return [replica for replica in found if replica["state"] == "RUNNING"]

    def pids_titled(self, title: str) -> list[int]:
        """Return the cluster's processes whose command line holds a title."""
        found = []
        for pid in processes.marked(self.running.instance):
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
            except OSError:
                continue
            if title.encode() in command:
                found.append(pid)
        return found

    def front_door(self) -> list[int]:
        """Return the HAProxy that listens at ``url``: where there are several, the clients'."""
        binds = f"bind 127.0.0.1:{PORT} "
        return [pid for pid in self.pids_titled("haproxy.cfg") if binds in _configuration_of(pid)]

    def front_manager(self) -> list[int]:
        """Return the process of Serve's that started it."""
        parents = {_parent_of(pid) for pid in self.front_door()}
        return [pid for pid in self.pids_titled("HAProxyManager") if pid in parents]

    def _mount(self) -> None:
        command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "brainwav-chaos", self.disk]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            self.disk_problem = done.stderr.strip()
        except OSError as error:
            self.disk_problem = str(error)
        if not self.disk_problem:
            self._exit.callback(subprocess.run, ["umount", "--lazy", self.disk], check=False)

    def _start(self) -> None:
        start_s = time.monotonic()
        running = cluster.start(PROJECT, self.state, 0, PORT)
        self.nodes = [self.add_node(number) for number in (1, 2)]
        rollout.deploy(running, self._configuration(), PROJECT, self.state, START_S, print)
        rollout.await_ready(self.url, START_S)
        for name in SPREAD:
            found = {replica["node_id"] for replica in self.replicas(name)}
            if len(found) != 2:
                raise RuntimeError(f"{name} runs on {len(found)} nodes")
        print(f"three nodes serve after {time.monotonic() - start_s:.0f} s", file=sys.stderr)

    def _configuration(self) -> dict[str, Any]:
        config = bench_config({"model": "brainwav-demo"}, 0.5, self.disk / "index")
        config["proxy_location"] = "EveryNode"
        for deployment in config["applications"][0]["deployments"]:
            name = deployment["name"]
            if name in SPREAD:
                deployment["max_replicas_per_node"] = 1
                deployment["health_check_period_s"] = 2
                deployment["health_check_timeout_s"] = 10
                deployment["autoscaling_config"] |= {"min_replicas": 2, "max_replicas": 2}
            if name == "Ingress":
                deployment["user_config"] |= {"write_deadline_s": 20, "read_deadline_s": 10}
            if name in CLOCKED and self.faketime is not None:
                self._clocked(deployment)
        return config

    def _clocked(self, deployment: dict[str, Any]) -> None:
        options = deployment["ray_actor_options"]
        variables = options.setdefault("runtime_env", {}).setdefault("env_vars", {})
        variables |= {
            "LD_PRELOAD": str(self.faketime),
            "FAKETIME_TIMESTAMP_FILE": str(self.clock_file),
            # The wall clock alone can be set by others.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_CACHE_DURATION": "1",
        }
