"""Vectors of one model never meet those of another, while a service changes models."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.encoding import one_tag
from retrieval.errors import OtherModel
from retrieval.search.query_vectors import ATTEMPTS, retry_on_model_change
from retrieval.store import Fingerprint, IndexReader, IndexStore
from retrieval.store.reading.readers import Readers
from tests.unit.retrieval.retrieval_samples import FINGERPRINT, document, on_index, text_vector

OTHER = replace(FINGERPRINT, text_model="another")


def test_a_tag_stands_for_models_and_precision() -> None:
    """Whatever differs gives another tag; precisions may be compared all the same."""
    half = replace(FINGERPRINT, precision="bf16")
    assert len({FINGERPRINT.tag, OTHER.tag, half.tag}) == 3
    assert FINGERPRINT.tag == Fingerprint.from_json(FINGERPRINT.to_json()).tag
    assert FINGERPRINT.same_models(half)
    assert not FINGERPRINT.same_models(OTHER)


def test_vectors_without_a_tag_join_any() -> None:
    """Those of two models do not."""
    assert one_tag([]) == ""
    assert one_tag(["", "a", ""]) == "a"
    with pytest.raises(OtherModel):
        one_tag(["a", "", "b"])


@pytest.mark.parametrize("torn", [0, 1, ATTEMPTS - 1])
def test_a_question_that_met_two_models_is_asked_anew(torn: int) -> None:
    """Until its parts agree."""
    asked = 0

    async def ask() -> int:
        nonlocal asked
        asked += 1
        if asked <= torn:
            raise OtherModel("torn")
        return asked

    assert asyncio.run(retry_on_model_change(ask)) == torn + 1


def test_a_question_is_not_asked_for_ever() -> None:
    """Where no two parts ever agree the caller is told to come again."""
    asked: list[int] = []

    async def ask() -> None:
        asked.append(1)
        raise OtherModel("torn")

    with pytest.raises(OtherModel):
        asyncio.run(retry_on_model_change(ask))
    assert len(asked) == ATTEMPTS


def test_a_document_of_another_model_is_refused_whole(tmp_path: Path) -> None:
    """Of the same dimension or not; nothing of its batch is written."""

    async def act(store: IndexStore, reader: IndexReader) -> None:
        good = document("a", text_vector=text_vector(1), made_by=FINGERPRINT.tag)
        bad = document("b", text_vector=text_vector(1), made_by=OTHER.tag)
        with pytest.raises(OtherModel):
            await store.upsert("shop", [good, bad])
        assert await reader.count("shop") == 0
        assert (await store.upsert("shop", [good])).upserted == 1

    on_index(tmp_path, [], act)


async def _index(folder: Path, fingerprint: Fingerprint, *ids: str) -> IndexReader:
    store = await IndexStore.open(str(folder))
    await store.claim(fingerprint)
    await store.upsert("shop", [document(id) for id in ids])
    return await IndexReader.open(str(folder))


def test_a_query_is_answered_from_the_index_of_its_model(tmp_path: Path) -> None:
    """Words alone from the one in use; models that no index here is of are refused."""

    async def scenario() -> None:
        main = await _index(tmp_path / "main", FINGERPRINT, "old")
        other = await _index(tmp_path / "other", OTHER, "new")
        readers = Readers(main)
        with pytest.raises(OtherModel):
            await readers.holding(OTHER.tag)
        await readers.hold([other])
        assert await readers.holding("") is main
        assert await readers.holding(FINGERPRINT.tag) is main
        assert await readers.holding(OTHER.tag) is other
        await readers.hold([])
        with pytest.raises(OtherModel):
            await readers.holding(OTHER.tag)

    asyncio.run(scenario())


def test_an_index_that_is_new_takes_any_model(tmp_path: Path) -> None:
    """Its first Embedder has not claimed it yet; as another index it is of no use."""

    async def scenario() -> None:
        await (await IndexStore.open(str(tmp_path))).close()
        new = await IndexReader.open(str(tmp_path))
        assert await Readers(new).holding(OTHER.tag) is new
        main = await _index(tmp_path / "main", FINGERPRINT, "old")
        readers = Readers(main)
        await readers.hold([new])
        assert await readers.holding(FINGERPRINT.tag) is main

    asyncio.run(scenario())
