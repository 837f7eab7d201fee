"""Build the index of another model beside the one in use, and switch over."""

import argparse
import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from tqdm import tqdm  # noqa: E402  (after the path, like all that follow)

from deployments.batch import BatchLimits  # noqa: E402
from deployments.bulk.connection import NotRunning, connect, prepare  # noqa: E402
from deployments.bulk.reembed import CannotEncode, Copier, NeverEqual, State  # noqa: E402
from deployments.local import cluster, config  # noqa: E402
from deployments.local.environment import token_file  # noqa: E402
from deployments.settings import IndexSettings, ServiceSettings  # noqa: E402
from retrieval.store.connection import connect as open_index  # noqa: E402
from retrieval.store.copying import changed_since, contents  # noqa: E402
from retrieval.store.writer import IndexStore  # noqa: E402


def main() -> None:
    """Copy until both indexes hold the same, deploy the next configuration, catch up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=PROJECT / "serve_config.yaml")
    parser.add_argument("--next", type=Path, required=True, help="another model and index.uri")
    parser.add_argument("--state", type=Path, default=PROJECT / ".brainwav")
    parser.add_argument("--threads", type=int, default=1, help="forward passes at once")
    parser.add_argument("--no-switch", action="store_true", help="only build the index")
    args = parser.parse_args()
    os.nice(10)
    try:
        now, then = _settings(args.config), _settings(args.next)
        if now.index.uri == then.index.uri:
            sys.exit("brAInwav: both configurations name the same index.uri")
        target = prepare(args.state, None)
        held = asyncio.run(build(now.index, then, args.threads))
        print(", ".join(f"{name}: {len(documents)}" for name, documents in held.items()))
        if args.no_switch:
            return
        switch(args.state, args.next)
        connect(target)
        print(f"{asyncio.run(catch_up(now.index, then, args.threads, held))} carried over since")
    except (config.ConfigError, NotRunning, CannotEncode, NeverEqual) as error:
        sys.exit(f"brAInwav: {error}")


async def build(old: IndexSettings, then: ServiceSettings, threads: int) -> State:
    """Copy until nothing differs. The service does not use the new index yet: we write it."""
    encode, fingerprint = _encoder(then, threads)
    store = await IndexStore.open(_located(then.index), dict(then.index.storage_options))
    await store.claim(fingerprint)
    with tqdm(unit="document", desc="copying") as bar:
        copier = Copier(await _open(old), await _open(then.index), encode, store, bar.update)
        held = await copier.until_equal()
    # Not those of the old index: one that has been emptied is not in the new one.
    for namespace in await store.namespaces():
        await store.maintain(namespace)
    await store.close()
    return held


async def catch_up(old: IndexSettings, then: ServiceSettings, threads: int, held: State) -> int:
    """Carry over what the old index was told while the service switched; return how much."""
    # Ray reads its variables when it is imported: not before ``prepare``.
    from deployments.bulk.ray_service import RayService

    service = RayService()
    copier = Copier(await _open(old), await _open(then.index), service.encode, service)
    count = 0
    for namespace, documents in (await copier.state_of_old()).items():
        there = await contents(copier.new, namespace)
        late = changed_since(held.get(namespace, {}), documents, there)
        await copier.carry(namespace, late)
        count += late.size
    return count


def switch(state: Path, configuration: Path) -> None:
    """Deploy with the gate of `scripts/deploy.py`; a failure leaves the old model in service."""
    running = cluster.recorded(state)
    if running is None:
        raise NotRunning(f"no cluster is recorded in {state}")
    port = config.load(configuration)["http_options"]["port"]
    command: Sequence[str] = [
        sys.executable,
        str(PROJECT / "scripts" / "deploy.py"),
        *("--config", str(configuration), "--dashboard", running.dashboard_url),
        *("--service", f"http://127.0.0.1:{port}", "--token-file", str(token_file(state))),
    ]
    done = subprocess.run(command, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def _settings(path: Path) -> ServiceSettings:
    return ServiceSettings.model_validate(config.load(path)["applications"][0].get("args") or {})


def _encoder(settings: ServiceSettings, threads: int):
    from deployments import encoder_setup as setup
    from deployments.encoding import EncodingService
    from retrieval.clip.runtime import set_threads

    encoder, choice = setup.load(settings)
    service = EncodingService(encoder, BatchLimits(), threads + 1, threads, lambda: set_threads(1))
    return service.encode, setup.fingerprint(encoder, choice)


async def _open(index: IndexSettings):
    return await open_index(_located(index), dict(index.storage_options))


def _located(index: IndexSettings) -> str:
    return index.uri if "://" in index.uri else str((PROJECT / index.uri).resolve())


if __name__ == "__main__":
    main()
