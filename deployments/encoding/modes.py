"""What an Embedder replica does in each mode, and whether it may encode cheaper.

The cheaper precision is bfloat16 beside an index in float32. It is loaded and judged once, on a
thread of its own while the replica serves on; the gate's figures are told, pass or fail.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from deployments.batching.batch import BatchLimits
from sustainability.modes.profiles import Directive

if TYPE_CHECKING:
    # Brings torch, which everyone who only composes the graph would wait for.
    from deployments.encoding.service import EncodingService


@dataclass(frozen=True, slots=True)
class Cheap:
    """The outcome of the search for a cheaper precision."""

    encoder: Any
    """None where there is none that may be used."""
    reason: str


class EmbedderModes:
    """Applies directives to an encoding service.

    Args:
        limits: As configured; modes only narrow them.
        find_cheap: Loads and judges a cheaper encoder; takes seconds.
    """

    def __init__(
        self, service: EncodingService, limits: BatchLimits, find_cheap: Callable[[], Cheap]
    ) -> None:
        self._service = service
        self._limits = limits
        self._find_cheap = find_cheap
        self._cheap: Cheap | None = None
        self._finding: threading.Thread | None = None
        self._directive = Directive()

    def configure(self, limits: BatchLimits) -> None:
        """Take over new bounds; the mode stays."""
        self._limits = limits
        self.apply(self._directive)

    def apply(self, directive: Directive) -> str:
        """Work as told from the next batch on; return what was applied, or refused and why."""
        self._directive = directive
        limits = narrowed(self._limits, directive)
        if limits != self._service.batcher.limits:
            self._service.batcher.limits = limits
        self._service.cache.resize(directive.profile.cached_vectors)
        if not directive.profile.cheap_precision:
            self._service.use_cheap(None)
            return directive.mode
        return f"{directive.mode}: {self._use_cheap()}"

    def _use_cheap(self) -> str:
        cheap = self._cheap
        if cheap is None:
            if self._finding is None:
                self._finding = threading.Thread(target=self._find, name="gate", daemon=True)
                self._finding.start()
            return "the quality gate is judging a cheaper precision"
        self._service.use_cheap(cheap.encoder)
        return cheap.reason

    def _find(self) -> None:
        try:
            self._cheap = self._find_cheap()
        # The replica goes on in the precision it has; the report says so.
        except Exception as error:
            self._cheap = Cheap(None, f"cheaper precision failed: {type(error).__name__}: {error}")


def narrowed(limits: BatchLimits, directive: Directive) -> BatchLimits:
    """Return the bounds that hold in a mode."""
    profile = directive.profile
    most = profile.max_batch_items
    return replace(
        limits,
        max_batch_items=min(limits.max_batch_items, most or limits.max_batch_items),
        max_wait_s=profile.max_wait_ms / 1000,
        max_threads=profile.model_threads,
        duty=directive.duty,
    )
