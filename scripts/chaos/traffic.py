"""Mixed load at a fixed rate, each answer counted: at once, and after one retry as was told."""

import itertools
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx

from scripts.chaos.acknowledged import GONE, Promises
from scripts.chaos.requests import (
    MOST_WAIT_S,
    READ_DEADLINE_S,
    Request,
    TrafficCounts,
    has_results,
    has_vectors,
    wrote_one,
)
from scripts.chaos.two_doors import GRACE_S, TwoDoors

NAMESPACE = "chaos"
READS_PER_S = {"search": 5.0, "embed": 3.0, "read": 4.0, "live": 2.0}
WRITES_PER_S = 4.0
PLANS_PER_S = 0.2
WRITE_DEADLINE_S = 2 * READ_DEADLINE_S
WORDS = ("harbour", "mug", "lamp", "boiler", "teapot", "window", "garden", "bridge")


class Traffic:
    """Callers in the background; entered and left like a file."""

    def __init__(self, url: str, second_url: str, rate: float = 1.0) -> None:
        self._url, self._rate = url, rate
        self.counts: dict[str, TrafficCounts] = defaultdict(TrafficCounts)
        self.promises = Promises()
        self.last_written_s = 0.0
        """Monotonic seconds of the last acknowledged write."""
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._random = random.Random(1)
        self._pool = ThreadPoolExecutor(96, thread_name_prefix="caller")
        self._threads: list[threading.Thread] = []
        limits = httpx.Limits(max_connections=200)
        self._doors = TwoDoors(
            httpx.Client(base_url=url, limits=limits),
            httpx.Client(base_url=second_url, limits=limits),
            self._over.wait,
        )

    def __enter__(self) -> "Traffic":
        self._begin_writers()
        # Writing creates the namespace; before that whoever searches it is told so.
        self.settle(1)
        for kind, per_s in READS_PER_S.items():
            self._begin(lambda kind=kind: self._send_read(kind), per_s)
        self._begin(self._plan, PLANS_PER_S)
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(WRITE_DEADLINE_S + GRACE_S + MOST_WAIT_S)
        self._pool.shutdown(wait=True)
        self._doors.close()

    def settle(self, writes: int = 40) -> None:
        """Return once so many writes were acknowledged without a fault."""
        self._await(lambda: len(self.promises.may_be) >= writes, 120.0, "the first writes")

    def recover(self, most_s: float) -> float | None:
        """Wait for a write that begins now to be acknowledged; None where none is in time."""
        begun_s = time.monotonic()
        try:
            self._await(lambda: self.last_written_s > begun_s, most_s, "a write")
        except TimeoutError:
            return None
        return time.monotonic() - begun_s

    def errors(self) -> dict[str, dict[str, int]]:
        """Return why requests failed, by kind."""
        return {kind: dict(counts.reasons.most_common(12)) for kind, counts in self.counts.items()}

    def documents(self) -> Iterator[tuple[str, str | None]]:
        """Read every document of the namespace, page by page."""
        for offset in itertools.count(step=200):
            query = {"namespace": NAMESPACE, "limit": 200, "offset": offset}
            answer = httpx.get(f"{self._url}/documents", params=query, timeout=60)
            answer.raise_for_status()
            page = answer.json()["documents"]
            yield from ((document["id"], document["text"]) for document in page)
            if len(page) < 200:
                return

    def _await(self, is_so: Callable[[], bool], most_s: float, what: str) -> None:
        ends_s = time.monotonic() + most_s
        while not is_so():
            if time.monotonic() > ends_s:
                raise TimeoutError(f"{what} did not come within {most_s:g} s")
            self._over.wait(0.1)

    def _begin(self, send: Callable[[], None], per_s: float) -> None:
        def drive() -> None:
            every_s = 1 / (per_s * self._rate)
            due_s = time.monotonic() + every_s
            while not self._over.wait(max(0.0, due_s - time.monotonic())):
                self._pool.submit(send)
                due_s += every_s

        self._start(drive)

    def _start(self, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _begin_writers(self) -> None:
        # Each has documents of its own, so that writes of one document never overlap.
        writers = 4
        for number in range(writers):
            every_s = writers / (WRITES_PER_S * self._rate)
            self._start(lambda number=number, every_s=every_s: self._write_on(number, every_s))

    def _write_on(self, writer: int, every_s: float) -> None:
        choose = random.Random(writer)
        own: list[str] = []
        for turn in itertools.count():
            if self._over.wait(every_s):
                return
            if own and choose.random() < 0.1:
                self._delete(own.pop(choose.randrange(len(own))))
            elif own and choose.random() < 0.3:
                self._put(choose.choice(own), f"{choose.choice(WORDS)} again, turn {turn}")
            else:
                own.append(f"w{writer}-{turn}")
                self._put(own[-1], f"{choose.choice(WORDS)} of writer {writer}, turn {turn}")

    def _put(self, id: str, text: str) -> None:
        body = {"namespace": NAMESPACE, "documents": [{"id": id, "text": text}]}
        holds = wrote_one
        self._promise(
            id, text, Request("write", "PUT", "/documents", body, WRITE_DEADLINE_S, holds)
        )

    def _delete(self, id: str) -> None:
        path = f"/documents/{id}?namespace={NAMESPACE}"
        self._promise(id, GONE, Request("delete", "DELETE", path, None, WRITE_DEADLINE_S))

    def _promise(self, id: str, text: str | None, request: Request) -> None:
        # Before it is sent: whatever becomes of it, it may have happened.
        with self._lock:
            self.promises.unanswered(id, text)
        begun_s = time.monotonic()
        answer = self._send(request)
        gone = text is GONE and answer is not None and answer.status_code == 404
        if answer is not None and (answer.is_success or gone):
            with self._lock:
                self.promises.acknowledged(id, text)
                self.last_written_s = max(self.last_written_s, begun_s)

    def _send_read(self, kind: str) -> None:
        word = self._random.choice(WORDS)
        if kind == "search":
            mode = self._random.choice(["hybrid", "keyword", "semantic"])
            body = {"namespace": NAMESPACE, "query": word, "mode": mode}
            self._send(Request("search", "POST", "/search", body, holds=has_results))
        elif kind == "embed":
            body = {"inputs": [{"text": f"a {word}"}, {"text": "a text"}]}
            self._send(Request("embed", "POST", "/embed", body, holds=has_vectors))
        elif kind == "live":
            self._send(Request("live", "GET", "/health/live"))
        else:
            self._read_one()

    def _read_one(self) -> None:
        with self._lock:
            sure = [id for id, may_be in self.promises.may_be.items() if len(may_be) == 1]
            if not sure:
                return
            id = self._random.choice(sure)
            wanted = next(iter(self.promises.may_be[id]))

        def holds(answer: httpx.Response) -> bool:
            with self._lock:
                # Another write may have come in between.
                changed = self.promises.may_be[id] != {wanted}
            return changed or (wanted is not GONE and answer.json()["text"] == wanted)

        if wanted is not GONE:
            path = f"/documents/{id}?namespace={NAMESPACE}"
            self._send(Request("read", "GET", path, holds=holds))

    def _plan(self) -> None:
        body = {"namespace": NAMESPACE, "goal": "a mug and a lamp", "limit": 1}
        self._send(Request("plan", "POST", "/agents/plan", body))

    def _send(self, request: Request) -> httpx.Response | None:
        return self._doors.send(request, self.counts[request.kind])
