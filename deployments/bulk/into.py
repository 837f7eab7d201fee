"""Where a bulk job's items go, as its command names it; it makes the sink wherever it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from deployments.bulk.run import PATIENCE_S
from deployments.bulk.service import BulkService
from deployments.bulk.sinks.base import IndexSink, Sink


class Into(Protocol):
    """A place for items."""

    @property
    def kind(self) -> str:
        """Return what the job's folder begins with."""
        ...

    @property
    def settings(self) -> Mapping[str, object]:
        """Return what tells this job from another over the same source."""
        ...

    def __call__(self, service: BulkService) -> Sink:
        """Return the sink, made where a worker runs."""
        ...


@dataclass(frozen=True, slots=True)
class IntoNamespace:
    """A namespace of the running index."""

    namespace: str
    patience_s: float = PATIENCE_S

    @property
    def kind(self) -> str:
        """Return ``index``."""
        return "index"

    @property
    def settings(self) -> Mapping[str, object]:
        """Return the namespace."""
        return {"namespace": self.namespace}

    def __call__(self, service: BulkService) -> Sink:
        """Return a sink that writes through the one IndexWriter."""
        return IndexSink(service, self.namespace, self.patience_s)


@dataclass(frozen=True, slots=True)
class IntoFiles:
    """Files of vectors: a folder of Parquet files, or a Lance table."""

    address: str

    @property
    def kind(self) -> str:
        """Return ``embed``."""
        return "embed"

    @property
    def settings(self) -> Mapping[str, object]:
        """Return the address."""
        return {"out": self.address}

    def __call__(self, service: BulkService) -> Sink:
        """Return a sink that asks the service for nothing."""
        # Only now: LanceDB reads what ``connection.prepare`` sets when it is imported.
        from deployments.bulk.sinks.vector_files import sink_for

        return sink_for(self.address)
