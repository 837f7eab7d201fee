"""Why a hit was found, in one sentence."""

from collections.abc import Iterator

from retrieval.search.request import LegScore, SearchHit

WAYS = {
    "keyword": "its words",
    "text_vector": "the meaning of its text",
    "image_vector": "what its picture shows",
}
"""What a reader calls the legs, in the order in which they are told."""
MOST_WORDS = 5
PINNED = "Put first by the namespace's settings"


def explanation(hit: SearchHit) -> str:
    """Return the sentence; figures are those of ``explain``, rounded."""
    parts = [_part(hit, leg, hit.explain[leg]) for leg in WAYS if leg in hit.explain]
    if not parts:
        return (
            f"{PINNED}; the query did not find it." if hit.pinned else "Found by the filter alone."
        )
    *others, last = parts
    told = f"{', '.join(others)} and {last}" if others else last
    chance = "" if hit.relevance is None else f"; its relevance is {hit.relevance:.2f}"
    found = f"{PINNED}; found by" if hit.pinned else "Found by"
    return f"{found} {told}{chance}."


def _part(hit: SearchHit, leg: str, score: LegScore) -> str:
    place = ordinal(score.rank)
    if leg == "keyword":
        words = list(_words(hit))[:MOST_WORDS]
        return f"{WAYS[leg]} ({place}{': ' if words else ''}{', '.join(words)})"
    side = "above" if score.calibrated >= 0 else "below"
    return f"{WAYS[leg]} ({place}, {abs(score.calibrated):.1f} sigmas {side} the best of chance)"


def _words(hit: SearchHit) -> Iterator[str]:
    text = hit.text or ""
    yield from dict.fromkeys(text[start:end].lower() for start, end in hit.highlights)


def ordinal(number: int) -> str:
    """Return a place as it is said.

    >>> [ordinal(number) for number in (1, 2, 3, 4, 11, 12, 13, 21, 112)]
    ['1st', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '112th']
    """
    teens = 10 <= number % 100 < 20
    ending = "th" if teens else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
