"""A service for the energy benches, with an administrator's and clients' keys."""

import argparse
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reliability.identity.api_keys import issue, write_keys
from scripts.bench.support.service import PORT, TWO_THREADS_CPUS, service


@contextlib.contextmanager
def running(
    options: argparse.Namespace, model: dict[str, Any], keys: int = 0
) -> Iterator[tuple[int, list[dict[str, str]]]]:
    """Yield the port of a service, and the headers of its administrator and its clients."""
    if options.attach:
        yield options.attach, [{}] * (keys + 1)
        return
    headers: list[dict[str, str]] = [{}] * (keys + 1)

    def change(config: dict[str, Any], state: Path) -> None:
        if keys:
            headers[:] = _issued(state / "keys.json", keys)
            args = config["applications"][0]["args"]
            args["identity"] = {"keys_file": str(state / "keys.json")}

    with service(model, TWO_THREADS_CPUS, change=change):
        yield PORT, headers


def _issued(path: Path, clients: int) -> list[dict[str, str]]:
    kept, headers = {}, []
    for number in range(clients + 1):
        role: Any = "client" if number else "administrator"
        key, text = issue(f"bench-{number}", role, None, "2026-01-01T00:00:00+00:00")
        kept[key.id] = key
        headers.append({"Authorization": f"Bearer {text}"})
    write_keys(path, kept)
    return headers
