"""Composition root: settings in, one Serve application out.

No `from __future__ import annotations` here: it would silently switch off Serve's
validation of the builder's argument.
"""

import os
from pathlib import Path

from ray.serve import Application

from deployments.embedder import Embedder
from deployments.energy_meter import EnergyMeter
from deployments.gateway.http_host import bound_host
from deployments.index_writer import IndexWriter
from deployments.ingress import Ingress
from deployments.metrics_hub import MetricsHub
from deployments.planner import Planner
from deployments.planning import engines
from deployments.rate_limiter import RateLimiter
from deployments.search import HybridSearch
from deployments.settings.exposure import problem
from deployments.settings.locations import (
    audit_file,
    books_file,
    bucket_file,
    energy_file,
    jobs_file,
    located,
    metrics_file,
)
from deployments.settings.service import ServiceSettings, slo_file_of
from deployments.thought_branch import ThoughtBranch


def build(settings: ServiceSettings) -> Application:
    """Compose the deployments: Ingress over Embedder, HybridSearch, IndexWriter, Planner with its
    ThoughtBranches, RateLimiter; all of them tell the MetricsHub and the EnergyMeters.

    `serve_config.yaml` names this function and sets replicas, queues, CPU shares and
    `user_config` of each deployment by its class name.

    Raises:
        ValueError: Others could reach the service and no API keys are in force, or a
            language model is configured that could never answer.
    """
    settings = located(settings)
    keys_file = settings.identity.keys_file
    if refusal := problem(bound_host(), Path(keys_file) if keys_file else None):
        raise ValueError(f"brAInwav: {refusal}")
    llm = settings.llm
    if refusal := engines.problem(llm, os.environ):
        raise ValueError(f"brAInwav: {refusal}")
    index = settings.index
    hub = MetricsHub.bind(str(metrics_file(settings)), str(slo_file_of(settings)))
    meters = EnergyMeter.bind(hub, str(energy_file(settings)), settings.energy)
    files = books_file(settings), audit_file(settings), jobs_file(settings)
    writer = IndexWriter.bind(hub, meters, index, *map(str, files))
    embedder = Embedder.bind(hub, meters, settings, writer)
    search = HybridSearch.bind(hub, meters, index)
    limiter = None
    if settings.limiter.redis_url is None:
        limiter = RateLimiter.bind(hub, str(bucket_file(settings)))
    branch = ThoughtBranch.bind(hub, meters, embedder, search, llm)
    planner = Planner.bind(hub, meters, embedder, search, writer, branch, llm)
    return Ingress.bind(hub, meters, settings, embedder, search, writer, planner, limiter)
