"""Composition root: settings in, one Serve application out.

No `from __future__ import annotations` here: it would silently switch off Serve's
validation of the builder's argument.
"""

import os
from pathlib import Path

from ray.serve import Application

from deployments import engines
from deployments.embedder import Embedder
from deployments.energy_meter import EnergyMeter
from deployments.exposure import problem
from deployments.http_host import bound_host
from deployments.index_writer import IndexWriter
from deployments.ingress import Ingress
from deployments.metrics_hub import MetricsHub
from deployments.planner import Planner
from deployments.rate_limiter import RateLimiter
from deployments.search import HybridSearch
from deployments.settings import EnergySettings, ServiceSettings, slo_file_of
from deployments.thought_branch import ThoughtBranch

PROJECT = Path(__file__).parent


def build(settings: ServiceSettings) -> Application:
    """Compose the deployments: Ingress over Embedder, HybridSearch, IndexWriter, Planner with its
    ThoughtBranches, RateLimiter; all of them tell the MetricsHub and the EnergyMeters.

    `serve_config.yaml` names this function and sets replicas, queues, CPU shares and
    `user_config` of each deployment by its class name.

    Raises:
        ValueError: Others could reach the service and no API keys are in force, or a
            language model is configured that could never answer.
    """
    settings = _located(settings)
    keys_file = settings.identity.keys_file
    if refusal := problem(bound_host(), Path(keys_file) if keys_file else None):
        raise ValueError(f"brAInwav: {refusal}")
    llm = settings.llm
    if refusal := engines.problem(llm, os.environ):
        raise ValueError(f"brAInwav: {refusal}")
    index = settings.index
    hub = MetricsHub.bind(
        str(_beside_index(settings, "metrics.sqlite")), str(slo_file_of(settings))
    )
    meters = EnergyMeter.bind(hub, str(_energy_file(settings)), settings.energy)
    writer = IndexWriter.bind(hub, meters, index)
    embedder = Embedder.bind(hub, meters, settings, writer)
    search = HybridSearch.bind(hub, meters, index)
    limiter = None
    if settings.limiter.redis_url is None:
        limiter = RateLimiter.bind(hub, str(_bucket_file(settings)))
    branch = ThoughtBranch.bind(hub, meters, embedder, search, llm)
    planner = Planner.bind(hub, meters, embedder, search, writer, branch, llm)
    return Ingress.bind(hub, meters, settings, embedder, search, writer, planner, limiter)


def _located(settings: ServiceSettings) -> ServiceSettings:
    """Relative paths are the project's: replicas have working folders of their own."""
    index, identity, llm = settings.index, settings.identity, settings.llm
    if "://" not in index.uri:
        index = index.model_copy(update={"uri": _absolute(index.uri)})
    if identity.keys_file is not None:
        identity = identity.model_copy(update={"keys_file": _absolute(identity.keys_file)})
    if llm is not None and llm.api_key_file is not None:
        llm = llm.model_copy(update={"api_key_file": _absolute(llm.api_key_file)})
    slo = settings.slo
    if slo.file is not None:
        slo = slo.model_copy(update={"file": _absolute(slo.file)})
    located = {"index": index, "identity": identity, "llm": llm, "slo": slo}
    return settings.model_copy(update=located | {"energy": _energy_located(settings.energy)})


def _energy_located(energy: EnergySettings) -> EnergySettings:
    update = {}
    if energy.intensity_file is not None:
        update["intensity_file"] = _absolute(energy.intensity_file)
    maps = energy.electricity_maps
    if maps is not None and maps.token_file is not None:
        token_file = {"token_file": _absolute(maps.token_file)}
        update["electricity_maps"] = maps.model_copy(update=token_file)
    return energy.model_copy(update=update)


def _bucket_file(settings: ServiceSettings) -> Path:
    if settings.limiter.file is not None:
        return Path(_absolute(settings.limiter.file))
    return _beside_index(settings, "buckets.sqlite")


def _energy_file(settings: ServiceSettings) -> Path:
    if settings.energy.file is not None:
        return Path(_absolute(settings.energy.file))
    return _beside_index(settings, "energy.sqlite")


def _beside_index(settings: ServiceSettings, name: str) -> Path:
    """Return where a file of state lies: beside a local index, else in the project."""
    if "://" in settings.index.uri:
        return PROJECT / ".brainwav" / name
    return Path(settings.index.uri).parent / name


def _absolute(path: str) -> str:
    return str((PROJECT / path).resolve())
