"""Hits of several namespaces as one list: what fusion promises holds over all of them."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from retrieval.search.fusion import Fusion
from retrieval.search.request import SearchHit
from retrieval.search.several import fused_hits
from tests.unit.retrieval.retrieval_samples import NEW_YEAR

BARE = SearchHit(
    id="",
    score=0.0,
    semantic_score=None,
    keyword_score=None,
    semantic_rank=None,
    keyword_rank=None,
    text=None,
    modality="TEXT",
    source="LTM",
    metadata={},
    created_at=NEW_YEAR,
    explain={},
)
score = st.one_of(st.none(), st.integers(-3, 9).map(float))
hits_of = st.dictionaries(st.sampled_from("abcdef"), st.tuples(score, score), max_size=6)


@given(found=st.dictionaries(st.sampled_from("xyz"), hits_of, max_size=3), rrf=st.booleans())
def test_every_hit_once_best_first_and_no_better_one_behind(
    found: dict[str, dict[str, tuple[float | None, float | None]]], rrf: bool
) -> None:
    """One that is at least as good on both sides never stands behind."""
    listed = [
        (
            name,
            [
                replace(BARE, id=id, semantic_score=meaning, keyword_score=words)
                for id, (meaning, words) in of_one.items()
                if meaning is not None or words is not None
            ],
            -1.0,
        )
        for name, of_one in found.items()
    ]
    fused = fused_hits(listed, "hybrid", Fusion("rrf" if rrf else "weighted"))
    everything = {(name, hit.id) for name, hits, _ in listed for hit in hits}
    assert [(name, hit.id) for name, hit in fused] == list(
        dict.fromkeys((name, hit.id) for name, hit in fused)
    )
    assert {(name, hit.id) for name, hit in fused} == everything
    scores = [hit.score for _, hit in fused]
    assert scores == sorted(scores, reverse=True)
    if rrf:
        return
    for at, (_, before) in enumerate(fused):
        for _, after in fused[at + 1 :]:
            better = [
                (low if one is None else one) - (low if other is None else other)
                for one, other, low in (
                    (after.semantic_score, before.semantic_score, -100.0),
                    (after.keyword_score, before.keyword_score, -100.0),
                )
            ]
            # Equal scores stand by their ids: a tie is no better one.
            assert not (min(better) > 0 and after.score < before.score)


def test_the_order_does_not_depend_on_which_is_named_first() -> None:
    one = ("x", [replace(BARE, id="d", keyword_score=1.0)], 0.0)
    other = ("y", [replace(BARE, id="d", keyword_score=1.0)], 0.0)
    names = [
        [name for name, _ in fused_hits(order, "keyword", Fusion())]
        for order in ([one, other], [other, one])
    ]
    assert names == [["x", "y"], ["x", "y"]]
