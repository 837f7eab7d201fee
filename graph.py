"""Composition root: settings in, one Serve application out.

No `from __future__ import annotations` here: it would silently switch off Serve's
validation of the builder's argument.
"""

import os
from pathlib import Path

from ray.serve import Application

from deployments import engines
from deployments.embedder import Embedder
from deployments.exposure import problem
from deployments.http_host import bound_host
from deployments.index_writer import IndexWriter
from deployments.ingress import Ingress
from deployments.metrics_hub import MetricsHub
from deployments.planner import Planner
from deployments.rate_limiter import RateLimiter
from deployments.search import HybridSearch
from deployments.settings import ServiceSettings, slo_file_of
from deployments.thought_branch import ThoughtBranch

PROJECT = Path(__file__).parent


def build(settings: ServiceSettings) -> Application:
    """Compose the deployments: Ingress over Embedder, HybridSearch, IndexWriter, Planner with its
    ThoughtBranches, RateLimiter; all of them tell the MetricsHub.

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
    writer = IndexWriter.bind(hub, index)
    embedder = Embedder.bind(hub, settings, writer)
    search = HybridSearch.bind(hub, index)
    limiter = None
    if settings.limiter.redis_url is None:
        limiter = RateLimiter.bind(hub, str(_bucket_file(settings)))
    branch = ThoughtBranch.bind(hub, embedder, search, llm)
    planner = Planner.bind(hub, embedder, search, writer, branch, llm)
    return Ingress.bind(hub, settings, embedder, search, writer, planner, limiter)


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
    return settings.model_copy(update=located)


def _bucket_file(settings: ServiceSettings) -> Path:
    if settings.limiter.file is not None:
        return Path(_absolute(settings.limiter.file))
    return _beside_index(settings, "buckets.sqlite")


def _beside_index(settings: ServiceSettings, name: str) -> Path:
    """Return where a file of state lies: beside a local index, else in the project."""
    if "://" in settings.index.uri:
        return PROJECT / ".brainwav" / name
    return Path(settings.index.uri).parent / name


def _absolute(path: str) -> str:
    return str((PROJECT / path).resolve())
