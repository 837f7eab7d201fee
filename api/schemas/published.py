"""Schemas that no model says: filters, which ``retrieval.filtering`` reads, and documents.

A model marks a place by ``described_by(NAME)``, and the document refers from there to the schema
of that name, so that generated clients have a type for it. The route goes on reading what was
sent itself: it names the place of a mistake better than a union of models could.
"""

from typing import Any

from api.schemas.base import DESCRIBED_BY
from api.schemas.documents import DocumentIn
from retrieval.filtering.parse import MAX_CHOICES, MAX_FIELD_CHARACTERS, MAX_NODES, ORDER_OPS

ComponentSchema = dict[str, Any]
PREFIX = "#/components/schemas/"

TEXT, NUMBER, TRUTH = {"type": "string"}, {"type": "number"}, {"type": "boolean"}
SCALAR: ComponentSchema = {"anyOf": [TEXT, NUMBER, TRUTH]}
FIELD: ComponentSchema = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_FIELD_CHARACTERS,
    "description": "A key of the metadata, or id, text, modality, source, created_at",
}


def _refer(name: str) -> ComponentSchema:
    return {"$ref": f"{PREFIX}{name}"}


def _object(title: str, description: str, properties: ComponentSchema) -> ComponentSchema:
    return {
        "title": title,
        "description": description,
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _condition(
    title: str, description: str, ops: tuple[str, ...], value: ComponentSchema
) -> ComponentSchema:
    named = {"field": FIELD, "op": {"type": "string", "enum": list(ops)}, "value": value}
    return _object(title, description, named)


CONDITIONS = {
    "FilterEquality": _condition(
        "FilterEquality", "Whether a field has a value", ("eq", "ne"), SCALAR
    ),
    "FilterOrder": _condition(
        "FilterOrder", "Times are ISO 8601", ORDER_OPS, {"anyOf": [TEXT, NUMBER]}
    ),
    "FilterChoice": _condition(
        "FilterChoice",
        "Whether a field has one of some values",
        ("in",),
        {"type": "array", "items": SCALAR, "minItems": 1, "maxItems": MAX_CHOICES},
    ),
    "FilterPart": _condition(
        "FilterPart", "Whether a text or a list has something in it", ("contains",), SCALAR
    ),
    "FilterPresence": _condition(
        "FilterPresence", "Whether there is such a field", ("exists",), TRUTH
    ),
}
MANY: ComponentSchema = {
    "type": "array",
    "items": _refer("Filter"),
    "minItems": 1,
    "maxItems": MAX_NODES,
}
COMBINATIONS = {
    "FilterAll": _object("FilterAll", "True when all are", {"and": MANY}),
    "FilterAny": _object("FilterAny", "True when one is", {"or": MANY}),
    "FilterNot": _object("FilterNot", "True when the other is not", {"not": _refer("Filter")}),
}


def _by_op() -> dict[str, str]:
    return {
        op: f"{PREFIX}{name}"
        for name, schema in CONDITIONS.items()
        for op in schema["properties"]["op"]["enum"]
    }


FILTERS: dict[str, ComponentSchema] = {
    **CONDITIONS,
    **COMBINATIONS,
    "FilterCondition": {
        "title": "FilterCondition",
        "oneOf": [_refer(name) for name in CONDITIONS],
        "discriminator": {"propertyName": "op", "mapping": _by_op()},
    },
    "Filter": {
        "title": "Filter",
        "description": "Nested at most 8 deep, of at most 64 nodes",
        "oneOf": [_refer("FilterCondition"), *map(_refer, COMBINATIONS)],
    },
}


def published(schemas: dict[str, ComponentSchema]) -> dict[str, ComponentSchema]:
    """Return the schemas of a document with these, and with references to them."""
    document = DocumentIn.model_json_schema(ref_template=f"{PREFIX}{{model}}")
    return {name: _referring(schema) for name, schema in schemas.items()} | {
        "DocumentIn": document,
        **FILTERS,
    }


def _referring(node: Any) -> Any:
    if isinstance(node, list):
        return [_referring(item) for item in node]
    if not isinstance(node, dict):
        return node
    if DESCRIBED_BY in node:
        return _refer(node[DESCRIBED_BY])
    return {name: _referring(item) for name, item in node.items()}
