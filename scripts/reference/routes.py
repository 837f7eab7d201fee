"""The page of routes, from the OpenAPI document with the default limits in force."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from fastapi import FastAPI

from api.access.rate_settings import RateLimits
from api.access.route_rules import rule_of
from api.app import build_app
from api.backend import Backend
from api.bodies.limits import RequestLimits
from api.openapi import ERRORS, stated
from scripts.reference.markdown import anchor, cell, code, page, table

INTRO = """With the default limits. `/docs` of a running service has the whole schemas,
`/openapi.json` the document. What it cannot say is in [http](http.md), every code of an error in
[errors](errors.md)."""
KEYS = {
    "open": "none",
    "client": "any",
    "unbound": "bound to no namespace",
    "administrator": "administrator",
}
"""The key that a route asks for, where keys are in force."""
EVERYWHERE = (408, 421, 500, 504)
"""Statuses that every route may answer; they are listed once."""
JsonNode = Mapping[str, Any]


def routes() -> str:
    """Return the page."""
    # Nothing is asked of a backend before a request comes.
    app = build_app(cast(Backend, object()), RequestLimits()).app
    bare = FastAPI.openapi(app)
    document = stated(bare, RequestLimits(), RateLimits(), needs_key=False)
    parts = [_overview(document), "## Statuses of errors", _statuses()]
    for method, path, operation in _operations(document):
        parts += _described(method, path, operation, document["components"]["schemas"])
    return page("Routes", "the OpenAPI document", INTRO, *parts)


def _operations(document: JsonNode) -> Iterator[tuple[str, str, JsonNode]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield method.upper(), path, operation


def _overview(document: JsonNode) -> str:
    rows = []
    for method, path, operation in _operations(document):
        rule = rule_of(method, path)
        limit = "" if rule.limit == "unlimited" else f"{rule.limit}, by {rule.counts}"
        link = f"[{method} {path}](#{anchor(f'{method} {path}')})"
        rows.append((link, KEYS[rule.access], limit, cell(_first(operation))))
    return table(("route", "key", "limit", "what"), rows)


def _first(operation: JsonNode) -> str:
    return operation.get("description", "").strip().split("\n")[0]


def _statuses() -> str:
    rows = [(str(status), cell(text)) for status, text in ERRORS.items()]
    return table(("status", "when"), rows)


def _described(method: str, path: str, operation: JsonNode, schemas: JsonNode) -> Iterator[str]:
    yield f"## {method} {path}"
    yield operation.get("description", "").strip()
    rows = [*_parameters(operation), *_members(operation, schemas)]
    if rows:
        yield table(("name", "in", "value", "default"), rows)
    errors = sorted(int(s) for s in operation["responses"] if int(s) >= 400)
    shown = [str(status) for status in errors if status not in EVERYWHERE]
    yield f"Errors: {', '.join(shown) or 'none of its own'}."


def _parameters(operation: JsonNode) -> Iterator[tuple[str, str, str, str]]:
    for each in operation.get("parameters", ()):
        if "name" in each:
            schema = each["schema"]
            yield code(each["name"]), each["in"], _kind(schema), _default(schema, each)


def _members(operation: JsonNode, schemas: JsonNode) -> Iterator[tuple[str, str, str, str]]:
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        schema = _resolved(content.get("schema", {}), schemas)
        required = schema.get("required", ())
        for name, member in schema.get("properties", {}).items():
            place = "body" if kind == "application/json" else "form"
            yield code(name), place, _kind(member), _default(member, {"required": name in required})


def _resolved(schema: JsonNode, schemas: JsonNode) -> JsonNode:
    name = schema.get("$ref", "").rpartition("/")[2]
    return schemas[name] if name else schema


def _kind(schema: JsonNode) -> str:
    if name := schema.get("$ref", "").rpartition("/")[2]:
        return code(name)
    if values := schema.get("enum"):
        return " or ".join(code(str(value)) for value in values)
    if kinds := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(_kind(each) for each in kinds if each != {"type": "null"})
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if "contentMediaType" in schema or schema.get("format") == "binary":
        return "file"
    return str(schema.get("type", "anything")) + _bounds(schema)


def _bounds(schema: JsonNode) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    return "".join(f", {sign} {schema[name]:g}" for name, sign in signs.items() if name in schema)


def _default(schema: JsonNode, parameter: JsonNode) -> str:
    if parameter.get("required"):
        return "required"
    default = schema.get("default")
    return (
        code(str(default).lower() if isinstance(default, bool) else str(default))
        if default not in (None, "", [], {})
        else ""
    )
