"""Facets: as they are asked of the index, and as they are answered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from api.schemas.members.facets import FacetIn, RangeIn
from retrieval.search.facets import FacetCounts, FacetOrder, NumberStatistics, ValueRange
from retrieval.times import time_in


def facet_orders(wanted: Sequence[FacetIn]) -> tuple[FacetOrder, ...]:
    """Return what the index is asked to count."""
    return tuple(
        FacetOrder(
            one.field,
            one.limit,
            tuple(ValueRange(_end(part.low), _end(part.high)) for part in one.ranges),
            one.disjunctive,
            f"facets.{at}",
        )
        for at, one in enumerate(wanted)
    )


def facet_body(wanted: FacetIn, found: FacetCounts) -> dict[str, Any]:
    """Return a facet as it is answered."""
    return {
        "field": found.field,
        "documents": found.holding,
        "missing": found.missing,
        "values": [{"value": value, "count": count} for value, count in found.values],
        "distinct": found.distinct,
        "ranges": [
            _range(part, count) for part, count in zip(wanted.ranges, found.ranges, strict=True)
        ],
        "statistics": None if found.statistics is None else _statistics(found.statistics),
    }


def _end(end: float | str | None) -> float | datetime | None:
    return time_in(end) if isinstance(end, str) else end


def _range(part: RangeIn, count: int) -> dict[str, Any]:
    return part.model_dump(by_alias=True, exclude_none=True) | {"count": count}


def _statistics(numbers: NumberStatistics) -> dict[str, float]:
    return {
        "count": numbers.count,
        "min": numbers.least,
        "max": numbers.greatest,
        "mean": numbers.mean,
        "sum": numbers.total,
    }
