"""Requests whose joules can still be asked for: all that run, and the last that ended."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from sustainability.errors import UnknownRequest
from sustainability.metering.messages import Finished
from sustainability.work import RequestKey

RequestName = tuple[str, str]
"""Client and request id: an id alone may be another client's too."""


@dataclass(slots=True)
class RequestEnergy:
    """Sums of what a request caused."""

    energy_j: float = 0.0
    cpu_s: float = 0.0
    elsewhere_j: float = 0.0
    """On accelerators; part of ``energy_j``."""

    def minus(self, other: "RequestEnergy") -> "RequestEnergy":
        """Return the difference."""
        return RequestEnergy(
            self.energy_j - other.energy_j,
            self.cpu_s - other.cpu_s,
            self.elsewhere_j - other.elsewhere_j,
        )


@dataclass(slots=True)
class RequestRecord:
    """What is known of a request; of all requests, where a client used an id again."""

    key: RequestKey
    cost: RequestEnergy = field(default_factory=RequestEnergy)
    emissions_g: float = 0.0
    by_deployment_j: dict[str, float] = field(default_factory=dict)
    estimate_j: float = 0.0
    took_s: float = 0.0
    ended_s: float = float("inf")
    settled: bool = False
    touched_s: float = 0.0
    fresh: list[Finished] = field(default_factory=list)
    """Ended since it was last settled."""
    counted: RequestEnergy = field(default_factory=RequestEnergy)
    """Part of ``cost`` that was settled already."""

    def end(self, finished: Finished) -> None:
        """Note that an answer was sent."""
        self.fresh.append(finished)
        self.ended_s = finished.ended_s
        self.took_s += finished.took_s
        self.estimate_j += finished.estimate_j

    def take_fresh(self) -> tuple[list[Finished], RequestEnergy]:
        """Return what ended since the last call, and what was spent since then."""
        fresh, cost = self.fresh, self.cost.minus(self.counted)
        self.fresh, self.counted = [], replace(self.cost)
        return fresh, cost


class KeptRequests:
    """The records, oldest first.

    Args:
        max_kept: At most so many.
        kept_s: For so long after the last that was heard of them.
    """

    def __init__(self, max_kept: int, kept_s: float) -> None:
        self.max_kept = max_kept
        self.kept_s = kept_s
        self._records: OrderedDict[RequestName, RequestRecord] = OrderedDict()
        self._open: dict[RequestName, RequestRecord] = {}

    def __len__(self) -> int:
        return len(self._records)

    def of(self, key: RequestKey, now_s: float) -> RequestRecord:
        """Return a request's record, a new one where there is none."""
        name = (key.client, key.request_id)
        record = self._records.get(name)
        if record is None:
            record = self._records[name] = RequestRecord(key)
        record.touched_s = now_s
        self._records.move_to_end(name)
        # Settled before: work that came in after all, or an id that is used again.
        record.settled = False
        self._open[name] = record
        return record

    def get(self, client: str, request_id: str) -> RequestRecord:
        """Return the record of a client's own request.

        Raises:
            UnknownRequest: There is none, or none any more.
        """
        record = self._records.get((client, request_id))
        if record is None:
            raise UnknownRequest(
                f"request {request_id:.64} was not metered for this client, or is no longer kept"
            )
        return record

    def settle(self, until_s: float) -> Iterator[RequestRecord]:
        """Return the requests that ended before ``until_s`` and cost nothing since."""
        due = [(name, record) for name, record in self._open.items() if record.ended_s <= until_s]
        for name, record in due:
            record.settled = True
            del self._open[name]
            yield record

    def forget(self, now_s: float) -> None:
        """Drop what is too old or too much."""
        while self._records:
            name, record = next(iter(self._records.items()))
            old = now_s - record.touched_s > self.kept_s
            if not old and len(self._records) <= self.max_kept:
                return
            del self._records[name]
            self._open.pop(name, None)
