"""Keyword search in an index: words of every script, and words that an analysis may lose."""

import hashlib
from pathlib import Path

import pytest

from retrieval.search.request import SearchRequest
from retrieval.store import IndexReader
from tests.unit.retrieval.retrieval_samples import document, on_index

BLOCKS = (Path(__file__).parent / "sentences.txt").read_text().strip().split("\n\n")
SENTENCES = {name: rest for name, *rest in (block.split("\n") for block in BLOCKS)}
"""Of each script: ten words, ten others, ten sentences with a place for one."""


def sentences(language: str) -> tuple[list[str], dict[str, int]]:
    """Return a hundred sentences, and for each of ten words the one sentence that holds it."""
    words, others, *patterns = SENTENCES[language]
    assert (len(patterns), len(words.split()), len(others.split())) == (10, 10, 10)
    made = [patterns[at % 10].replace("{}", others.split()[at // 10]) for at in range(100)]
    places = {word: 11 * at for at, word in enumerate(words.split())}
    for word, at in places.items():
        made[at] = patterns[at % 10].replace("{}", word)
    return made, places


async def ids(reader: IndexReader, query: str) -> list[str]:
    """Return what a keyword search finds."""
    request = SearchRequest("shop", query_text=query, mode="keyword", limit=200)
    return [hit.id for hit in (await reader.search(request)).hits]


@pytest.mark.parametrize("language", SENTENCES)
@pytest.mark.parametrize("indexed", [True, False], ids=["indexed", "just written"])
def test_the_sentence_that_holds_the_word_is_first(tmp_path, language, indexed):
    """Of a hundred, for ten words of each script: those that share its characters come after."""
    made, places = sentences(language)

    async def act(store, reader):
        await store.upsert("shop", [document(f"id{at}", text) for at, text in enumerate(made)])
        if indexed:
            await store.rewrite("shop")
        return {word: (await ids(reader, word))[:1] for word in places}

    firsts = on_index(tmp_path, [], act)
    assert firsts == {word: [f"id{at}"] for word, at in places.items()}


SHA_256 = hashlib.sha256(b"one").hexdigest()
TEXTS = {
    "att": "AT&T sells telephones",
    "band": "The The",
    "who": "The Who",
    "hamlet": "to be or not to be",
    "not": "not now",
    "cpp": "written in C++",
    "csharp": "written in C#",
    "c": "written in C",
    "sum": f"sum {SHA_256}",
    "othersum": f"sum {SHA_256[::-1]}",
    "sku": "order BW-000123 again",
    "othersku": "order BW-000124 again",
    "cafe": "Café Zoë",
    "dash": "—",
}


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("AT&T", "att"),
        ("at&t", "att"),
        ("The The", "band"),
        ("the who", "who"),
        ("who", "who"),
        ("to be or not to be", "hamlet"),
        ("C++", "cpp"),
        ("c#", "csharp"),
        ("C", "c"),
        (SHA_256, "sum"),
        (SHA_256.upper(), "sum"),
        ("BW-000123", "sku"),
        ("bw000123", "sku"),
        ("BW 000123", "sku"),
        ("cafe zoe", "cafe"),
        ("CAFÉ", "cafe"),
        ("—", "dash"),
        ("product-42", "product-42"),
        ("product42", "product-42"),
        ("4006381333931", "product-42"),
    ],
)
def test_words_that_an_analysis_loses_are_found_first(tmp_path, query, first):
    """Stop words, signs, long and joined ids, document ids, numbers in metadata."""

    async def act(store, reader):
        return await ids(reader, query)

    named = document("product-42", "a pen", metadata={"ean": 4006381333931, "price": 2})
    given = [document(id, text) for id, text in TEXTS.items()] + [named]
    assert on_index(tmp_path, given, act)[0] == first


@pytest.mark.parametrize("query", ["\u200b", " ", "\u2060\ufeff"])
def test_a_query_without_a_sign_finds_nothing(tmp_path, query):
    """Nor does it end in an error."""

    async def act(store, reader):
        return await ids(reader, query)

    assert on_index(tmp_path, [document("a", "a mug")], act) == []
