"""One request of the load, what its answer must hold, and what came of all of its kind."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

READ_DEADLINE_S = 10.0
MOST_WAIT_S = 10.0
"""For a Retry-After that says more, the retry counts as a failure."""


@dataclass(slots=True)
class TrafficCounts:
    """Of one kind of request."""

    sent: int = 0
    failed_at_once: int = 0
    failed_with_retry: int = 0
    """At the same address."""
    unconnected: int = 0
    """Failed at once because nobody listened, and at once answered at the second address."""
    failed_at_both: int = 0
    """Failed at once, and with its retry at the second address."""
    without_retry_after: int = 0
    """503 and 507 that did not say when to come back."""
    hung: int = 0
    wrong: int = 0
    """Answered with success, and not with what was promised."""
    reasons: Counter[str] = field(default_factory=Counter)
    longest_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent, and what its answer must hold."""

    kind: str
    method: str
    path: str
    body: Mapping[str, object] | None = None
    deadline_s: float = READ_DEADLINE_S
    holds: Callable[[httpx.Response], bool] = lambda answer: True


def is_answer(request: Request, answer: httpx.Response | None) -> bool:
    """Whether it is what was asked for."""
    if answer is None:
        return False
    # Deleted before, by the try whose answer was lost.
    return answer.is_success or (request.kind == "delete" and answer.status_code == 404)


def wait_s(answer: httpx.Response | None) -> float:
    """Return how long to wait before the retry, as the answer says or without one."""
    told = "1" if answer is None else answer.headers.get("retry-after", "1")
    return min(MOST_WAIT_S, float(told) if told.isdigit() else 1.0)


def reason(answer: httpx.Response | None) -> str:
    """Return why it is none, in a few words."""
    if answer is None:
        return "no answer"
    try:
        return f"{answer.status_code} {answer.json()['error']['code']}"
    except (ValueError, KeyError, TypeError):
        return f"{answer.status_code} {answer.text[:60]!r}"


def wrote_one(answer: httpx.Response) -> bool:
    """Whether one document was written, or accepted as a job that will: both are promises."""
    told = answer.json()
    return told.get("upserted") == 1 or (
        answer.status_code == 202 and told.get("state") == "queued"
    )


def has_results(answer: httpx.Response) -> bool:
    """Whether a search was answered, hits or none."""
    return isinstance(answer.json().get("results"), list)


def has_vectors(answer: httpx.Response) -> bool:
    """Whether both texts were embedded."""
    return None not in answer.json()["embeddings"] and len(answer.json()["embeddings"]) == 2
