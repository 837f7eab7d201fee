"""Build the index of another model beside the one in use, and switch over.

Exit status: 0 the other model serves (or its index was built), 1 it does not and the previous
one does, 2 somebody has to look: a step that must not fail did.
"""

import asyncio
import os
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import httpx
from tqdm import tqdm

from deployments import home as homes
from deployments.batching.batch import BatchLimits
from deployments.bulk.reembed import (
    CannotEncode,
    Copier,
    NeverEqual,
    Seen,
    State,
)
from deployments.checking import config
from deployments.commands.base import (
    PROJECT,
    Command,
    Positive,
    config_of,
    config_option,
    home_option,
)
from deployments.commands.gate_options import gate_options
from deployments.local import cluster, rollout
from deployments.local.environment import LIBRARIES, token_file
from deployments.preflight.earlier_index import Switched, lacking
from deployments.remote.errors import DeployError, NoWayBack
from deployments.remote.gate import Bounds, HttpGate
from deployments.remote.model_switch import PAUSE_S, ModelSwitch, SwitchSide
from deployments.remote.serve_api import ServeApi, configuration
from deployments.settings.service import IndexSettings, ServiceSettings
from retrieval.clip.errors import ClipError
from retrieval.encoding import Encode, Split
from retrieval.errors import RetrievalError
from retrieval.store.connection import connect as open_index
from retrieval.store.fingerprint import Fingerprint
from retrieval.store.writing.writer import IndexStore

REFUSALS = (
    config.ConfigError,
    DeployError,
    CannotEncode,
    NeverEqual,
    ClipError,
    RetrievalError,
)
"""What somebody can do something about, told without a trace."""
ROOM_S = 300.0
"""Of a pause, for what was written before it and is copied in it."""


@click.command(cls=Command)
@home_option
@config_option
@click.option(
    "--next", type=click.Path(path_type=Path), required=True, help="Another model and index.uri."
)
@click.option("--threads", type=click.IntRange(1), default=1, help="Forward passes. [default: 1]")
@click.option("--no-switch", is_flag=True, help="Only build the index.")
@click.option(
    "--timeout-s",
    type=Positive((PAUSE_S - ROOM_S) / 2),
    default=600,
    show_default=True,
    help="For each step of Serve's; a pause of writers bounds it.",
)
@gate_options
def command(home: Path, config: Path | None, **options: Any) -> None:
    """Build the index of another model beside the one in use, and switch over.

    Exit status: 0 the other model serves (or its index was built), 1 it does not and the previous
    one does, 2 somebody has to look: a step that must not fail did.
    """
    run(SimpleNamespace(state=home, config=config_of(home, config), **options))


def run(args: SimpleNamespace) -> None:
    """Copy until both indexes hold the same; then switch the running service."""
    os.nice(10)
    for name, value in LIBRARIES.items():
        os.environ.setdefault(name, value)
    try:
        wanted = config.load(args.next)
        now, then = _settings(config.load(args.config)), _settings(wanted)
        if now.index.uri == then.index.uri:
            sys.exit("brAInwav: both configurations name the same index.uri")
        if args.no_switch:
            print(Copying(now, then, args.threads).run())
        else:
            switch(args, wanted, now, then)
    except NoWayBack as error:
        print(f"brAInwav: {error}", file=sys.stderr)
        sys.exit(2)
    except REFUSALS as error:
        sys.exit(f"brAInwav: {error}")


def switch(
    args: SimpleNamespace,
    wanted: Mapping[str, Any],
    now: ServiceSettings,
    then: ServiceSettings,
) -> None:
    """Switch the service that is recorded in ``args.state``."""
    start_s = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - start_s:6.1f} s] {line}", flush=True)

    # All that can be wrong is found before hours of copying.
    running = _running(args.state)
    api = ServeApi(running.dashboard_url, token_file(args.state).read_text().strip())
    service = _Service(args, running.http)
    in_force = configuration(api.details())
    if in_force is None:
        raise DeployError("nothing is deployed: `brainwav up` starts the service")
    runs = _located(_settings(in_force).index)
    after = SwitchSide(rollout.rendered(wanted, rollout.release(PROJECT)), _located(then.index))
    service.check()
    copying = Copying(now, then, args.threads) if runs == _located(now.index) else None

    def gate() -> list[str]:
        assert copying is not None
        return service.gate(copying.largest)()

    switching = ModelSwitch(api, gate, service.is_paused, args.timeout_s, say)
    if copying is not None:
        say(copying.run())
        switching.run(SwitchSide(in_force, runs), after, lambda: say(copying.run(quiet=True)))
    elif runs == after.index:
        # It was killed in the middle: the model is there, the rest is left to do. Or somebody
        # switched by hand, and nothing was copied.
        if lacks := lacking(Switched(then.index, now.index)):
            problem = f"the other model serves, and its index lacks namespaces of the old ({lacks})"
            raise DeployError(f"{problem}: `brainwav up` with the old model, then this again")
        switching.finish(after)
    else:
        raise DeployError(f"the service runs over {runs['uri']}, --config names {now.index.uri}")
    say("the other model serves")


class Copying:
    """Carries what differs from one index to the other; the model is loaded once."""

    def __init__(self, now: ServiceSettings, then: ServiceSettings, threads: int) -> None:
        from deployments.encoding import setup
        from deployments.encoding.service import EncodingService
        from retrieval.clip.runtime import set_threads

        self._now, self._then = now.index, then.index
        encoder, choice = setup.load(then)
        # An index that is there already says in which precision to go on.
        agreed = asyncio.run(_claim(then.index, setup.fingerprint(encoder, choice)))
        try:
            encoder, choice = setup.adopt(encoder, choice, agreed, then)
        except ValueError as error:
            raise DeployError(str(error)) from error
        self._fingerprint = setup.fingerprint(encoder, choice)
        limits = BatchLimits()
        service = EncodingService(encoder, limits, threads + 1, threads, lambda: set_threads(1))
        self._encode, self._split = service.encode, service.split
        self._seen: Seen = {}
        self.largest = ""
        """The namespace with the most documents."""

    def run(self, quiet: bool = False) -> str:
        """Copy until next to nothing differs; return in words what there is.

        Args:
            quiet: Nobody writes, so that nothing at all shall differ.
        """
        by = (self._encode, self._split, self._fingerprint, self._seen)
        held, left = asyncio.run(build(self._now, self._then, *by, quiet))
        sizes = {name: len(documents) for name, documents in held.items()}
        self.largest = max(sizes, key=lambda name: sizes[name], default="")
        there = ", ".join(f"{name}: {size}" for name, size in sizes.items()) or "no documents"
        return f"{there}; {left} came meanwhile" if left else there


async def build(
    old: IndexSettings,
    new: IndexSettings,
    encode: Encode,
    split: Split,
    fingerprint: Fingerprint,
    seen: Seen,
    quiet: bool = False,
) -> tuple[State, int]:
    """Copy; return what the old index holds, and how much differs still: nothing if ``quiet``.

    The service does not write the new index yet: we do.
    """
    store = await IndexStore.open(**_located(new))
    await store.claim(fingerprint)
    with tqdm(unit="document", desc="copying") as bar:
        before, after = await open_index(**_located(old)), await open_index(**_located(new))
        planned = partial(_plan, bar)
        copier = Copier(before, after, encode, split, store, partial(_advance, bar), planned, seen)
        held, left = (await copier.until_equal(), 0) if quiet else await copier.until_near()
    # Not those of the old index: one that has been emptied is not in the new one. Nor while
    # writers wait.
    for namespace in () if quiet else await store.namespaces():
        await store.maintain(namespace)
    await store.close()
    return held, left


def _advance(bar: tqdm, documents: int) -> None:
    bar.update(documents)


def _plan(bar: tqdm, more: int) -> None:
    bar.total = bar.n + more
    bar.refresh()


async def _claim(index: IndexSettings, fingerprint: Fingerprint) -> Fingerprint:
    store = await IndexStore.open(**_located(index))
    agreed = await store.claim(fingerprint)
    await store.close()
    return agreed


class _Service:
    """The service as its users see it."""

    def __init__(self, args: SimpleNamespace, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"
        self._key = os.environ.get("BRAINWAV_API_KEY")
        self._seconds = args.gate_seconds
        self._bounds = Bounds(max_p95_ms=args.max_p95_ms)

    def check(self) -> None:
        """See that the writer can be asked and the gate will be let in.

        Raises:
            DeployError: They cannot.
        """
        if "writing" not in self._writer():
            raise DeployError(
                f"{self._url}/health says nothing of the writer: set BRAINWAV_API_KEY to a key "
                "that is bound to no namespace"
            )

    def gate(self, namespace: str) -> HttpGate:
        """Return what judges the other model, reading only."""
        where = namespace or None
        return HttpGate(self._url, self._key, self._seconds, self._bounds, False, where)

    def is_paused(self) -> bool:
        """Ask the writer whether it refuses documents."""
        return self._writer().get("writing") is False

    def _writer(self) -> dict[str, Any]:
        headers = {"X-API-Key": self._key} if self._key else {}
        try:
            answer = httpx.get(f"{self._url}/health", headers=headers, timeout=60)
            if answer.status_code in (401, 403):
                raise DeployError(f"{self._url}/health: {answer.json()['error']['message']}")
            return answer.json()["components"]["index_writer"]
        except (httpx.HTTPError, KeyError, ValueError) as error:
            raise DeployError(f"{self._url}/health does not answer: {error!r}") from error


def _running(state: Path) -> cluster.Cluster:
    running = cluster.recorded(state)
    if running is None:
        raise DeployError(f"no cluster is recorded in {state}: `brainwav up` starts one")
    return running


def _settings(configuration: Mapping[str, Any]) -> ServiceSettings:
    ours = next(a for a in configuration["applications"] if a["import_path"] == config.GRAPH)
    return ServiceSettings.model_validate(ours.get("args") or {})


def _located(index: IndexSettings) -> dict[str, Any]:
    """Return an index's address as every process understands it."""
    uri = index.uri if "://" in index.uri else str(homes.whole(index.uri))
    return {"uri": uri, "storage_options": dict(index.storage_options)}


if __name__ == "__main__":
    command()
