"""A hub small enough to trust: files of one repository, and what can go wrong with them."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """What it serves, and how it fails.

    ``cut_after``: a body ends after so many bytes, once. ``lies``: it says another SHA-256.
    ``held``: it takes a request and does not answer until it is let go.
    """

    def __init__(self, repository: str, files: dict[str, bytes]) -> None:
        self.repository, self.files = repository, files
        self.cut_after: int | None = None
        self.lies = False
        self.held: threading.Event | None = None
        self.ranges: list[str] = []
        """What was asked for of bodies."""
        self.endpoint = ""


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """Serve a hub on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

        def _answer(self, with_body: bool) -> None:
            if hub.held is not None:
                hub.held.wait()
            if self.path.partition("/revision/")[0] == f"/api/models/{hub.repository}":
                self._list(with_body)
                return
            if not self.path.startswith(f"/{hub.repository}/resolve/"):
                self._refuse("RepoNotFound")
                return
            data = hub.files.get(self.path.partition("/resolve/")[2].partition("/")[2])
            if data is None:
                self._refuse("EntryNotFound")
                return
            self._send(data, with_body)

        def _list(self, with_body: bool) -> None:
            siblings = [{"rfilename": name} for name in hub.files]
            said = {"id": hub.repository, "sha": COMMIT, "siblings": siblings}
            data = json.dumps(said).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if with_body:
                self.wfile.write(data)

        def _send(self, data: bytes, with_body: bool) -> None:
            asked = self.headers.get("Range", "")
            start = int(asked.removeprefix("bytes=").partition("-")[0]) if asked else 0
            digest = hashlib.sha256(b"other" if hub.lies else data).hexdigest()
            self.send_response(206 if asked else 200)
            self.send_header("ETag", f'"{digest}"')
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Length", str(len(data) - start))
            if asked:
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            self.end_headers()
            if not with_body:
                return
            hub.ranges.append(asked)
            if hub.cut_after is None:
                self.wfile.write(data[start:])
            else:
                self.wfile.write(data[start : start + hub.cut_after])
                self.close_connection, hub.cut_after = True, None

        def _refuse(self, code: str) -> None:
            self.send_response(404)
            self.send_header("X-Error-Code", code)
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        if hub.held is not None:
            hub.held.set()
        server.shutdown()
        server.server_close()
        thread.join()
