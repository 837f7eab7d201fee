"""The image holds what `make up` has, and nothing that is secret."""

import os
import re
import stat
import sys
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

import pytest
import yaml

from deployments.local import environment
from deployments.local.environment import Ports, haproxy_wrapper, ray_environment
from deployments.local.rollout import SOURCES

PROJECT = Path(__file__).resolve().parents[3]
CONTAINERFILE = (PROJECT / "deploy" / "Containerfile").read_text()
IGNORES = [PROJECT / ".containerignore", PROJECT / ".dockerignore"]
LEFT_TO_THE_CLUSTER = {
    # KubeRay gives each pod the token.
    "RAY_AUTH_MODE",
    "RAY_AUTH_TOKEN_PATH",
    # A pod has an address of its own: every port is free, and other pods must reach it.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER",
    "RAY_SERVE_HAPROXY_STATS_PORT",
    "RAY_SERVE_HAPROXY_METRICS_PORT",
    "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT",
    "RAY_SERVE_FALLBACK_PROXY_GRPC_PORT",
    "RAY_SERVE_DIRECT_INGRESS_MIN_HTTP_PORT",
    "RAY_SERVE_DIRECT_INGRESS_MAX_HTTP_PORT",
    "DASHBOARD_METRIC_PORT",
    # A replica derives it from the pods' token.
    "BRAINWAV_PROXY_SECRET",
    # By the cores of the machine; in a pod Serve's own four.
    "RAY_SERVE_HAPROXY_NBTHREAD",
    # A load balancer far away learns late that a replica goes: Ray's half a minute is right.
    "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S",
    # Nobody else is in a container.
    "TMPDIR",
    "BRAINWAV_INSTANCE",
}


OURS = (
    "BRAINWAV_HAPROXY",
    "BRAINWAV_REFUSALS_FRONTEND",
    "BRAINWAV_REFUSALS_BACKENDS",
    "BRAINWAV_ERROR_REPLIES",
)


@pytest.fixture(scope="module")
def image() -> dict[str, str]:
    """The variables of the image."""
    (block,) = re.findall(r"^ENV (.*?[^\\])$", CONTAINERFILE, re.MULTILINE | re.DOTALL)
    pairs = [pair.strip().split("=", 1) for pair in block.replace("\\\n", "\n").splitlines()]
    return dict(pairs)


@pytest.fixture
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What `make up` sets, without what it inherits."""
    monkeypatch.setattr(environment, "run_folder_path", lambda state: tmp_path)
    for name in set(os.environ) - {"PATH", "HOME"}:
        monkeypatch.delenv(name)
    found = ray_environment(PROJECT, tmp_path, "some", Ports(*range(20001, 20010)))
    return {name: value for name, value in found.items() if name not in ("PATH", "HOME")}


def test_an_image_starts_ray_in_the_environment_of_make_up(
    image: dict[str, str], made_up: dict[str, str], tmp_path: Path
) -> None:
    """Every variable, the wrapper's among them, but those that the test names with a reason."""
    assert set(made_up) - set(image) == LEFT_TO_THE_CLUSTER
    site = next(parent for parent in Path(yaml.__file__).parents if parent.name == "site-packages")
    for name in set(made_up) & set(image):
        value = made_up[name]
        for here, there in (
            # What replicas write over must be theirs.
            (f"{tmp_path}/ha", "/app/haproxy" if name in OURS else "/home/ray/ha"),
            (sys.executable, "/app/.venv/bin/python"),
            (str(site), "/app/.venv/lib/python3.11/site-packages"),
            (str(PROJECT), "/app"),
        ):
            value = value.replace(here, there)
        assert image[name] == value, name


def test_what_the_wrapper_is_told_exists(tmp_path: Path) -> None:
    """The image's build writes the same files by scripts/dev/haproxy_files.py."""
    for name, path in haproxy_wrapper(tmp_path).items():
        assert Path(path).exists(), name
    assert "python -m scripts.dev.haproxy_files --into /app/haproxy" in CONTAINERFILE


def test_ray_starts_where_no_code_hides_that_of_a_zip() -> None:
    """What lies in the folder that it is started in goes before a deployment's own folder."""
    assert re.findall(r"^WORKDIR (.*)$", CONTAINERFILE, re.MULTILINE)[-1] == "/home/ray"


def test_the_wrapper_can_be_run() -> None:
    wrapper = PROJECT / "deployments" / "local" / "haproxy_loopback.sh"
    assert stat.S_IMODE(wrapper.stat().st_mode) & 0o555 == 0o555


def test_nothing_is_taken_by_a_name_that_may_move() -> None:
    """The base by its digest, actions by their commits."""
    (base,) = re.findall(r"^ARG BASE=(.*)$", CONTAINERFILE, re.MULTILINE)
    assert re.search(r"@sha256:[0-9a-f]{64}$", base)
    froms = re.findall(r"^FROM (\S+)", CONTAINERFILE, re.MULTILINE)
    assert froms == ["${BASE}", "${BASE}"]
    workflows = list((PROJECT / ".github").rglob("*.yml"))
    used = [u for w in workflows for u in re.findall(r"uses: *(\S+)", w.read_text())]
    assert used
    for each in used:
        assert re.search(r"@[0-9a-f]{40}$", each), each


def test_both_builders_leave_out_the_same() -> None:
    first, second = (path.read_text() for path in IGNORES)
    assert first == second


def enters(path: str, rules: list[str]) -> bool:
    """Whether a file is in the build context: the last rule that fits it or a parent decides."""
    taken = True
    parts = PurePosixPath(path).parts
    above = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    for rule in rules:
        pattern = rule.removeprefix("!")
        if any(fits(each, pattern) for each in above):
            taken = rule.startswith("!")
    return taken


def fits(path: str, pattern: str) -> bool:
    """Whether a pattern of Docker's fits: `**/` any folders, other stars within one name."""
    if pattern.startswith("**/"):
        return fnmatchcase(path.rsplit("/", 1)[-1], pattern[3:])
    names, patterns = path.split("/"), pattern.split("/")
    return len(names) == len(patterns) and all(map(fnmatchcase, names, patterns))


@pytest.fixture(scope="module")
def rules() -> list[str]:
    lines = IGNORES[0].read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        ".brainwav/ray_token",
        ".brainwav/keys.json",
        ".brainwav/index/demo.lance/data/0.lance",
        ".venv/bin/python",
        ".env",
        "api/.env",
        "scripts/.env.production",
        "deploy/prometheus/brainwav_key",
        "deploy/keys.json",
        "deployments/keys-production.json",
        "deployments/local/ray_token",
        "retrieval/server.pem",
        "api/tls.key",
        "telemetry/metrics.sqlite",
        "telemetry/metrics.sqlite-wal",
        "state-of-somebody/ray_token",
        "backup.tar.gz",
        "tests/unit/deploy/test_image.py",
        "bench-results/k6/out.json",
        "agents/__pycache__/x.cpython-311.pyc",
    ],
)
def test_nothing_secret_enters_the_build(path: str, rules: list[str]) -> None:
    """Nor what an image has no use for."""
    assert not enters(path, rules)


def test_all_that_the_service_runs_on_enters_the_build(rules: list[str]) -> None:
    """Every file of the code, the data that comes with it, and what the Containerfile copies."""
    tracked = [p for name in (*SOURCES, "scripts") for p in files(PROJECT / name)]
    missing = [p for p in tracked if not enters(p, rules)]
    assert missing == []
    for path in ("requirements/bootstrap.lock", "requirements/runtime.lock", "serve_config.yaml"):
        assert enters(path, rules)
    assert enters("deploy/serve-cluster.yaml", rules)


def files(root: Path) -> list[str]:
    found = [root] if root.is_file() else [p for p in root.rglob("*") if p.is_file()]
    names = [str(path.relative_to(PROJECT)) for path in found]
    return [name for name in names if "__pycache__" not in name]
