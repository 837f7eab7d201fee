"""An OpenAI-compatible server on loopback that answers as its script says, faults included.

It speaks the real protocol (HTTP/1.1, server-sent events), so that what is tested is the
client library and everything behind it. It says nothing about how well a model plans.
"""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Says:
    """A streamed answer, or an HTTP error where ``status`` is not 200; after ``wait_s``."""

    text: str = ""
    status: int = 200
    finish: str = "stop"
    refusal: str | None = None
    hangs: bool = False
    wait_s: float = 0.0
    forever: str = ""
    usage: int | None = 50


Script = Callable[[Json, int], Says]


def material(request: Json) -> Json:
    """What the request is about: the JSON of its first user message."""
    return json.loads(request["messages"][1]["content"])


def good(request: Json, number: int = 0) -> Says:
    """The first option for each state, or a vote of 7 for each."""
    states = [state["state"] for state in material(request)["states"]]
    if "votes" in request["messages"][0]["content"]:
        return Says(json.dumps({"votes": [{"state": n, "score": 7} for n in states]}))
    return Says(json.dumps({"moves": [{"state": n, "option": 0} for n in states]}))


def first(*answers: Says) -> Script:
    """These answers first, then good ones."""
    return lambda request, number: answers[number] if number < len(answers) else good(request)


def always(answer: Says) -> Script:
    return lambda request, number: answer


@dataclass
class FaultServer:
    """Where it listens, and every request it got."""

    url: str
    script: Script
    requests: list[Json] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def formats(self) -> Sequence[str | None]:
        """The response format of each request."""
        return [(r.get("response_format") or {}).get("type") for r in self.requests]


@contextmanager
def serving(script: Script) -> Iterator[FaultServer]:
    """Serve a script; what hangs is let go at the end."""
    state = FaultServer("", script)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.requests.append(body)
            state.keys.append(self.headers["Authorization"])
            says = state.script(body, len(state.requests) - 1)
            try:
                self._answer(says)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def _answer(self, says: Says) -> None:
            if says.hangs:
                state.released.wait(30)
                self.close_connection = True
                return
            state.released.wait(says.wait_s)
            if says.status != 200:
                data = json.dumps({"error": {"message": says.text or "fault"}}).encode()
                self.send_response(says.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            if says.refusal:
                self._piece({"refusal": says.refusal}, None)
            for at in range(0, len(says.text), 40):
                self._piece({"content": says.text[at : at + 40]}, None)
            while says.forever and not state.released.is_set():
                self._piece({"content": says.forever}, None)
            self._piece({}, says.finish)
            if says.usage is not None:
                self._event(
                    {
                        "choices": [],
                        "usage": {
                            "prompt_tokens": 0,
                            "completion_tokens": 0,
                            "total_tokens": says.usage,
                        },
                    }
                )
            self.wfile.write(b"data: [DONE]\n\n")

        def _piece(self, delta: Json, finish: str | None) -> None:
            self._event({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

        def _event(self, more: Json) -> None:
            chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m"}
            self.wfile.write(b"data: " + json.dumps({**chunk, **more}).encode() + b"\n\n")
            self.wfile.flush()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        state.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
