"""The firewall script: what it prints, and what its rules do in a network of their own."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from deployments.local import cluster
from deployments.local.cluster import Cluster
from deployments.local.ports import PREFERRED, RANGE

SCRIPT = Path(__file__).resolve().parents[3] / "deploy" / "firewall.sh"
HTTP = 18_000
"""In the range that Ray hands to its workers, which is closed."""
NOBODY = 65534


@pytest.fixture
def state(tmp_path: Path) -> Path:
    recordable = cluster._recordable(Cluster("some", PREFERRED, HTTP))
    (tmp_path / "cluster.json").write_text(json.dumps(recordable))
    return tmp_path


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["sh", str(SCRIPT), *arguments], capture_output=True, text=True)


def test_every_port_of_the_record_is_closed_but_http(state: Path) -> None:
    rules = run("--print", "--state", str(state)).stdout
    (elements,) = [line for line in rules.splitlines() if "elements" in line]
    for name in ("gcs", "dashboard", "ray_client", "metrics_export", "dashboard_metrics"):
        assert f" {getattr(PREFERRED, name)}," in elements, name
    assert f"{PREFERRED.ingress}-{PREFERRED.ingress + RANGE - 1}" in elements
    assert rules.index(f"tcp dport {HTTP} accept") < rules.index("@closed counter reject")
    assert "skuid" not in rules


def test_users_and_peers_are_named(state: Path) -> None:
    more = ("--users", "nobody", "--peers", "10.1.0.0/16,fd00::/8")
    rules = run("--print", "--state", str(state), *more).stdout
    allowed = ",".join(str(uid) for uid in sorted({0, os.getuid(), NOBODY}))
    assert f"meta skuid != {{ {allowed} }}" in rules
    assert "ip saddr 10.1.0.0/16 accept" in rules
    assert "ip6 saddr fd00::/8 accept" in rules


def test_without_a_cluster_it_says_so(tmp_path: Path) -> None:
    done = run("--print", "--state", str(tmp_path))
    assert done.returncode == 2
    assert "no cluster is recorded" in done.stdout


def test_an_unknown_option_is_answered_by_the_help(state: Path) -> None:
    done = run("--closed", "--state", str(state))
    assert done.returncode == 2
    assert "--peers" in done.stderr


# Two networks, joined by a cable: this machine and another one.
NETWORKS = textwrap.dedent(
    """
    set -eu
    ip link set lo up
    unshare -n sleep 60 & other=$!
    trap 'kill $other' EXIT
    while [ "$(readlink /proc/$other/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do :; done
    ip link add here type veth peer name there netns $other
    ip addr add 10.77.0.1/24 dev here
    ip link set here up
    nsenter -t $other -n ip addr add 10.77.0.2/24 dev there
    nsenter -t $other -n ip link set there up
    sh "$SCRIPT" --state "$STATE" --users
    sh "$SCRIPT" --state "$STATE" --users >/dev/null
    sh "$SCRIPT" --check --state "$STATE" --users
    if sh "$SCRIPT" --check --state "$STATE"; then exit 9; fi
    "$PYTHON" - "$other" "$@" <<'PROBE'
    import ctypes, json, os, socket, sys
    other, *ports = map(int, sys.argv[1:])
    held = [socket.create_server(("", port)) for port in ports]
    def connects(host, port):
        with socket.socket() as client:
            client.settimeout(5)
            return client.connect_ex((host, port)) == 0
    found = {"owner": [connects("127.0.0.1", port) for port in ports]}
    for name in ("user", "machine"):
        reading, writing = os.pipe()
        if os.fork() == 0:
            if name == "user":
                os.setgroups([]); os.setgid(65534); os.setuid(65534)
                got = [connects("127.0.0.1", port) for port in ports]
            else:
                network = os.open(f"/proc/{other}/ns/net", os.O_RDONLY)
                assert ctypes.CDLL(None).setns(network, 0) == 0
                got = [connects("10.77.0.1", port) for port in ports]
            os.write(writing, json.dumps(got).encode())
            os._exit(0)
        os.wait()
        found[name] = json.loads(os.read(reading, 4096))
    print(json.dumps(found))
    PROBE
    sh "$SCRIPT" --remove --state "$STATE"
    """
)


def can_make_networks() -> bool:
    """Whether we may; a container's root mostly may not."""
    if os.getuid() != 0 or not all(map(shutil.which, ("nft", "unshare", "nsenter", "ip"))):
        return False
    trial = ["unshare", "-n", "nft", "add", "table", "inet", "trial"]
    return subprocess.run(trial, capture_output=True).returncode == 0


@pytest.mark.skipif(
    not can_make_networks(),
    reason="needs root, nft and networks of its own",
)
def test_the_rules_let_in_whom_they_shall(state: Path) -> None:
    """The owner everywhere, other machines by HTTP alone, other users nowhere."""
    ports = [HTTP, PREFERRED.fallback_http, PREFERRED.metrics_export, PREFERRED.ingress + 3]
    environment = {**os.environ, "SCRIPT": str(SCRIPT), "STATE": str(state)}
    done = subprocess.run(
        ["unshare", "-n", "sh", "-c", NETWORKS, "sh", *map(str, ports)],
        env=environment | {"PYTHON": sys.executable},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (found,) = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert found == {
        "owner": [True, True, True, True],
        "machine": [True, False, False, False],
        "user": [False, False, False, False],
    }
    assert "brAInwav: the rules are in place" in done.stdout
    assert "removed the table" in done.stdout
