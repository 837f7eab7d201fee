"""An index by another model holds the same documents, whatever was written meanwhile."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.bulk.reembed import CannotEncode, Copier
from retrieval.documents import Document
from retrieval.encoding import EncodeReply, EncodeRequest, ItemError, ItemReport
from retrieval.store import Fingerprint, IndexStore
from retrieval.store.connection import connect
from retrieval.store.copying import changed_since, contents, difference, read_documents

THEN = datetime(2026, 11, 24, tzinfo=UTC)
OLD = Fingerprint("old", "old", 4, 4, "fp32", True)
NEW = Fingerprint("new", "new", 8, 8, "fp32", True)


def document(id: str, text: str, **metadata: str) -> Document:
    return Document(id, text, None, None, dict(metadata), "STM", THEN, np.ones(4, np.float32), None)


async def anew(request: EncodeRequest) -> EncodeReply:
    """Vectors of the new model; it refuses one word."""
    rotten = ItemError("empty_input", "not for me")
    reports = [ItemReport(rotten if item == "rotten" else None) for item in request.items]
    return EncodeReply(np.full((len(request.items), 8), 0.5, np.float32), reports)


async def two_indexes(folder: Path) -> tuple[IndexStore, IndexStore, Copier]:
    stores = []
    for name, fingerprint in (("old", OLD), ("new", NEW)):
        store = await IndexStore.open(str(folder / name))
        await store.claim(fingerprint)
        stores.append(store)
    connections = [await connect(str(folder / name)) for name in ("old", "new")]
    return stores[0], stores[1], Copier(*connections, anew, stores[1])


def test_copying_ends_when_both_hold_the_same(tmp_path: Path) -> None:
    """Metadata, source and times included; written, changed and deleted in between."""

    async def main() -> None:
        old, _, copier = await two_indexes(tmp_path)
        await old.upsert("shop", [document(f"d{n}", f"text {n}", colour="red") for n in range(70)])
        await copier.until_equal()
        await old.upsert("shop", [document("d1", "another text")])
        await old.upsert("other", [document("x", "elsewhere")])
        await old.delete("shop", ["d2"])
        held = await copier.until_equal()
        assert {name: len(found) for name, found in held.items()} == {"other": 1, "shop": 69}
        [copied] = await read_documents(copier.new, "shop", ["d1"])
        assert (copied.text, copied.source, copied.created_at) == ("another text", "STM", THEN)
        assert copied.text_vector is not None
        assert copied.text_vector.tolist() == [0.5] * 8
        assert difference(held["shop"], await contents(copier.new, "shop")).size == 0

    asyncio.run(main())


def test_a_document_that_the_new_model_refuses_stops_the_copy(tmp_path: Path) -> None:
    """Leaving it out would lose it without a word."""

    async def main() -> None:
        old, _, copier = await two_indexes(tmp_path)
        await old.upsert("shop", [document("a", "fine"), document("b", "rotten")])
        with pytest.raises(CannotEncode, match="b: not for me"):
            await copier.until_equal()

    asyncio.run(main())


STATES = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from([b"1", b"2", b"3"]))


@given(before=STATES, now=STATES, other=STATES)
def test_what_users_wrote_after_the_switch_is_not_overwritten(before, now, other) -> None:
    """Carried over is exactly what changed in the old index and in no other way in the new."""
    late = changed_since(before, now, other)
    after = dict(other) | {id: now[id] for id in late.copy}
    for id in late.delete:
        del after[id]
    for id in "abcdef":
        newer = other.get(id) != before.get(id)
        assert after.get(id) == (other if newer else now).get(id)
