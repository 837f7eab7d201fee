"""What is in `deploy/` and in the workflow fits what it is for, as far as files can tell."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from ray.serve.schema import ServeDeploySchema

from agents.budget import CAPS
from deployments.checking import config
from deployments.local.environment import FAST_DATA_PLANE, MEMORY
from deployments.replica.base import PUSH_DEADLINE_S
from deployments.settings.tunables import IngressTunables
from scripts.dev.kuberay import CONFIG, MANIFEST, combined

PROJECT = Path(__file__).resolve().parents[3]
DEPLOY = PROJECT / "deploy"
DEFAULT = PROJECT / "serve_config.yaml"
CONFIGS = sorted(DEPLOY.glob("serve-*.yaml"))
SCHEMA = json.loads((Path(__file__).parent / "rayservice.schema.json").read_text())
OUR_DRAIN_S, RAYS_DRAIN_S = 3, 30
"""How long a replica of the Ingress stays open for connections: here, and on Ray's own terms."""


@pytest.fixture(scope="module")
def manifest() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(MANIFEST.read_text()))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_configuration_passes_the_strict_check_and_serves_schema(path: Path) -> None:
    """Unknown keys are errors here, unlike in Serve."""
    schema = ServeDeploySchema.model_validate(config.load(path))
    assert [app.import_path for app in schema.applications] == ["graph:build"]


@pytest.mark.parametrize("path", [DEFAULT, *CONFIGS], ids=lambda path: path.stem)
def test_a_replica_that_goes_may_take_as_long_as_its_longest_call(path: Path) -> None:
    """And has time to hand over its last figures, though the hub is being replaced as well."""
    deployments = config.load(path)["applications"][0]["deployments"]
    may_take_s = {each["name"]: each.get("graceful_shutdown_timeout_s", 20) for each in deployments}
    tunables = IngressTunables()
    longest_s = max(CAPS["deadline_ms"] / 1000, tunables.write_deadline_s)
    drain_s = RAYS_DRAIN_S if path.stem == "serve-cluster" else OUR_DRAIN_S
    least_s = {
        "Ingress": drain_s + longest_s,
        **dict.fromkeys(("Embedder", "HybridSearch", "ThoughtBranch"), tunables.read_deadline_s),
    }
    # Serve's first look, the push, and the file.
    handed_over_s = 2 + PUSH_DEADLINE_S + 2
    assert {
        name: (may, least_s.get(name, handed_over_s))
        for name, may in may_take_s.items()
        if may < least_s.get(name, handed_over_s)
    } == {}


def test_there_is_one_for_each_kind_of_machine() -> None:
    """A GPU machine, several nodes, real CLIP weights."""
    assert {path.stem for path in CONFIGS} >= {"serve-gpu", "serve-cluster", "serve-clip"}


def test_the_gpu_configuration_asks_for_gpus_and_encodes_on_them() -> None:
    """Either alone would be a silent fall back to the processor."""
    app = config.load(DEPLOY / "serve-gpu.yaml")["applications"][0]
    [embedder] = [d for d in app["deployments"] if d["name"] == "Embedder"]
    assert embedder["ray_actor_options"]["num_gpus"] == 1
    assert app["args"]["model"]["device"] == "cuda"


def test_on_several_nodes_every_reader_has_a_twin_on_another_node() -> None:
    """And state is where every node reaches it; one writer, because two would only conflict."""
    app = config.load(DEPLOY / "serve-cluster.yaml")["applications"][0]
    by_name = {d["name"]: d for d in app["deployments"]}
    for name in ("Ingress", "Embedder", "HybridSearch"):
        assert by_name[name]["autoscaling_config"]["min_replicas"] >= 2
        assert by_name[name]["max_replicas_per_node"] == 1
    assert by_name["IndexWriter"]["num_replicas"] == 1
    assert app["args"]["index"]["uri"].startswith("s3://")
    assert app["args"]["limiter"]["redis_url"].startswith("redis://")


def test_a_reachable_service_without_keys_is_refused_elsewhere_too() -> None:
    """That the key file of another machine cannot be read here is no way round it."""
    broken = yaml.safe_load((DEPLOY / "serve-cluster.yaml").read_text())
    broken["applications"][0]["args"]["identity"]["keys_file"] = None
    assert any("without API keys" in problem for problem in config.check(broken, elsewhere=True))


def test_the_manifest_fits_the_rayservice_schema(manifest) -> None:
    """KubeRay's own, cut down to what concerns us; see the file's note."""
    problems = list(Draft202012Validator(SCHEMA).iter_errors(manifest[0]))
    assert not problems, problems[0].json_path + ": " + problems[0].message


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("spec", "rayClusterConfig", "headGroupSpec"), None),
        (("spec", "rayClusterConfig", "gcsFaultToleranceOptions", "redisAdress"), "redis:6379"),
        (("spec", "rayClusterConfig", "workerGroupSpecs", 0, "maxReplicas"), "16"),
        (("spec", "rayClusterConfig", "authOptions", "mode"), "tokens"),
        (("spec", "serveConfigV3"), "applications: []"),
    ],
)
def test_the_schema_notices_typing_errors(manifest, path, value) -> None:
    """A missing part, an unknown one on either level, a wrong type, a wrong word."""
    broken = json.loads(json.dumps(manifest[0]))
    target = broken
    for key in path[:-1]:
        target = target[key]
    if value is None:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    assert list(Draft202012Validator(SCHEMA).iter_errors(broken))


def test_the_manifest_carries_the_cluster_configuration() -> None:
    """`scripts/dev/kuberay.py` writes it; nobody edits it twice."""
    assert MANIFEST.read_text() == combined(MANIFEST.read_text(), CONFIG.read_text())


def test_every_node_gets_the_data_plane_of_make_up(manifest) -> None:
    """The switches are read when Ray starts, so that a node without them is another service."""
    settings = next(part["data"] for part in manifest if part["kind"] == "ConfigMap")
    container = (DEPLOY / "Containerfile").read_text()
    for name, value in FAST_DATA_PLANE.items():
        if name.startswith("RAY_SERVE_"):
            assert settings[name] == value
            assert f"{name}={value}" in container
    for name, value in MEMORY.items():
        assert settings[name] == value


def test_nobody_outside_reaches_rays_own_ports(manifest) -> None:
    """They unpickle what they are sent: 8000 is the only one open, and the token is on."""
    policy = next(part for part in manifest if part["kind"] == "NetworkPolicy")["spec"]
    opened = [rule for rule in policy["ingress"] if "from" not in rule]
    assert opened == [{"ports": [{"port": 8000}]}]
    cluster = manifest[0]["spec"]["rayClusterConfig"]
    assert cluster["authOptions"] == {"mode": "token"}
    assert cluster["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"


def test_every_file_sets_every_deployment() -> None:
    """One that is left out takes Serve's defaults, a whole core among them, without a word."""
    shipped = config.load(PROJECT / "serve_config.yaml")["applications"][0]["deployments"]
    for path in CONFIGS:
        app = config.load(path)["applications"][0]
        wanted = {d["name"] for d in shipped}
        if app["args"].get("limiter", {}).get("redis_url"):
            wanted -= {"RateLimiter"}
        assert {d["name"] for d in app["deployments"]} == wanted, path.name
