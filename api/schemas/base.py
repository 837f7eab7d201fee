"""What bodies are made of: strict models, lists that are cut where they are wrong.

Null is the same as left out. Clients in many languages write it where they have nothing to say:
it means the default of every member that has one. Where a member is needed it is an error like
any other wrong type.
"""

from itertools import islice
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from retrieval.characters import VISIBLE

MOST_OFFSET = 1_000_000_000


NAMESPACE: dict[str, Any] = {"pattern": "^[a-z0-9][a-z0-9_-]{0,62}$"}
"""What a namespace looks like; checked by ``retrieval.documents``, whose error names it."""


DOCUMENT_ID: dict[str, Any] = {
    "pattern": r"^[^/\\\x00-\x1f\x7f-\x9f]{1,256}$",
    "not": {"enum": [".", ".."]},
}


WORDS = {"type": "string", "pattern": VISIBLE}
BASE64 = {"type": "string", "pattern": r"\S"}


ONE_OF = "x-needs-one-of"
"""Where a schema says which of its members are needed, though none is needed by itself.

Not `anyOf`: generators of clients make a union of it whose parts know one member each.
"""
DESCRIBED_BY = "x-described-by"
"""Where a schema names another one that stands for it (``api.schemas.published``)."""


def given(**properties: Any) -> dict[str, Any]:
    """Return the part of a schema that asks for one of these, and for what they look like."""
    return {
        ONE_OF: [
            {"required": [name], "properties": {name: schema}}
            for name, schema in properties.items()
        ]
    }


def described_by(name: str) -> dict[str, Any]:
    """Return the mark of a place that another schema describes."""
    return {DESCRIBED_BY: name}


MOST_ITEMS = 10_000
"""Of a list whose cap is a setting: no setting lets more through."""


MOST_NUMBERS = 16_384
"""Of a vector; no model has so many dimensions."""


MOST_UNKNOWN = 20
"""Members of an object that are told to be unknown; building an error takes longer than parsing."""
NULL = {"type": "null"}


class StrictBody(BaseModel):
    """A body without room for misspelt fields."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _as_meant(cls, data: Any) -> Any:
        """Leave out null where there is a default, and all but the first unknown members."""
        if not isinstance(data, dict):
            return data
        if None in data.values():
            data = {
                name: value for name, value in data.items() if not cls._is_left_out(name, value)
            }
        if len(data) <= len(cls.model_fields) + MOST_UNKNOWN:
            return data
        known = {name: data[name] for name in cls.model_fields if name in data}
        unknown = (item for item in data.items() if item[0] not in cls.model_fields)
        return known | dict(islice(unknown, MOST_UNKNOWN))

    @classmethod
    def _is_left_out(cls, name: str, value: Any) -> bool:
        field = cls.model_fields.get(name)
        return value is None and field is not None and not field.is_required()

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Say of every member with a default that it may be null."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        needed = schema.get("required", ())
        properties = schema.get("properties", {})
        for name, property in properties.items():
            if name not in needed:
                properties[name] = _or_null(property)
        return schema


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    kinds = schema.get("anyOf", ())
    if NULL in kinds:
        return schema
    told = {name: schema[name] for name in ("title", "description", "default") if name in schema}
    rest = {name: value for name, value in schema.items() if name not in told}
    return told | {"anyOf": [rest, NULL]}


def first_wrong_only(value: Any) -> Any:
    """Return a list of numbers cut after so many wrong ones as are told."""
    if not isinstance(value, list):
        return value
    wrong = [at for at, item in enumerate(value) if type(item) not in (int, float)]
    return value if len(wrong) <= MOST_UNKNOWN else value[: wrong[MOST_UNKNOWN - 1] + 1]


Numbers = Annotated[list[float], BeforeValidator(first_wrong_only)]


class Warned(BaseModel):
    """Something that was cut, ignored or not understood."""

    code: str
    message: str
    where: str
