"""Which limit counts a request and who may send it, by its method and path.

One row for every route of the contract; a test fails on a route without one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Access = Literal["open", "client", "unbound", "administrator"]
"""``open``: without a key. ``unbound``: figures of the whole service, closed to keys that are
bound to namespaces."""

BodySize = Literal["small", "picture", "batch"]
"""How much a body may hold (``api.bodies.limits``): ``small`` where it carries neither pictures nor
documents."""

UNLIMITED = "unlimited"


@dataclass(frozen=True, slots=True)
class RouteRule:
    """What counts and guards a route."""

    limit: str
    """The limit's name in the settings, or ``unlimited``."""
    access: Access
    counts: Literal["requests", "items"] = "requests"
    """What a token is paid for."""
    picture_items: int = 1
    """As so many items a picture counts: it costs the encoder that much more than a text."""
    writes: bool = False
    """It changes something: closed to keys of role ``reader``."""
    act: str | None = None
    """What the audit log calls it; None: it is not recorded."""
    body: BodySize = "small"


OPEN = RouteRule(UNLIMITED, "open")
READ = RouteRule("read", "client")
WRITE_MANY = RouteRule("write", "client", "items", writes=True, body="batch")
DELETE = RouteRule("write", "client", writes=True, act="document.delete")
CHANGE = RouteRule("write", "client", writes=True)
DELETE_MANY = RouteRule("write", "client", writes=True, act="documents.delete")
SET = RouteRule("write", "client", writes=True, act="namespace.settings")
DROP = RouteRule("write", "client", writes=True, act="namespace.delete")
CANCEL = RouteRule("write", "client", writes=True, act="job.cancel")
EMBED = RouteRule("embed_batch", "client", "items", picture_items=4, body="batch")
EMBED_ONE = RouteRule("embed", "client", body="picture")
MAP = RouteRule("search", "client")
FIGURES = RouteRule("read", "unbound")
LOGS = RouteRule("read", "administrator", act="logs.read")

RULES: dict[tuple[str, str], RouteRule] = {
    ("POST", "/embed"): EMBED,
    ("POST", "/embed/multimodal"): EMBED_ONE,
    ("POST", "/v1/embeddings"): EMBED,
    ("POST", "/rank"): EMBED,
    ("GET", "/v1/models"): READ,
    ("GET", "/v1/models/{model_id}"): READ,
    ("PUT", "/documents"): WRITE_MANY,
    ("POST", "/documents/upload"): WRITE_MANY,
    ("GET", "/documents"): READ,
    ("GET", "/documents/{document_id}"): READ,
    ("PATCH", "/documents/{document_id}"): CHANGE,
    ("DELETE", "/documents/{document_id}"): DELETE,
    ("POST", "/documents/delete"): DELETE_MANY,
    ("GET", "/documents/{document_id}/image"): READ,
    ("GET", "/namespaces"): READ,
    ("GET", "/namespaces/{namespace}"): READ,
    ("GET", "/namespaces/{namespace}/map"): MAP,
    ("GET", "/namespaces/{namespace}/settings"): READ,
    ("PUT", "/namespaces/{namespace}/settings"): SET,
    ("DELETE", "/namespaces/{namespace}"): DROP,
    ("GET", "/jobs"): READ,
    ("GET", "/jobs/{job_id}"): READ,
    ("DELETE", "/jobs/{job_id}"): CANCEL,
    ("POST", "/search"): RouteRule("search", "client", body="picture"),
    ("POST", "/search/batch"): RouteRule("search", "client", "items", body="batch"),
    ("GET", "/suggest"): RouteRule("suggest", "client"),
    ("POST", "/agents/plan"): RouteRule("plan", "client", body="picture"),
    ("GET", "/agents/plan/{run_id}"): READ,
    ("GET", "/agents/plan/{run_id}/events"): READ,
    # A whole plan may be sent back, with its tree and its results.
    ("POST", "/agents/reflect"): RouteRule("reflect", "client", body="picture"),
    ("GET", "/quota"): READ,
    ("GET", "/audit"): RouteRule("read", "administrator", act="audit.read"),
    ("GET", "/health"): OPEN,
    ("GET", "/health/ready"): OPEN,
    ("GET", "/health/live"): OPEN,
    ("GET", "/metrics"): RouteRule(UNLIMITED, "unbound"),
    ("GET", "/limits"): RouteRule("read", "administrator", act="limits.read"),
    ("GET", "/logs/{request_id}"): LOGS,
    ("GET", "/slo"): FIGURES,
    ("GET", "/slo/history"): FIGURES,
    ("GET", "/sustainability"): FIGURES,
    ("GET", "/sustainability/requests/{request_id}"): READ,
    ("PUT", "/sustainability/mode"): RouteRule(
        "write", "administrator", writes=True, act="mode.switch"
    ),
    ("GET", "/"): RouteRule("read", "open"),
    ("GET", "/docs"): RouteRule("read", "open"),
    ("GET", "/openapi.json"): RouteRule("read", "open"),
}
PREFIXES: tuple[tuple[str | None, str, RouteRule], ...] = (
    # Looking at a run again plans nothing.
    ("GET", "/agents/plan/", READ),
    (None, "/static-offline-docs", RouteRule("read", "open")),
    (None, "/docs/", RouteRule("read", "open")),
    ("GET", "/logs/", LOGS),
    ("GET", "/console", RouteRule("read", "open")),
    (None, "/agents/", RouteRule("plan", "client")),
    ("DELETE", "/documents/", DELETE),
    ("PATCH", "/documents/", CHANGE),
    ("DELETE", "/namespaces/", DROP),
    ("DELETE", "/jobs/", CANCEL),
    ("PUT", "/namespaces/", SET),
)
"""Method (None: any), what the path begins with, and the rule; the first that fits counts."""
OTHERWISE = READ
"""What matches no route is read and needs a key."""
_EXACT = {key: rule for key, rule in RULES.items() if "{" not in key[1]}


def rule_of(method: str, path: str) -> RouteRule:
    """Return the rule of a request."""
    method = "GET" if method == "HEAD" else method
    rule = _EXACT.get((method, path))
    if rule is not None:
        return rule
    for verb, prefix, rule in PREFIXES:
        if verb in (None, method) and path.startswith(prefix):
            return rule
    return OTHERWISE


def rule_of_scope(scope: Mapping[str, Any]) -> RouteRule:
    """Return the rule of an ASGI request."""
    root, path = scope.get("root_path", ""), scope["path"]
    return rule_of(scope["method"], path.removeprefix(root) or "/" if root else path)
