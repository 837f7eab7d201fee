"""Bounds that others hide: whoever wrote them believes in them, and nobody ever meets one."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from deployments.checking.finding import Finding, Place
from deployments.settings.service import ConnectionSettings
from deployments.settings.tunables import (
    IngressTunables,
    SearchTunables,
    WriterTunables,
)

WITHIN = {
    "Ingress": (
        ("limits.max_small_body_bytes", "limits.max_body_bytes"),
        ("limits.max_picture_body_bytes", "limits.max_body_bytes"),
        ("limits.max_picture_bytes", "limits.max_body_bytes"),
        ("overload.max_concurrent_per_client", "overload.max_concurrent_requests"),
        ("overload.max_body_bytes_per_client", "overload.max_body_bytes_at_once"),
        ("overload.body_pause_s", "overload.body_deadline_s"),
        ("overload.body_deadline_s", "overload.request_deadline_s"),
        ("read_deadline_s", "overload.request_deadline_s"),
        ("write_deadline_s", "overload.request_deadline_s"),
    ),
    "Embedder": (("max_background_items", "max_batch_items"),),
}
"""By deployment: a bound, and the one around it that is met first."""
Chosen = tuple[Place, BaseModel]
"""Where somebody wrote settings, and what they mean."""


def of_service(connections: ConnectionSettings, place: Place) -> Iterator[Finding]:
    """Yield hidden bounds on connections."""
    yield from _within((place, connections), "most_per_source", "most", "http.connections.")


def of_deployment(
    name: str, deployment: Mapping[str, Any], tunables: BaseModel, place: Place
) -> Iterator[Finding]:
    """Yield hidden bounds of one deployment."""
    here = (*place, "user_config")
    for inner, outer in WITHIN.get(name, ()):
        yield from _within((here, tunables), inner, outer)
    ongoing = deployment.get("max_ongoing_requests")
    if isinstance(tunables, SearchTunables) and isinstance(ongoing, int):
        key, most = "max_concurrent_searches", tunables.max_concurrent_searches
        if key in tunables.model_fields_set and most > ongoing:
            yield Finding((*here, key), _never(most, "max_ongoing_requests", ongoing))
    if isinstance(tunables, IngressTunables):
        yield from _memory(tunables, here)


def of_all(tunables: Mapping[str, Chosen], timeout_s: Any) -> Iterator[Finding]:
    """Yield bounds that those of another deployment hide, or of Serve's HTTP."""
    place, ours = tunables.get("Ingress", ((), None))
    if not isinstance(ours, IngressTunables):
        return
    deadline_s = ours.overload.request_deadline_s
    if isinstance(timeout_s, int | float) and 0 < timeout_s < deadline_s:
        text = _never(deadline_s, "http_options.request_timeout_s", timeout_s)
        yield Finding((*place, "overload", "request_deadline_s"), text)
    here, writer = tunables.get("IndexWriter", ((), None))
    if isinstance(writer, WriterTunables):
        room, most = writer.max_waiting_documents, ours.limits.max_documents
        if room < most:
            text = f"{room} never hold a write of limits.max_documents ({most}): refused for ever"
            yield Finding((*here, "max_waiting_documents"), text)


def _memory(ours: IngressTunables, place: Place) -> Iterator[Finding]:
    room, most = ours.overload.max_body_bytes_at_once, ours.limits.max_body_bytes
    if room < most:
        text = f"{room} never hold a body of limits.max_body_bytes ({most}): refused for ever"
        yield Finding((*place, "overload", "max_body_bytes_at_once"), text)


def _within(given: Chosen, inner: str, outer: str, prefix: str = "") -> Iterator[Finding]:
    place, settings = given
    small, is_chosen = _value(settings, inner)
    large, _ = _value(settings, outer)
    if is_chosen and small > large:
        yield Finding((*place, *inner.split(".")), _never(small, prefix + outer, large))


def _value(settings: BaseModel, path: str) -> tuple[Any, bool]:
    """Return a value and whether it was written: what is hidden by default is nobody's mistake."""
    *way, last = path.split(".")
    for key in way:
        settings = getattr(settings, key)
    return getattr(settings, last), last in settings.model_fields_set


def _never(value: Any, other: str, bound: Any) -> str:
    return f"{value} is never reached: {other} ({bound}) comes first"
