"""A filter compares a field with what its documents hold; nothing else is an empty success."""

import pytest

from retrieval.errors import TypeMismatch
from retrieval.filtering.parse import parse
from retrieval.search.request import SearchRequest
from tests.unit.retrieval.retrieval_samples import document, on_index


def condition(field, op, value):
    return {"field": field, "op": op, "value": value}


async def asked(reader, filter):
    """Return the ids found, and the codes of warnings."""
    found = await reader.search(SearchRequest("shop", query_text="mug", filter=parse(filter)))
    return sorted(hit.id for hit in found.hits), [warning.code for warning in found.warnings]


@pytest.mark.parametrize(
    ("data", "place", "named"),
    [
        (condition("price", "lt", "30"), "filter.value", ("number", "string")),
        ({"not": condition("price", "ne", "5")}, "filter.not.value", ("number", "string")),
        (condition("brand", "in", ["x", 5]), "filter.value", ("string", "number")),
        (condition("ok", "eq", 1), "filter.value", ("boolean", "number")),
        (condition("tags", "eq", "a"), "filter.value", ("list", "contains")),
        (condition("price", "contains", 5), "filter.value", ("number", "contains")),
        (condition("id", "eq", 5), "filter.value", ("string", "number")),
    ],
)
def test_a_value_of_another_type_is_refused_with_both_types(tmp_path, data, place, named):
    """Instead of an answer without hits."""

    async def act(store, reader):
        held = {"price": 5, "brand": "x", "ok": True, "tags": ["a"]}
        await store.upsert("shop", [document("a", "mug", metadata=held)])
        with pytest.raises(TypeMismatch) as caught:
            await asked(reader, data)
        return caught.value

    refused = on_index(tmp_path, [], act)
    assert refused.where == place
    assert all(name in refused.message for name in named)


def test_a_field_of_several_types_is_compared_and_said(tmp_path):
    """The documents of the value's own type are found."""

    async def act(store, reader):
        made = [document(str(n), "mug", metadata={"price": v}) for n, v in enumerate([5, "5", 9])]
        await store.upsert("shop", made)
        return await asked(reader, condition("price", "lt", 6))

    assert on_index(tmp_path, [], act) == (["0"], ["mixed_types"])


def test_a_time_in_another_zone_is_compared_as_a_text_and_said(tmp_path):
    """The same moment is found only as it is written."""

    async def act(store, reader):
        await store.upsert("shop", [document("a", "mug", metadata={"due": "2026-01-31T10:00:00Z"})])
        return await asked(reader, condition("due", "eq", "2026-01-31T12:00:00+02:00"))

    assert on_index(tmp_path, [], act) == ([], ["times_as_text"])


def test_the_type_is_what_documents_hold_and_not_what_they_once_held(tmp_path):
    """A column outlives its last document, and a null has one too."""

    async def act(store, reader):
        await store.upsert("shop", [document("a", "mug", metadata={"price": "5"})])
        await store.upsert("shop", [document("b", "mug", metadata={"price": None})])
        await store.upsert("shop", [document("a", "mug", metadata={"price": 5})])
        found = await asked(reader, condition("price", "lt", 6))
        with pytest.raises(TypeMismatch):
            await asked(reader, condition("price", "eq", "5"))
        return found

    assert on_index(tmp_path, [], act) == (["a"], [])
