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


DUE = ("2026-01-31T10:00:00Z", "2026-01-31T12:00:00+02:00", "2026-02-01")


def dated(*more):
    """Return documents with times, named by their place, and others with ``more``."""
    return [document(str(n), "mug", metadata={"due": v}) for n, v in enumerate([*DUE, *more])]


def test_a_time_in_another_zone_is_the_same_moment(tmp_path):
    """Equal, before and after; nothing needs to be said."""

    async def act(store, reader):
        await store.upsert("shop", dated())
        equal = await asked(reader, condition("due", "eq", "2026-01-31T11:00:00+01:00"))
        return equal, await asked(reader, condition("due", "gt", "2026-01-31T13:00:00+02:00"))

    assert on_index(tmp_path, [], act) == ((["0", "1"], []), (["2"], []))


def test_strings_that_are_no_times_are_left_out_of_their_order_and_said(tmp_path):
    """They are not equal to any either, which needs no word."""

    async def act(store, reader):
        await store.upsert("shop", dated("zebra", "2026-02-30"))
        later = await asked(reader, condition("due", "gte", "2026-01-31"))
        other = await asked(reader, condition("due", "ne", "2026-02-01"))
        await store.delete("shop", ["3", "4"])
        return later, other, await asked(reader, condition("due", "gte", "2026-01-31"))

    later, other, after = on_index(tmp_path, [], act)
    assert later == (["0", "1", "2"], ["mixed_types"])
    assert other == (["0", "1", "3", "4"], [])
    assert after == (["0", "1", "2"], [])


def test_the_order_of_a_time_and_strings_that_are_none_is_refused(tmp_path):
    """Whether one is equal may be asked: a code may look like a day."""

    async def act(store, reader):
        await store.upsert("shop", [document("a", "mug", metadata={"code": "A-1"})])
        with pytest.raises(TypeMismatch, match=r"holds a string.* is a time: 2026-01-31T"):
            await asked(reader, condition("code", "lt", "2026-01-31"))
        return await asked(reader, condition("code", "in", ["2026-01-31", "A-1"]))

    assert on_index(tmp_path, [], act) == (["a"], [])


def test_a_time_that_does_not_exist_is_compared_as_a_text_and_said(tmp_path):
    """With days that exist too."""

    async def act(store, reader):
        await store.upsert("shop", dated("2026-03-01"))
        return await asked(reader, condition("due", "gt", "2026-02-30"))

    assert on_index(tmp_path, [], act) == (["3"], ["times_as_text"])


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
