"""What the hub promises before it answers: a kill right afterwards loses nothing of it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from deployments.metrics_hub import MetricsHub
from deployments.monitoring.hub import HubService
from deployments.replica.pushes import Push
from reliability.slo.file import FILE, load_objectives
from telemetry.aggregate import MetricSource
from telemetry.hub_file import HubFile
from telemetry.registry import Registry

OBJECTIVES = load_objectives()
LINE = 'brainwav_http_requests_total{method="GET",endpoint="/embed",status_code="200"}'
Hub = Any


def pushed(count: int, sequence: int = 1) -> Push:
    registry = Registry()
    for _ in range(count):
        registry.add("brainwav_http_requests_total", "GET", "/embed", "200")
    return Push(MetricSource("Ingress", "a", "1"), sequence, registry.snapshot())


def with_hub(path: Path, job: Callable[[Hub], Awaitable[Any]]) -> Any:
    """Run a job against a hub whose own saving sleeps, and never end it in good order."""

    async def run() -> Any:
        made = MetricsHub.func_or_class
        hub = object.__new__(made)  # type: ignore[call-overload]
        await made.__init__(hub, str(path), str(FILE))  # type: ignore[misc]
        await hub.reconfigure({"save_interval_s": 3600, "mirror_to_ray": False})
        hub._saving.cancel()
        try:
            return await job(hub)
        finally:
            hub._service.close()

    return asyncio.run(run())


def remembered(path: Path) -> str:
    """What a hub that starts now would tell."""
    service = HubService(HubFile(path), OBJECTIVES, lambda: 0.0, lambda: 1e9)
    try:
        return service.render()[1].decode()
    finally:
        service.close()


def test_what_is_kept_survives_a_kill(tmp_path) -> None:
    """Unlike a push, which its replica will tell again."""
    path = tmp_path / "m.sqlite"

    async def job(hub: Hub) -> tuple[str, str]:
        await hub.push(pushed(3))
        before = remembered(path)
        await hub.keep(pushed(5, sequence=2))
        return before, remembered(path)

    before, after = with_hub(path, job)
    assert LINE not in before
    assert f"{LINE} 5" in after


def test_a_sequence_that_was_told_is_not_taken_back(tmp_path) -> None:
    """Who adopts a ring replays what came after it; a hub that forgot it would lose the rest."""
    path = tmp_path / "m.sqlite"

    async def job(hub: Hub) -> int:
        await hub.push(pushed(3, sequence=7))
        return await hub.sequence_of(pushed(0).source)

    assert with_hub(path, job) == 7
    assert f"{LINE} 3" in remembered(path)


def test_no_total_that_was_told_falls_after_a_kill(tmp_path) -> None:
    """A scraper would take it for a new beginning and count everything twice."""
    path = tmp_path / "m.sqlite"

    async def job(hub: Hub) -> str:
        await hub.push(pushed(4))
        _, text, _ = await hub.text()
        return text.decode()

    assert f"{LINE} 4" in with_hub(path, job)
    assert f"{LINE} 4" in remembered(path)


def test_the_text_is_sent_only_where_it_changed(tmp_path) -> None:
    """And another hub's text is never taken for the one that is known."""

    async def job(hub: Hub) -> tuple[str, bytes | None, bytes | None]:
        version, text, left_s = await hub.text()
        assert left_s <= 1
        assert text
        return version, (await hub.text(version))[1], (await hub.text("another"))[1]

    version, same, other = with_hub(tmp_path / "m.sqlite", job)
    assert same is None
    assert other

    async def successor(hub: Hub) -> bytes | None:
        return (await hub.text(version))[1]

    assert with_hub(tmp_path / "m.sqlite", successor)


def test_numbers_that_cannot_be_written_stay_with_their_owner(tmp_path, monkeypatch) -> None:
    """The ring of a dead replica must not be thrown away for a promise."""
    path = tmp_path / "m.sqlite"

    async def job(hub: Hub) -> None:
        hub._service._file.db.execute("PRAGMA query_only = ON")
        with pytest.raises(OSError, match="cannot write"):
            await hub.keep(pushed(2))
        hub._service._file.db.execute("PRAGMA query_only = OFF")
        await hub.keep(pushed(2))

    with_hub(path, job)
    assert f"{LINE} 2" in remembered(path)
