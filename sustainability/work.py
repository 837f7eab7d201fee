"""Whose CPU time it is: a process' seconds, shared out among the requests it serves.

Two rules. A thread that works for known requests (a forward pass, the decoding of a picture)
is charged to them alone, split by item cost. All other seconds of the process are shared
equally, at every moment, among the requests that are being worked on at that moment; those
that only wait for another deployment count where nobody else does. With nobody in flight the
seconds belong to no request. So every CPU second is given away once, whatever overlaps.

The equal shares are kept as one running sum (the CPU seconds that one request would have got
had it been there all along), so that an event costs the same however many are in flight.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

CpuClock = Callable[[], float]
"""Seconds."""


@dataclass(frozen=True, slots=True)
class RequestKey:
    """Whose work it is; a client that sends one id twice sees the sum."""

    request_id: str
    endpoint: str
    """The route's template."""
    client: str
    """A name, never a key."""


@dataclass(slots=True)
class Charges:
    """Work since the last drain, in seconds."""

    cpu_s: dict[RequestKey, float] = field(default_factory=dict)
    device_s: dict[str, dict[RequestKey, float]] = field(default_factory=dict)
    """Busy seconds by device, such as ``gpu0``."""
    unshared_cpu_s: float = 0.0
    """Of nobody: the process worked while no request was in flight."""


class Span:
    """A request's stay on this replica."""

    __slots__ = ("account", "calls", "key", "since_s", "waiting")

    def __init__(self, account: "WorkAccount", key: RequestKey) -> None:
        self.account = account
        self.key = key
        self.waiting = False
        self.calls = 0
        self.since_s = 0.0


_current: ContextVar[Span | None] = ContextVar("energy_span", default=None)


def current_key() -> RequestKey | None:
    """Return whose work runs here now, None outside of every span."""
    span = _current.get()
    return None if span is None else span.key


def thread_clock() -> CpuClock:
    """Return a clock of this thread's CPU seconds that other threads may read where they can."""
    if hasattr(time, "pthread_getcpuclockid"):
        clock_id = time.pthread_getcpuclockid(threading.get_ident())
        return lambda: time.clock_gettime(clock_id)
    owner, last_s = threading.get_ident(), [time.thread_time()]

    def own() -> float:
        # Other threads see the time as of the last reading: it is charged a little later.
        if threading.get_ident() == owner:
            last_s[0] = time.thread_time()
        return last_s[0]

    return own


class _Task:
    """A thread at work for known requests."""

    __slots__ = ("clock", "last_s", "members", "spent_s")

    def __init__(self, clock: CpuClock, members: Sequence[tuple[RequestKey | None, float]]) -> None:
        self.clock = clock
        self.last_s = clock()
        self.spent_s = 0.0
        total = sum(cost for _, cost in members) or 1.0
        self.members = [(key, cost / total) for key, cost in members]

    def advance(self) -> float:
        """Return the seconds since the last reading."""
        now_s = self.clock()
        passed_s, self.last_s = now_s - self.last_s, now_s
        self.spent_s += passed_s
        return passed_s


@contextmanager
def not_working() -> Iterator[None]:
    """Count the current request as waiting for another deployment while inside."""
    span = _current.get()
    if span is None:
        yield
        return
    # A request may wait for several calls side by side.
    span.calls += 1
    span.account.move(span, True)
    try:
        yield
    finally:
        span.calls -= 1
        if not span.calls:
            span.account.move(span, False)


@contextmanager
def attributed_work() -> Iterator[None]:
    """Count work that outlives the call that began it as the same request's."""
    span = _current.get()
    if span is None:
        yield
        return
    with span.account.span(span.key):
        yield


class WorkAccount:
    """Shares out one process' CPU seconds; safe to use from any thread."""

    def __init__(self, process_cpu_s: CpuClock = time.process_time) -> None:
        self._process_cpu_s = process_cpu_s
        self._last_s = process_cpu_s()
        self._owed_s = 0.0
        self._lock = threading.Lock()
        # Cumulative seconds that one working, or one waiting, request has got so far.
        self._share_s = {False: 0.0, True: 0.0}
        self._spans: dict[bool, set[Span]] = {False: set(), True: set()}
        self._tasks: set[_Task] = set()
        self._cpu_s: defaultdict[RequestKey, float] = defaultdict(float)
        self._device_s: defaultdict[str, defaultdict[RequestKey, float]] = defaultdict(
            lambda: defaultdict(float)
        )
        self._unshared_s = 0.0

    @property
    def in_flight(self) -> int:
        """Requests that are here now."""
        return len(self._spans[False]) + len(self._spans[True])

    @contextmanager
    def span(self, key: RequestKey) -> Iterator[Span]:
        """Count a request as being worked on while inside."""
        span = self.enter(key)
        token = _current.set(span)
        try:
            yield span
        finally:
            _current.reset(token)
            self.leave(span)

    def enter(self, key: RequestKey) -> Span:
        """Begin a span that ``leave`` ends."""
        span = Span(self, key)
        with self._lock:
            self._advance()
            span.since_s = self._share_s[False]
            self._spans[False].add(span)
        return span

    def leave(self, span: Span) -> None:
        """End a span."""
        with self._lock:
            self._advance()
            self._collect(span)
            self._spans[span.waiting].discard(span)

    @contextmanager
    def thread_work(self, members: Sequence[tuple[RequestKey | None, float]]) -> Iterator[None]:
        """Charge this thread's CPU seconds inside to ``members``, split by their costs.

        A member without a key is nobody's: its part stays unshared.
        """
        task = _Task(thread_clock(), members)
        with self._lock:
            self._tasks.add(task)
        try:
            yield
        finally:
            with self._lock:
                self._advance()
                self._settle(task)
                self._tasks.discard(task)

    def charge_cpu(self, key: RequestKey | None, cpu_s: float) -> None:
        """Charge CPU seconds that another process spent for a request; nobody's stay unshared."""
        with self._lock:
            if key is None:
                self._unshared_s += cpu_s
            else:
                self._cpu_s[key] += cpu_s

    def charge_device(
        self, device: str, members: Sequence[tuple[RequestKey | None, float]], busy_s: float
    ) -> None:
        """Charge busy seconds of an accelerator."""
        total = sum(cost for _, cost in members) or 1.0
        with self._lock:
            for key, cost in members:
                if key is not None:
                    self._device_s[device][key] += busy_s * cost / total

    def drain(self) -> Charges:
        """Return the work since the last drain, of open spans and running threads too."""
        with self._lock:
            self._advance()
            for span in (*self._spans[False], *self._spans[True]):
                self._collect(span)
            for task in self._tasks:
                self._settle(task)
            charges = Charges(
                dict(self._cpu_s),
                {name: dict(by_key) for name, by_key in self._device_s.items()},
                self._unshared_s,
            )
            self._cpu_s.clear()
            self._device_s.clear()
            self._unshared_s = 0.0
        return charges

    def move(self, span: Span, waiting: bool) -> None:
        """Count a span as waiting, or as being worked on; one that has ended is left alone."""
        with self._lock:
            if waiting == span.waiting or span not in self._spans[span.waiting]:
                return
            self._advance()
            self._collect(span)
            self._spans[span.waiting].discard(span)
            span.waiting = waiting
            span.since_s = self._share_s[waiting]
            self._spans[waiting].add(span)

    def _advance(self) -> None:
        """Share out the seconds since the last event."""
        now_s = self._process_cpu_s()
        passed_s = now_s - self._last_s - sum(task.advance() for task in self._tasks)
        self._last_s = now_s
        # Where a thread's clock cannot be read by others its seconds come late, in one piece.
        passed_s += self._owed_s
        self._owed_s = min(0.0, passed_s)
        passed_s = max(0.0, passed_s)
        for waiting in (False, True):
            if self._spans[waiting]:
                self._share_s[waiting] += passed_s / len(self._spans[waiting])
                return
        self._unshared_s += passed_s

    def _collect(self, span: Span) -> None:
        share_s = self._share_s[span.waiting]
        self._cpu_s[span.key] += share_s - span.since_s
        span.since_s = share_s

    def _settle(self, task: _Task) -> None:
        for key, part in task.members:
            if key is None:
                self._unshared_s += task.spent_s * part
            else:
                self._cpu_s[key] += task.spent_s * part
        task.spent_s = 0.0
