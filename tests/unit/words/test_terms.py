"""A text is found by every form that somebody asks for, and not by what only looks alike."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.characters import has_visible
from retrieval.words.terms import ANALYSIS, id_terms, index_terms, query_terms

EVERY_SCRIPT = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from("abC1 -_.,'/:&@+$!*#東京かガ한ไทย्की😀🇩🇪\u200b\u200d\ufe0f\u0301ßİс"),
    )
)
SHA_256 = hashlib.sha256(b"").hexdigest()


def finds(query: str, text: str) -> bool:
    """Whether a text has a term that the query asks for."""
    return bool(set(query_terms(query)) & set(index_terms(text).split()))


@given(EVERY_SCRIPT)
def test_every_text_that_can_be_seen_finds_itself(text: str) -> None:
    """All that is asked for was indexed, whatever the script; nothing to see asks nothing."""
    indexed, asked = index_terms(text).split(), query_terms(text)
    assert bool(indexed) == bool(asked) == has_visible(text)
    assert set(asked) <= set(indexed)


@given(EVERY_SCRIPT)
def test_no_term_is_long_or_holds_a_space(text: str) -> None:
    """Terms are stored with spaces between them; none makes the index large."""
    terms = query_terms(text)
    assert [term for term in terms if len(term) > 128 or term.split() != [term]] == []


@given(st.text(alphabet="abc12-_ ", min_size=1))
def test_case_never_matters(text: str) -> None:
    """Of letters that have one."""
    assert index_terms(text.upper()) == index_terms(text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        # Dashes, as people leave them out.
        ("BW-000123", "the BW000123 mug"),
        ("bw000123", "the BW-000123 mug"),
        ("BW_000123", "BW‑000123"),
        ("550e8400e29b41d4a716446655440000", "id 550e8400-e29b-41d4-a716-446655440000"),
        ("20241130", "on 2024-11-30"),
        ("email", "by e-mail"),
        ("ebook", "E‐Books"),
        # Long and exact.
        (SHA_256, f"sum {SHA_256}"),
        (SHA_256.upper(), f"sum:{SHA_256}."),
        ("x" * 5000, "x" * 5000),
        ("1,299.00", "1299.00 EUR"),
        ("1299.00", "EUR 1,299.00"),
        # Signs that make words.
        ("AT&T", "AT & T said"),
        ("at & t", "AT&T said"),
        (".NET", "for .net and others"),
        ("net", "for .NET"),
        ("nodejs", "Node.js"),
        ("usa", "the U.S.A."),
        ("#sale", "see #sale"),
        ("sale", "see #sale"),
        # Apostrophes.
        ("dont", "don't"),
        ("johns", "John's"),
        ("oreilly", "O’Reilly"),
        ("avion", "l’avion"),
        # Accents, case, width, digits.
        ("muller strasse", "MÜLLER STRAẞE"),
        ("café", "CAFE"),
        ("istanbul", "İSTANBUL"),
        ("ёлка", "Елка"),
        ("ΣΊΣΥΦΟΣ", "σισυφος"),
        ("ｶﾞﾗｽ", "ガラス"),
        ("١٢٣", "123"),
        # Words of other scripts, as they stand in sentences.
        ("猫", "私は猫が好きです"),
        ("东京塔", "昨天我去了东京塔看夜景"),
        ("ไทย", "ฉันพูดภาษาไทยได้"),
        ("학교", "학교에서 만나요"),
        ("كتاب", "هذا هو الكتاب الجديد"),
        ("كِتَاب", "كتاب"),
        ("हिन्दी", "मैं हिन्दी बोलता हूँ"),
        ("👍", "gut gemacht👍🏽"),
        ("💻", "👩‍💻"),
        ("🇩🇪", "aus🇩🇪🇫🇷"),
        ("❤", "❤️"),
    ],
)
def test_a_word_is_found_however_it_is_written(query: str, text: str) -> None:
    """With and without dashes, accents, case, width, vowel signs, articles."""
    assert finds(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("C", "C++ and C#"),
        ("C++", "C and C#"),
        ("C#", "C++ or C"),
        ("A*", "a search"),
        ("15", "1.5"),
        ("мои", "мой"),
        ("かき", "がぎ"),
        ("東京", "京東"),
        ("🇩🇪", "🇪🇩"),
        (SHA_256, SHA_256[:-1] + "0"),
        ("x" * 5000, "x" * 5001),
    ],
)
def test_what_only_looks_alike_is_not_found(query: str, text: str) -> None:
    """Another language, number, letter, order, id."""
    assert not finds(query, text)


@pytest.mark.parametrize(
    "query", ["The The", "who", "not", "to be or not to be", "A", "don't", "&"]
)
def test_a_query_of_stop_words_asks_for_all_of_them(query: str) -> None:
    """There is nothing else to go by."""
    assert set(query_terms(query)) == set(index_terms(query).split())


@pytest.mark.parametrize(
    ("query", "asked"),
    [("who is the mug for", ["mug"]), ("cats & dogs - why", ["cat", "dog", "cats&dogs"])],
)
def test_stop_words_and_lone_signs_go_where_a_word_remains(query: str, asked: list[str]) -> None:
    """They would find what the query does not mean."""
    assert query_terms(query) == asked


def test_an_id_is_found_whole_and_by_no_part() -> None:
    """Or `mug` would find every document whose id begins so."""
    assert id_terms("red-mug_0042") == "redmug0042"
    assert "redmug0042" in query_terms("red-mug_0042")
    assert id_terms("猫の杯").split() == index_terms("猫の杯").split()


def test_the_whole_of_an_id_tells_it_from_its_neighbour() -> None:
    """Their common part is asked for beside it, so that it must weigh more than one."""
    asked = query_terms("BW-000123")
    assert set(asked) - set(index_terms("BW-000124").split()) == {"000123", "bw000123"}


def test_an_analysis_that_changes_has_a_new_number() -> None:
    """What is stored was analysed by the old one: raise ``ANALYSIS`` and migrate."""
    texts = [
        "Running shoes, the runner's O'Reilly & Sons; well-known C++/C# at 1,299.00 in node.js",
        "東京タワー ภาษาไทย 한국어 الكتاب हिन्दी ёлка 👩‍💻🇩🇪 Straße e3b0c44298fc1c14 _init_ #tag",
    ]
    digest = hashlib.sha256(json.dumps([index_terms(text) for text in texts]).encode())
    assert (ANALYSIS, digest.hexdigest()[:16]) == (1, "c6e4bedae0123b66")
