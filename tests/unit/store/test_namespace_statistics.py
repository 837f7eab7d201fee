"""The figures of a namespace against counting by hand."""

import asyncio
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.errors import NotFound
from retrieval.namespaces.statistics import MOST_DISTINCT
from retrieval.store import IndexReader
from retrieval.store.reading import statistics
from retrieval.store.reading.statistics import NamespaceFigures
from tests.unit.store.changed_samples import DIMENSION, document, opened

SCALARS = st.one_of(
    st.integers(-2, 2),
    st.booleans(),
    st.sampled_from(["", "x", "y", "2026-01-01", "2026-01-01T00:00:00Z"]),
)
VALUES = st.one_of(st.none(), SCALARS, st.lists(SCALARS, max_size=3))


def type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "time" if value.startswith("2026") else "string"
    return "list" if isinstance(value, list) else "number"


def by_hand(held: list[dict[str, Any]]) -> dict[str, dict[str, tuple[int, int]]]:
    """Return, by field and type, the documents that hold a value and how many differ."""
    values: defaultdict[str, defaultdict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for metadata in held:
        for key, value in metadata.items():
            if value is not None:
                values[key][type_of(value)].append(value)
    return {
        key: {kind: (len(all), len(distinct(kind, all))) for kind, all in kinds.items()}
        for key, kinds in values.items()
    }


def distinct(kind: str, values: list[Any]) -> set[Any]:
    if kind == "list":
        return {
            (type_of(item) in ("boolean", "number") and type_of(item), item)
            for each in values
            for item in each
        }
    # Both ways of writing the day are one moment.
    return {"2026-01-01"} if kind == "time" else set(values)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(["a", "B.c"]), VALUES), min_size=1, max_size=6))
def test_fields_are_counted_as_by_hand(
    tmp_path_factory: pytest.TempPathFactory, held: list[dict[str, Any]]
) -> None:
    """Types, documents of each, different values; passages of long texts count once."""
    folder = tmp_path_factory.mktemp("index")

    async def run() -> None:
        store = await opened(folder)
        picture = b"picture"
        documents = [
            document(str(at), 3 * (at == 0), picture if at == 1 else None, **metadata)
            for at, metadata in enumerate(held)
        ]
        version = (await store.upsert("shop", documents)).version
        reader = await IndexReader.open(str(folder))
        found = await NamespaceFigures(reader).of("shop")
        assert (found.version, found.documents) == (version, len(held))
        assert (found.pictures, found.passages) == (min(len(held), 2) - 1, 1)
        assert found.looked_at == found.documents
        assert found.bytes > 0
        assert found.models is not None
        assert found.models.text_dimension == DIMENSION
        told = {
            field.name: {each.type: (each.documents, each.distinct) for each in field.types}
            for field in found.fields
        }
        assert told == by_hand(held)
        await store.close()
        await reader.close()

    asyncio.run(run())


def test_what_is_counted_is_bounded_and_said(tmp_path: Path, monkeypatch: Any) -> None:
    """Distinct values stop at a bound, documents at another; deleted ones count no more."""
    monkeypatch.setattr(statistics, "MOST_DOCUMENTS", MOST_DISTINCT + 5)

    async def run() -> None:
        store = await opened(tmp_path)
        many = [document(f"{at:05}", n=at) for at in range(MOST_DISTINCT + 10)]
        await store.upsert("shop", many)
        reader = await IndexReader.open(str(tmp_path))
        figures = NamespaceFigures(reader)
        found = await figures.of("shop")
        [field] = found.fields
        [each] = field.types
        assert (each.documents, each.distinct) == (MOST_DISTINCT + 5, MOST_DISTINCT)
        assert (found.looked_at, found.documents) == (MOST_DISTINCT + 5, MOST_DISTINCT + 10)
        await store.delete("shop", [each.id for each in many[3:]])
        after = await figures.of("shop")
        assert after.documents == 3
        assert after.fields[0].types[0].distinct == 3
        await store.drop_namespace("shop")
        with pytest.raises(NotFound):
            await figures.of("shop")
        await store.close()
        await reader.close()

    asyncio.run(run())
