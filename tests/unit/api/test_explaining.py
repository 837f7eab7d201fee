"""Why a hit was found, in one sentence."""

from datetime import UTC, datetime

import pytest

from api.searching.explaining import explanation, ordinal
from retrieval.search.request import LegScore, SearchHit

WORDS = LegScore(7.1, 7.1, 2)
TEXT = LegScore(0.5, 3.16, 1)
PICTURE = LegScore(0.2, -1.04, 23)
WHEN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("explain", "relevance", "said"),
    [
        (
            {"text_vector": TEXT, "keyword": WORDS},
            0.874,
            "Found by its words (2nd: red, mug) and the meaning of its text (1st, 3.2 sigmas above "
            "the best of chance); its relevance is 0.87.",
        ),
        (
            {"image_vector": PICTURE},
            None,
            "Found by what its picture shows (23rd, 1.0 sigmas below the best of chance).",
        ),
        ({}, None, "Found by the filter alone."),
    ],
)
def test_a_sentence_tells_the_figures(explain: dict, relevance: float | None, said: str) -> None:
    """In one order whatever ran first; each word once."""
    hit = SearchHit(
        "a",
        1.0,
        None,
        None,
        None,
        None,
        "Red mug, red",
        "TEXT",
        "LTM",
        {},
        WHEN,
        explain,
        relevance=relevance,
        highlights=((0, 3), (4, 7), (9, 12)),
    )
    assert explanation(hit) == said


def test_places_are_said() -> None:
    """Teens are no firsts."""
    said = {
        1: "1st",
        2: "2nd",
        3: "3rd",
        4: "4th",
        11: "11th",
        13: "13th",
        21: "21st",
        112: "112th",
    }
    assert {number: ordinal(number) for number in said} == said
