"""HAProxy takes no new connections any more, and brings the requests that it has to their end.

Serve's own shutdown begins with killing it, and with it every request that is on its way.
"""

import csv
import socket
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from deployments.haproxy.stand_in import NOTE
from deployments.local.environment import run_folder_path

CLOSE = "shutdown frontend http_frontend"
"""Whoever is connected gets the answer that he waits for, and one more if he asks at once."""
COUNT = "show stat"
OWN = ("stats", "default_backend")
"""Pages of HAProxy's own, which are nobody's requests."""
ASK_S = 2.0
POLL_S = 0.1


def drain(
    state: Path,
    timeout_s: float,
    say: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
    now_s: Callable[[], float] = time.monotonic,
) -> int:
    """Return how many requests were left when none was, or ``timeout_s`` was over.

    Requests that a HAProxy of before a reload still holds are not seen.
    """
    found = sorted(run_folder_path(state).glob("ha/*/admin.sock"))
    for path in found:
        # Nobody stands in for one that is ended on purpose.
        (path.parent / NOTE).unlink(missing_ok=True)
        ask(path, CLOSE)
    deadline_s, shown = now_s() + timeout_s, 0
    while (left := in_flight(found)) and now_s() < deadline_s:
        if left != shown:
            say(f"waiting for {left} requests")
            shown = left
        sleep(POLL_S)
    return left


def in_flight(sockets: Iterable[Path]) -> int:
    """Return how many requests all HAProxies have handed on and not answered yet."""
    return sum(requests(ask(path, COUNT)) for path in sockets)


def requests(statistics: str) -> int:
    """Return how many requests are under way by HAProxy's statistics, as its socket gives them."""
    rows = csv.DictReader(statistics.removeprefix("# ").splitlines())
    backends = (row for row in rows if row.get("svname") == "BACKEND")
    return sum(int(row["scur"]) for row in backends if row["pxname"] not in OWN)


def ask(path: Path, command: str) -> str:
    """Return what HAProxy answers; nothing where none is there any more."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ASK_S)
            connection.connect(str(path))
            connection.sendall(f"{command}\n".encode())
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode(errors="replace")
    except OSError:
        return ""
