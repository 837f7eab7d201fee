"""A door that signs one browser in to Ray's dashboard, once: it hands it the token as a cookie.

Ray asks for the token in a dialogue and then keeps it as this cookie itself. Cookies belong to an
address and not to a port, so whoever answers at 127.0.0.1 may set it. Nobody else finds the door:
its path is a secret of its own, good for one visit within some minutes.
"""

import secrets
from http.server import BaseHTTPRequestHandler, HTTPServer

COOKIE = "ray-authentication-token"
"""Ray's name for it."""
HOST = "127.0.0.1"


class SignIn:
    """Waits on a free port of this machine.

    Args:
        dashboard: Where the browser is sent.
        token: What it is handed.
    """

    def __init__(self, dashboard: str, token: str) -> None:
        self._path = f"/{secrets.token_urlsafe(32)}"
        self._server = _Server(self._path, dashboard, token)

    @property
    def link(self) -> str:
        """Return what is opened in a browser."""
        return f"http://{HOST}:{self._server.server_port}{self._path}"

    def wait(self, timeout_s: float) -> bool:
        """Answer requests until one was signed in, or for so long; return whether one was.

        Args:
            timeout_s: Between two requests; others than the right one are few here.
        """
        self._server.timeout = timeout_s
        try:
            while not self._server.is_used and self._server.is_early:
                self._server.handle_request()
        finally:
            self._server.server_close()
        return self._server.is_used


class _Server(HTTPServer):
    def __init__(self, path: str, dashboard: str, token: str) -> None:
        super().__init__((HOST, 0), _Door)
        self.path, self.dashboard, self.token = path, dashboard, token
        self.is_used, self.is_early = False, True

    def handle_timeout(self) -> None:
        """Nobody came."""
        self.is_early = False


class _Door(BaseHTTPRequestHandler):
    timeout = 5.0
    """A connection that says nothing holds up the one that is waited for."""

    def do_GET(self) -> None:
        """Sign in whoever knows the path."""
        door = self.server
        assert isinstance(door, _Server)
        if door.is_used or not secrets.compare_digest(self.path.encode(), door.path.encode()):
            self._answer(404)
            return
        door.is_used = True
        cookie = f"{COOKIE}={door.token}"
        # As Ray sets it, for as long as the browser is open.
        self._answer(
            303,
            ("Set-Cookie", f"{cookie}; Path=/; HttpOnly; SameSite=Strict"),
            ("Location", door.dashboard),
        )

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the path would be in it."""

    def _answer(self, status: int, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (
            *headers,
            ("Content-Length", "0"),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
        ):
            self.send_header(name, value)
        self.end_headers()
