"""A vocabulary made by the words of the version before is the one made anew."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.lexicon import vocabulary
from agents.lexicon.vocabulary import VocabularyBuilder
from deployments.planning.vocabularies import VocabularyService
from retrieval.documents import Document

TEXTS = st.text(alphabet="ab ,.", max_size=12)
INDEX = st.dictionaries(st.sampled_from(["d1", "d2", "d3", "d4"]), TEXTS, max_size=4)


def built(index: dict[str, str], known=None) -> VocabularyBuilder:
    builder = VocabularyBuilder(known)
    for id, text in index.items():
        builder.add(id, text, {"kind": text[:1] or "none", "size": len(text)})
    return builder


@given(INDEX, INDEX)
@settings(max_examples=60, deadline=None)
def test_whatever_changed_nothing_differs_from_a_vocabulary_made_anew(
    before: dict[str, str], after: dict[str, str]
) -> None:
    """Documents that came, went, stayed and changed."""
    assert built(after, built(before).kept).build(2) == built(after).build(2)


def test_words_of_equal_texts_are_not_counted_again(monkeypatch) -> None:
    """Only the text that changed is."""
    counted: list[str] = []
    count = vocabulary.stems

    def counting(text: str) -> list[str]:
        counted.append(text)
        return count(text)

    kept = built({"d1": "a red lamp", "d2": "a mug"}).kept
    monkeypatch.setattr(vocabulary, "stems", counting)
    built({"d1": "a red lamp", "d2": "a jug"}, kept)
    assert "a jug" in counted
    assert "a red lamp" not in counted


def test_words_of_many_documents_are_not_kept(monkeypatch) -> None:
    """Memory is bounded; a large namespace is counted anew."""
    monkeypatch.setattr(vocabulary, "MAX_KEPT_DOCUMENTS", 1)
    assert built({"d1": "a lamp"}).kept
    assert not built({"d1": "a lamp", "d2": "a mug"}).kept


@dataclass
class Page:
    documents: list[Document]
    total: int
    version: int


@dataclass
class Index:
    """A namespace of one text."""

    text: str = "a red lamp"
    now: int = 1
    pages: list[int] = field(default_factory=list)

    async def version(self, namespace: str) -> int:
        return self.now

    async def page(self, namespace: str, limit: int, offset: int) -> Page:
        self.pages.append(offset)
        return Page([_document(self.text)] if offset == 0 else [], 1, self.now)


def _document(text: str) -> Document:
    return Document("d1", text, None, None, {}, "LTM", datetime(2026, 1, 1, tzinfo=UTC), None, None)


def test_a_deleted_documents_words_go_with_its_vocabulary() -> None:
    """What is kept is of the newest version, and nothing of a namespace that nobody asks for."""

    async def run() -> tuple[list[str], int]:
        index = Index()
        service = VocabularyService(index)  # type: ignore[arg-type]
        await service.get("n", 60)
        index.text, index.now = "a mug", 2
        pinned = await service.get("n", 60)
        words = sorted(pinned.vocabulary.frequency)
        stems = {stem for said in service._kept["n"].values() for stem in said.stems}
        assert "lamp" not in stems
        service.forget_unused(float("inf"))
        return words, len(service._kept)

    words, kept = asyncio.run(run())
    assert "mug" in words
    assert "lamp" not in words
    assert kept == 0
