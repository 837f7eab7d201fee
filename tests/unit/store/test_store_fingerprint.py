"""Fingerprints: whose vectors an index holds."""

import asyncio
from dataclasses import replace

import pytest

from retrieval.errors import IncompatibleIndex
from retrieval.store import Fingerprint, IndexReader, IndexStore
from retrieval.store.fingerprint import reconcile
from tests.unit.retrieval.retrieval_samples import FINGERPRINT


def test_a_new_index_takes_what_is_offered(tmp_path):
    """And remembers it, for the next process too."""

    async def run():
        store = await IndexStore.open(str(tmp_path))
        reader = await IndexReader.open(str(tmp_path))
        before = await reader.fingerprint()
        claimed = await store.claim(FINGERPRINT)
        again = await (await IndexStore.open(str(tmp_path))).claim(FINGERPRINT)
        return before, claimed, again, await reader.fingerprint()

    assert asyncio.run(run()) == (None, FINGERPRINT, FINGERPRINT, FINGERPRINT)


@pytest.mark.parametrize(
    "change",
    [
        {"text_model": "other"},
        {"image_model": "other"},
        {"text_dimension": 7},
        {"image_dimension": 7},
        {"one_space": True},
    ],
)
def test_another_model_is_refused(change):
    """The message holds what the index has, what was offered and what to do."""
    offered = replace(FINGERPRINT, **change)
    with pytest.raises(IncompatibleIndex, match=r"made by .*text-model.* runs .* another index"):
        reconcile(FINGERPRINT, offered)


def test_a_precision_that_differs_gives_way_to_the_recorded_one():
    """The caller then encodes as the index was encoded."""
    assert reconcile(FINGERPRINT, replace(FINGERPRINT, precision="bf16")) == FINGERPRINT


def test_another_process_with_another_model_is_refused(tmp_path):
    """The record is in the index and not in memory."""

    async def run():
        await (await IndexStore.open(str(tmp_path))).claim(FINGERPRINT)
        await (await IndexStore.open(str(tmp_path))).claim(replace(FINGERPRINT, text_model="x"))

    with pytest.raises(IncompatibleIndex):
        asyncio.run(run())


def test_the_stored_form_leads_back():
    """What ``from_json`` reads is what ``to_json`` wrote."""
    assert Fingerprint.from_json(FINGERPRINT.to_json()) == FINGERPRINT
