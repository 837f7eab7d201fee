"""Composition root: settings in, one Serve application out.

No `from __future__ import annotations` here: it would silently switch off Serve's
validation of the builder's argument.
"""

from pathlib import Path

from ray.serve import Application

from deployments.embedder import Embedder
from deployments.index_writer import IndexWriter
from deployments.ingress import Ingress
from deployments.search import HybridSearch
from deployments.settings import IndexSettings, ServiceSettings

PROJECT = Path(__file__).parent


def build(settings: ServiceSettings) -> Application:
    """Compose Ingress, Embedder, HybridSearch and IndexWriter.

    `serve_config.yaml` names this function and sets replicas, queues, CPU shares and
    `user_config` of each deployment by its class name.
    """
    index = _located(settings.index)
    writer = IndexWriter.bind(index)
    embedder = Embedder.bind(settings, writer)
    search = HybridSearch.bind(index)
    return Ingress.bind(embedder, search, writer)


def _located(index: IndexSettings) -> IndexSettings:
    """A relative folder is the project's: replicas have working folders of their own."""
    if "://" in index.uri:
        return index
    return index.model_copy(update={"uri": str((PROJECT / index.uri).resolve())})
