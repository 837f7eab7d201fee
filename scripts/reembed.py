"""Build the index of another model beside the one in use, and switch over.

Exit status: 0 the other model serves (or its index was built), 1 it does not and the previous
one does, 2 that one did not come back either.
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from tqdm import tqdm  # noqa: E402  (after the path, like all that follow)

from deployments.batch import BatchLimits  # noqa: E402
from deployments.bulk.reembed import CannotEncode, Copier, Encode, NeverEqual, State  # noqa: E402
from deployments.local import cluster, config, rollout  # noqa: E402
from deployments.local.environment import LIBRARIES, token_file  # noqa: E402
from deployments.remote.errors import DeployError, NoWayBack  # noqa: E402
from deployments.remote.gate import Bounds, HttpGate  # noqa: E402
from deployments.remote.model_switch import ModelSwitch, Side  # noqa: E402
from deployments.remote.serve_api import ServeApi, configuration  # noqa: E402
from deployments.settings import IndexSettings, ServiceSettings  # noqa: E402
from retrieval.store.connection import connect as open_index  # noqa: E402
from retrieval.store.fingerprint import Fingerprint  # noqa: E402
from retrieval.store.writer import IndexStore  # noqa: E402


def main() -> None:
    """Copy until both indexes hold the same; then switch the running service."""
    args = _arguments()
    os.nice(10)
    for name, value in LIBRARIES.items():
        os.environ.setdefault(name, value)
    start_s = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - start_s:6.1f} s] {line}", flush=True)

    try:
        now, then = _settings(config.load(args.config)), _settings(config.load(args.next))
        if now.index.uri == then.index.uri:
            sys.exit("brAInwav: both configurations name the same index.uri")
        # Asked before hours of copying: it may not run at all.
        before = None if args.no_switch else _in_force(args.state, now.index)
        encode, fingerprint = _encoder(then, args.threads)

        def copy() -> None:
            held = asyncio.run(build(now.index, then.index, encode, fingerprint))
            say(", ".join(f"{name}: {len(documents)}" for name, documents in held.items()))

        copy()
        if before is not None:
            after = Side(rollout.rendered(config.load(args.next), rollout.release(PROJECT)),
                         _located(then.index))  # fmt: skip
            switch = ModelSwitch(_api(args.state), _gate(args), args.timeout_s, say)
            switch.run(before, after, copy)
            say("the other model serves")
    except NoWayBack as error:
        print(f"brAInwav: {error}", file=sys.stderr)
        sys.exit(2)
    except (config.ConfigError, DeployError, CannotEncode, NeverEqual) as error:
        sys.exit(f"brAInwav: {error}")


async def build(
    old: IndexSettings, new: IndexSettings, encode: Encode, fingerprint: Fingerprint
) -> State:
    """Copy until nothing differs. The service does not write the new index yet: we do."""
    store = await IndexStore.open(**_located(new))
    await store.claim(fingerprint)
    with tqdm(unit="document", desc="copying") as bar:
        connections = [await open_index(**_located(index)) for index in (old, new)]
        held = await Copier(*connections, encode, store, bar.update).until_equal()
    # Not those of the old index: one that has been emptied is not in the new one.
    for namespace in await store.namespaces():
        await store.maintain(namespace)
    await store.close()
    return held


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--config", type=Path, default=PROJECT / "serve_config.yaml")
    parser.add_argument("--next", type=Path, required=True, help="another model and index.uri")
    parser.add_argument("--state", type=Path, default=PROJECT / ".brainwav")
    parser.add_argument("--threads", type=int, default=1, help="forward passes at once")
    parser.add_argument("--no-switch", action="store_true", help="only build the index")
    parser.add_argument("--timeout-s", type=float, default=600, help="for each step of Serve's")
    parser.add_argument("--gate-seconds", type=float, default=20)
    parser.add_argument("--max-p95-ms", type=float, default=Bounds().max_p95_ms)
    return parser.parse_args()


def _in_force(state: Path, index: IndexSettings) -> Side:
    """Return what the service runs; it must be over the index that is copied."""
    found = configuration(_api(state).details())
    if found is None:
        raise DeployError("nothing is deployed: `make up` starts the service")
    runs = _settings(found).index
    if _located(runs) != _located(index):
        raise DeployError(f"the service runs over {runs.uri}, --config names {index.uri}")
    return Side(found, _located(index))


def _api(state: Path) -> ServeApi:
    running = cluster.recorded(state)
    if running is None:
        raise DeployError(f"no cluster is recorded in {state}: `make up` starts one")
    return ServeApi(running.dashboard_url, token_file(state).read_text().strip())


def _gate(args: argparse.Namespace) -> HttpGate:
    url = f"http://127.0.0.1:{config.load(args.next)['http_options']['port']}"
    bounds = Bounds(max_p95_ms=args.max_p95_ms)
    key = os.environ.get("BRAINWAV_API_KEY")
    return HttpGate(url, key, args.gate_seconds, bounds, writes=False)


def _settings(configuration: Mapping[str, Any]) -> ServiceSettings:
    ours = next(a for a in configuration["applications"] if a["import_path"] == config.GRAPH)
    return ServiceSettings.model_validate(ours.get("args") or {})


def _encoder(settings: ServiceSettings, threads: int) -> tuple[Encode, Fingerprint]:
    from deployments import encoder_setup as setup
    from deployments.encoding import EncodingService
    from retrieval.clip.runtime import set_threads

    encoder, choice = setup.load(settings)
    service = EncodingService(encoder, BatchLimits(), threads + 1, threads, lambda: set_threads(1))
    return service.encode, setup.fingerprint(encoder, choice)


def _located(index: IndexSettings) -> dict[str, Any]:
    """Return an index's address as every process understands it."""
    uri = index.uri if "://" in index.uri else str((PROJECT / index.uri).resolve())
    return {"uri": uri, "storage_options": dict(index.storage_options)}


if __name__ == "__main__":
    main()
