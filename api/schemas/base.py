"""What bodies are made of: strict models, lists that are cut where they are wrong."""

from itertools import islice
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

MOST_OFFSET = 1_000_000_000


NAMESPACE: dict[str, Any] = {"pattern": "^[a-z0-9][a-z0-9_-]{0,62}$"}
"""What a namespace looks like; checked by ``retrieval.documents``, whose error names it."""


DOCUMENT_ID: dict[str, Any] = {
    "pattern": r"^[^/\\\x00-\x1f\x7f-\x9f]{1,256}$",
    "not": {"enum": [".", ".."]},
}


WORDS = {"type": "string", "pattern": r"\S"}


def given(**properties: Any) -> dict[str, Any]:
    """Return the part of a schema that asks for one of these, and for what they look like."""
    return {
        "anyOf": [
            {"required": [name], "properties": {name: schema}}
            for name, schema in properties.items()
        ]
    }


MOST_ITEMS = 10_000
"""Of a list whose cap is a setting: no setting lets more through."""


MOST_NUMBERS = 16_384
"""Of a vector; no model has so many dimensions."""


MOST_UNKNOWN = 20
"""Members of an object that are told to be unknown; building an error takes longer than parsing."""


class Strict(BaseModel):
    """A body without room for misspelt fields."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _first_unknown_only(cls, data: Any) -> Any:
        """Leave the known members and the first unknown ones, so that few errors are built."""
        if not isinstance(data, dict) or len(data) <= len(cls.model_fields) + MOST_UNKNOWN:
            return data
        known = {name: data[name] for name in cls.model_fields if name in data}
        unknown = (item for item in data.items() if item[0] not in cls.model_fields)
        return known | dict(islice(unknown, MOST_UNKNOWN))


def first_wrong_only(value: Any) -> Any:
    """Return a list of numbers cut after so many wrong ones as are told."""
    if not isinstance(value, list):
        return value
    wrong = [at for at, item in enumerate(value) if type(item) not in (int, float)]
    return value if len(wrong) <= MOST_UNKNOWN else value[: wrong[MOST_UNKNOWN - 1] + 1]


Numbers = Annotated[list[float], BeforeValidator(first_wrong_only)]
