"""Settings of a namespace: what can be kept, and what each of them does to a query."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import InvalidSettings
from retrieval.words.settings import (
    MOST_SYNONYMS,
    NO_SETTINGS,
    NamespaceSettings,
    PinnedQuery,
    applied,
    check_settings,
)

WORDS = ("sofa", "couch", "settee", "lamp", "tv", "television", "c++")
word = st.sampled_from(WORDS)


def words_of(least: int) -> st.SearchStrategy[list[str]]:
    return st.lists(word, min_size=least, max_size=least + 2, unique=True)


settings_of = st.builds(
    NamespaceSettings,
    st.lists(st.lists(word, min_size=2, max_size=4, unique=True).map(tuple), max_size=3).map(tuple),
    st.dictionaries(
        word, st.lists(word, min_size=1, max_size=3, unique=True).map(tuple), max_size=3
    ),
    st.lists(word, max_size=3, unique=True).map(tuple),
    st.lists(
        st.builds(PinnedQuery, word, st.just(("a", "b"))), max_size=3, unique_by=lambda p: p.query
    ).map(tuple),
)


@given(settings_of)
def test_what_is_stored_is_what_was_given(settings: NamespaceSettings) -> None:
    again = NamespaceSettings.from_json(settings.to_json())
    assert again == settings
    assert again.digest == settings.digest
    assert (settings.digest == NO_SETTINGS.digest) == (settings == NO_SETTINGS)


@given(settings=settings_of, query=st.lists(word, min_size=1, max_size=4).map(" ".join))
def test_one_step_of_synonyms_and_some_word_is_left(
    settings: NamespaceSettings, query: str
) -> None:
    """What counts for a word is what the settings say of it, however they lead on or round."""
    for of_word, others in settings.one_way_synonyms.items():
        if of_word in others:
            return
    done = applied(check_settings(settings).to_json(), query)
    asked = list(dict.fromkeys(query.split()))
    left = [one for one in asked if one not in settings.stop_words] or asked
    assert len(done.terms or left) == len(left)
    assert len(done.left_out) == len(asked) - len(left)
    wanted = {
        one: {
            other for group in settings.synonyms if one in group for other in group if other != one
        }
        | set(settings.one_way_synonyms.get(one, ()))
        for one in left
    }
    told = sorted(sorted(more) for more in done.synonyms.values())
    assert told == sorted(sorted(more) for more in wanted.values() if more)
    pinned = [pin.ids for pin in settings.pins if asked == [pin.query]]
    assert done.pinned == (pinned[0] if pinned else ())


def test_words_are_compared_as_they_are_searched() -> None:
    """By their stems, in any case, with and without accents."""
    stored = check_settings(
        NamespaceSettings(
            (("Sofas", "Canapé"),), {}, ("Bitte",), (PinnedQuery("Red  Mugs!", ("a",)),)
        )
    ).to_json()
    assert list(applied(stored, "sofa").others) == list(applied(stored, "SOFAS").others)
    assert applied(stored, "canape").synonyms
    assert applied(stored, "bitte sofa").left_out
    assert applied(stored, "bitte").left_out == ()
    assert applied(stored, "red mug").pinned == ("a",)
    assert applied(stored, "mug red").pinned == ()
    assert applied(stored, None) == applied("", "sofa")


WRONG = [
    (NamespaceSettings((("sofa",),)), "synonyms.0"),
    (NamespaceSettings((("sofa", "sofas"),)), "synonyms.0"),
    (NamespaceSettings((("sofa", "living room"),)), "synonyms.0.1"),
    (NamespaceSettings((("sofa", " "),)), "synonyms.0.1"),
    (NamespaceSettings((("sofa", "x" * 65),)), "synonyms.0.1"),
    (NamespaceSettings((("sofa", "couch"),) * (MOST_SYNONYMS + 1)), "synonyms"),
    (NamespaceSettings((), {"tv": ()}), "one_way_synonyms.tv"),
    (NamespaceSettings((), {"tv": ("tv",)}), "one_way_synonyms.tv"),
    (NamespaceSettings((), {"a tv": ("telly",)}), "one_way_synonyms.0"),
    (NamespaceSettings((), {}, ("the end",)), "stop_words.0"),
    (NamespaceSettings((), {}, ("red", "Red")), "stop_words"),
    (NamespaceSettings(pins=(PinnedQuery("mug", ()),)), "pins.0.ids"),
    (NamespaceSettings(pins=(PinnedQuery("mug", ("a", "a")),)), "pins.0.ids"),
    (NamespaceSettings(pins=(PinnedQuery("mug", ("a/b",)),)), "pins.0.ids.0"),
    (NamespaceSettings(pins=(PinnedQuery(" ", ("a",)),)), "pins.0.query"),
    (
        NamespaceSettings(pins=(PinnedQuery("mug", ("a",)), PinnedQuery("Mugs", ("b",)))),
        "pins.1.query",
    ),
]


@pytest.mark.parametrize(("settings", "where"), WRONG)
def test_what_cannot_be_kept_is_refused_by_its_place(
    settings: NamespaceSettings, where: str
) -> None:
    with pytest.raises(InvalidSettings) as refused:
        check_settings(settings)
    assert refused.value.where == where


def test_settings_are_bounded_as_a_whole() -> None:
    """They stand in the manifest of every version."""
    pins = tuple(
        PinnedQuery(f"word{at}", tuple("i" * 60 + str(n) for n in range(20))) for at in range(90)
    )
    with pytest.raises(InvalidSettings, match="bytes"):
        check_settings(NamespaceSettings(pins=pins))
