"""Words that few changes make of a misspelt one, against the table by hand."""

from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.words.misspelt import closest, distances, most_changes

WORDS = st.text("abcd", min_size=1, max_size=9)


def by_hand(first, second):
    """Return the changes between two words, one cell of the classic table after the other."""
    table = {(i, 0): i for i in range(len(first) + 1)}
    table |= {(0, j): j for j in range(len(second) + 1)}
    for i in range(1, len(first) + 1):
        for j in range(1, len(second) + 1):
            differs = first[i - 1] != second[j - 1]
            ways = [table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + differs]
            if first[i - 2 : i] == second[j - 2 : j][::-1] and i > 1 and j > 1:
                ways.append(table[i - 2, j - 2] + 1)
            table[i, j] = min(ways)
    return table[len(first), len(second)]


@settings(deadline=None)
@given(WORDS, st.lists(WORDS, min_size=1, max_size=8))
def test_many_words_are_compared_as_each_alone(word, others):
    """Side by side in arrays, or cell by cell."""
    assert distances(word, others).tolist() == [by_hand(word, other) for other in others]


@settings(deadline=None)
@given(WORDS, st.lists(WORDS, max_size=8, unique=True))
def test_the_closest_are_those_of_fewest_changes(word, known):
    """Of all with the same first letter, within what is allowed for a word so long."""
    counted = {other: by_hand(word, other) for other in known if other[0] == word[0]}
    near = {other: n for other, n in counted.items() if 0 < n <= most_changes(word)}
    if len(word) == 3:
        near = {other: n for other, n in near.items() if other == word[0] + word[2] + word[1]}
    fewest = min(near.values(), default=0)
    assert closest(word, known) == [other for other, n in near.items() if n == fewest]


def test_long_words_may_have_two_changes_and_short_ones_none():
    """One from four letters, two from eight, of three an exchange; longer ones are left alone."""
    lengths = (1, 2, 3, 4, 7, 8, 32, 33)
    assert [most_changes("x" * length) for length in lengths] == [0, 0, 1, 1, 1, 2, 2, 0]
    assert closest("mgu", ["mug", "mgm", "mg", "mgus", "gum"]) == ["mug"]
    assert closest("mu", ["um", "mug"]) == []
    assert closest("stripd", ["striped", "strip", "tripod", "stripes"]) == ["striped", "strip"]
    assert closest("cermaix", ["ceramic"]) == []
    assert closest("telescpoic", ["telescopic", "telescope"]) == ["telescopic"]
