"""The smoke gate: a little traffic on every kind of route, judged by errors and by time."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np

NAMESPACE = "smoke-gate"
CALLERS = 4


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a version must keep to stay."""

    max_failed_share: float = 0.01
    max_p95_ms: float = 400.0
    """Of each kind of request, under the gate's own traffic."""
    least_answers: int = 20
    """Of each kind: fewer say nothing."""


@dataclass(frozen=True, slots=True)
class GateSample:
    """One request of the gate."""

    kind: str
    ok: bool
    took_ms: float


def judge(samples: Sequence[GateSample], bounds: Bounds) -> list[str]:
    """Return what is wrong, in words; an empty list lets the version stay."""
    by_kind: dict[str, list[GateSample]] = defaultdict(list)
    for sample in samples:
        by_kind[sample.kind].append(sample)
    problems = [] if by_kind else ["nothing was asked"]
    for kind, some in sorted(by_kind.items()):
        problems += _judge_kind(kind, some, bounds)
    return problems


def _judge_kind(kind: str, samples: Sequence[GateSample], bounds: Bounds) -> Iterator[str]:
    failed = sum(not sample.ok for sample in samples) / len(samples)
    if failed > bounds.max_failed_share:
        yield f"{kind}: {failed:.1%} failed, at most {bounds.max_failed_share:.1%}"
    # A failure may be quick: it is no answer.
    times = [sample.took_ms for sample in samples if sample.ok]
    if len(times) < bounds.least_answers:
        yield f"{kind}: {len(times)} answers, at least {bounds.least_answers} are needed"
    elif (p95 := float(np.percentile(times, 95))) > bounds.max_p95_ms:
        yield f"{kind}: p95 {p95:.0f} ms, at most {bounds.max_p95_ms:.0f} ms"


@dataclass(frozen=True, slots=True)
class HttpGate:
    """Asks a running service for some seconds.

    Args:
        url: Of the service.
        api_key: Where keys are in force: one that may write to the namespace `smoke-gate`.
    """

    url: str
    api_key: str | None
    seconds: float
    bounds: Bounds
    writes: bool = True
    """Whether documents may be written as well."""
    namespace: str | None = NAMESPACE
    """Where it searches; None: nowhere, since there is nothing yet."""
    clock_s: Callable[[], float] = time.monotonic
    """Says when the seconds are over."""

    def __call__(self) -> list[str]:
        headers = {"X-API-Key": self.api_key} if self.api_key else {}
        with httpx.Client(base_url=self.url, timeout=30, headers=headers) as client:
            if self.writes:
                # What is written first is there to be searched.
                _answer(lambda: _writes(0)[0][1](client))
            deadline_s = self.clock_s() + self.seconds
            with ThreadPoolExecutor(CALLERS) as pool:
                runs = [pool.submit(self._ask, client, n, deadline_s) for n in range(CALLERS)]
                samples = [sample for run in runs for sample in run.result()]
        return judge(samples, self.bounds)

    def _ask(self, client: httpx.Client, caller: int, deadline_s: float) -> list[GateSample]:
        samples, turn = [], caller
        calls = _reads(self.namespace)
        if self.writes:
            calls += _writes(caller)
        while (left_s := deadline_s - self.clock_s()) > 0:
            kind, call = calls[turn % len(calls)]
            turn += 1
            start_s = time.perf_counter()
            answer = _answer(lambda call=call: call(client))
            if answer is not None and answer.status_code == 429:
                # The limits are kept, which says nothing against the version.
                time.sleep(min(_wait_s(answer), left_s))
                continue
            took_ms = (time.perf_counter() - start_s) * 1000
            samples.append(GateSample(kind, answer is not None and answer.is_success, took_ms))
        return samples


def _answer(call: Callable[[], httpx.Response]) -> httpx.Response | None:
    try:
        return call()
    except httpx.HTTPError:
        return None


def _wait_s(answer: httpx.Response) -> float:
    """Return how long a refused client is to wait; a date, as others' proxies send, is a second."""
    told = answer.headers.get("Retry-After", "")
    return float(told) if told.isdecimal() else 1.0


GateCall = Callable[[httpx.Client], httpx.Response]


def _writes(caller: int) -> list[tuple[str, GateCall]]:
    document = {"id": f"gate-{caller}", "text": "a document of the smoke gate"}
    put = {"namespace": NAMESPACE, "documents": [document]}
    return [("PUT /documents", _sender("PUT", "/documents", put))]


def _reads(namespace: str | None) -> list[tuple[str, GateCall]]:
    embed = {"inputs": [{"text": "a text of the smoke gate"}]}
    calls: list[tuple[str, GateCall]] = [
        ("POST /embed", _sender("POST", "/embed", embed)),
        ("GET /health/ready", lambda client: client.get("/health/ready")),
    ]
    if namespace is not None:
        search = {"namespace": namespace, "query": "smoke gate", "limit": 5}
        calls.append(("POST /search", _sender("POST", "/search", search)))
    return calls


def _sender(method: str, path: str, body: Mapping[str, Any]) -> GateCall:
    return lambda client: client.request(method, path, json=body)
