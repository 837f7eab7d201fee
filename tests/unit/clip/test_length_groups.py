"""Items of similar length share a forward pass."""

from hypothesis import given
from hypothesis import strategies as st

from retrieval.clip.length_groups import FREE_GROUP, WASTE, length_groups


@given(st.lists(st.integers(1, 300), min_size=1, max_size=80))
def test_every_position_is_in_exactly_one_group(lengths: list[int]) -> None:
    """Grouping neither loses nor repeats an item."""
    groups = length_groups(lengths)
    assert sorted(int(row) for group in groups for row in group) == list(range(len(lengths)))


@given(st.lists(st.integers(1, 300), min_size=1, max_size=80))
def test_large_groups_waste_little(lengths: list[int]) -> None:
    """Beyond the free size, a group's longest is at most WASTE times its shortest."""
    groups = length_groups(lengths)
    assert groups
    for group in groups:
        for row in group[FREE_GROUP:]:
            assert lengths[row] <= WASTE * lengths[group[0]]
