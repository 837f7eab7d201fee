"""The OpenAPI document: what every route costs, may hold and may answer, by the rules in force.

FastAPI knows what a route takes and gives. The door's part, the same for whole classes of
routes, is added here from ``api.access.route_rules`` and the settings, so that it cannot drift.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from fastapi import FastAPI

from api.access.hosts import EXEMPT
from api.access.origins import SAFE
from api.access.rate_settings import RateLimits
from api.access.route_rules import UNLIMITED, RouteRule, rule_of
from api.bodies.limits import RequestLimits
from api.schemas.published import published

OpenApiNode = dict[str, Any]

ERRORS = {
    400: "The body cannot be taken apart: not UTF-8, cut off, or a form without its boundary",
    401: "No API key, or one that is not valid",
    403: "The key may not do this: another role, or a namespace it is not bound to; or a web page "
    "of an origin that is not listed",
    404: "No such document, picture, namespace, run, job or model",
    408: "The body paused, or took too long",
    409: "The index was written by another model or a newer release, the run goes on, or a request "
    "with the same Idempotency-Key does",
    412: "`If-Match` names another state of the document than it has",
    413: "A body, picture, text or batch that is too large; waiting does not help",
    415: "A body of another Content-Type, or a file that is no picture of an allowed format, "
    "judged by its content",
    416: "The file has no byte of what `Range` asks for; `Content-Range` says how many it has",
    421: "The request names a host that this service is not",
    422: "A value that does not fit; `details` names its place",
    429: "The client's bucket is empty, or too many of its requests or bytes are in flight; wait "
    "as told",
    500: "An unexpected error; the log has its trace, the answer its request id",
    503: "A full queue, or a component that restarts; wait as told",
    504: "The answer did not come within the request's deadline",
    507: "No room left for the index, or for another job; nothing was written",
}
"""Every status of an error, and when it is given."""

_INTEGER = {"type": "integer", "minimum": 0}
HEADERS: dict[str, OpenApiNode] = {
    "X-Request-ID": {
        "description": "The caller's if it is well-formed, else a new one; logs carry it",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    },
    "X-RateLimit-Limit": {"description": "Tokens the bucket holds", "schema": _INTEGER},
    "X-RateLimit-Remaining": {"description": "Tokens left", "schema": _INTEGER},
    "X-RateLimit-Reset": {
        "description": "UTC epoch second at which the bucket is full again",
        "schema": _INTEGER,
    },
    "X-RateLimit-Policy": {
        "description": "`degraded` while the limit cannot be shared between replicas",
        "schema": {"type": "string", "enum": ["degraded"]},
    },
    "Retry-After": {
        "description": "Seconds after which the same request is worth another try",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "X-Energy-Joules": {
        "description": "Estimate above idle; `GET /sustainability/requests/{id}` has the settled "
        "figure",
        "schema": {"type": "number", "minimum": 0},
    },
    "X-Carbon-Grams": {
        "description": "CO2 equivalent of that energy",
        "schema": {"type": "number", "minimum": 0},
    },
    "WWW-Authenticate": {"required": True, "schema": {"type": "string", "enum": ["Bearer"]}},
}
LIMIT_HEADERS = tuple(name for name in HEADERS if name.startswith("X-RateLimit"))
ENERGY_HEADERS = ("X-Energy-Joules", "X-Carbon-Grams")
PARAMETERS: dict[str, OpenApiNode] = {
    "request-id": {
        "name": "X-Request-ID",
        "in": "header",
        "description": "Given back if it is well-formed",
        "schema": {"type": "string"},
    },
    "deadline": {
        "name": "X-Request-Deadline-Ms",
        "in": "header",
        "description": "Milliseconds after which the answer is no longer wanted",
        "schema": {"type": "integer", "minimum": 1, "maximum": 10**12 - 1},
    },
}
SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key"},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


class ApiDocument:
    """Makes the document anew when the settings it quotes have changed."""

    def __init__(
        self,
        app: FastAPI,
        settings: Callable[[], tuple[RequestLimits, RateLimits | None]],
        needs_key: bool,
    ) -> None:
        self._routes = app.openapi
        self._settings = settings
        self._needs_key = needs_key
        self._made_for: tuple[RequestLimits, RateLimits | None] | None = None
        self._document: OpenApiNode = {}

    def __call__(self) -> OpenApiNode:
        """Return the document."""
        settings = self._settings()
        if settings != self._made_for:
            self._document = stated(deepcopy(self._routes()), *settings, self._needs_key)
            self._made_for = settings
        return self._document


def stated(
    document: OpenApiNode, limits: RequestLimits, rates: RateLimits | None, needs_key: bool
) -> OpenApiNode:
    """Return FastAPI's document with the door's part in every operation."""
    components = document["components"]
    components["headers"] = HEADERS
    components["parameters"] = PARAMETERS
    components["responses"] = {f"Error{status}": _error(status) for status in ERRORS}
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    components["schemas"] = published(components["schemas"])
    if needs_key:
        components["securitySchemes"] = SCHEMES
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            rule = rule_of(method.upper(), path)
            _state(operation, rule, limits, rates, needs_key)
            _state_door(operation, method.upper(), path)
            _state_examples(operation, components["schemas"])
    return document


def _state_door(operation: OpenApiNode, method: str, path: str) -> None:
    """Add what is refused before anybody is known: names that are not ours, foreign pages."""
    statuses = [] if path in EXEMPT else [421]
    statuses += [] if method in SAFE else [403]
    for status in statuses:
        operation["responses"].setdefault(str(status), _ref("responses", f"Error{status}"))


def _state_examples(operation: OpenApiNode, schemas: dict[str, OpenApiNode]) -> None:
    """Put examples where pages that prefill a request look for them."""
    for parameter in operation["parameters"]:
        # What may be left out is left out: to some it is another request.
        if parameter.get("required"):
            for example in parameter["schema"].get("examples", ())[:1]:
                parameter["example"] = example
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = schemas.get(body.get("schema", {}).get("$ref", "").rpartition("/")[2], {})
    for example in schema.get("examples", ())[:1]:
        body["example"] = example


def _state(
    operation: OpenApiNode,
    rule: RouteRule,
    limits: RequestLimits,
    rates: RateLimits | None,
    needs_key: bool,
) -> None:
    responses = operation["responses"]
    responses.pop("default", None)
    own = {int(status) for status in responses if int(status) >= 400}
    headers = [
        "X-Request-ID",
        *((*LIMIT_HEADERS, *ENERGY_HEADERS) if rule.limit != UNLIMITED else ()),
    ]
    for response in responses.values():
        named = {name: _ref("headers", name) for name in headers}
        response["headers"] = named | response.get("headers", {})
    for status in sorted({*own, *_statuses(operation, rule, needs_key)}):
        if status not in own or _is_error(responses[str(status)]):
            responses[str(status)] = _ref("responses", f"Error{status}")
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _without_null(parameter["schema"])
        if parameter["name"] == "limit":
            # What a route bounds by itself stays.
            parameter["schema"].setdefault("maximum", limits.max_page)
    operation["parameters"] = [
        *operation.get("parameters", ()),
        *(_ref("parameters", name) for name in PARAMETERS),
    ]
    if needs_key and rule.access != "open":
        operation["security"] = [{name: []} for name in SCHEMES]
    _state_limits(operation, rule, limits, rates)


def _state_limits(
    operation: OpenApiNode, rule: RouteRule, limits: RequestLimits, rates: RateLimits | None
) -> None:
    said = []
    policy = None if rates is None else rates.policy(rule.limit)
    if policy is None:
        said.append("Not limited.")
    else:
        said.append(
            f"Limit `{policy.name}`: {policy.limit} per {policy.period_s} s and client, "
            f"at most {policy.burst} at once, counted in {rule.counts}{_pictures(rule)}."
        )
        operation["x-rate-limit"] = {
            "name": policy.name,
            "limit": policy.limit,
            "period_s": policy.period_s,
            "burst": policy.burst,
            "counts": rule.counts,
            **({"picture_items": rule.picture_items} if rule.picture_items > 1 else {}),
        }
    if "requestBody" in operation:
        operation["x-limits"] = limits.model_dump(exclude={"picture_urls"})
        said.append(f"A body has at most {limits.body_bytes(rule.body)} bytes.")
        if "application/json" in operation["requestBody"]["content"]:
            shape = limits.shape(rule.body)
            said.append(
                f"It is JSON in UTF-8 of at most {shape.max_values} values, nested at most "
                f"{shape.max_depth} deep."
            )
    operation["description"] = "\n\n".join([operation.get("description", ""), " ".join(said)])


def _pictures(rule: RouteRule) -> str:
    return f" (a picture is {rule.picture_items})" if rule.picture_items > 1 else ""


def _statuses(operation: OpenApiNode, rule: RouteRule, needs_key: bool) -> Iterator[int]:
    yield from (422, 500, 504)
    if "requestBody" in operation:
        yield from (400, 408, 413, 415)
    if rule.access != "open":
        yield 503
        if needs_key:
            yield from (401, 403)
    if rule.limit != UNLIMITED:
        yield from (429, 503)


def _error(status: int) -> OpenApiNode:
    names = ["X-Request-ID", *LIMIT_HEADERS]
    names += ["Retry-After"] if status in (429, 503, 507) else []
    names += ["WWW-Authenticate"] if status == 401 else []
    schema = {"$ref": "#/components/schemas/ErrorOut"}
    return {
        "description": ERRORS[status],
        "headers": {name: _ref("headers", name) for name in names},
        "content": {"application/json": {"schema": schema}},
    }


def _without_null(schema: OpenApiNode) -> OpenApiNode:
    """Return the schema of a parameter: one that is absent is absent, not null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    return {**kinds[0], **{key: value for key, value in schema.items() if key != "anyOf"}}


def _is_error(response: OpenApiNode) -> bool:
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    return schema.get("$ref", "").endswith("/ErrorOut")


def _ref(kind: str, name: str) -> OpenApiNode:
    return {"$ref": f"#/components/{kind}/{name}"}
