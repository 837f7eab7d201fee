"""Fixtures of this folder."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import build_app
from api.bodies.limits import RequestLimits
from tests.fakes import LocalBackend
from tests.http.doors import Keys, guarded
from tests.http.live import live
from tests.proxy.door_in_proxy import RATES, Door, Watched, now_us
from tests.proxy.proxied import proxied


@pytest.fixture
def door(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Door]:
    """Keys in force, or by parameter none and a trusted proxy."""
    options: dict[str, Any] = {"trusted": ("127.0.0.1",)}
    if getattr(request, "param", "keys") == "keys":
        options = {"keys": Keys(tmp_path / "keys.json")}
        options["keys"].make()
    guard = guarded(RATES, now_us, **options)  # type: ignore[arg-type]
    guard.now_utc_s = time.time
    behind = Watched(build_app(LocalBackend(tmp_path / "index"), RequestLimits(), guard))
    with (
        live(behind) as url,
        proxied(url, tmp_path) as outside,
        httpx.Client(base_url=outside, timeout=30) as client,
    ):
        yield Door(guard, behind, client, options.get("keys"))
