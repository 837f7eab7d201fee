"""Orders in a goal: "the five cheapest", "sorted by price, highest first", "least cited"."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agents.goals.reading import Order, WordSpan
from agents.lexicon.degrees import PLAIN, SUPERLATIVES, Degree
from agents.lexicon.field_names import FieldName, best_named, field_names, of_concept
from agents.lexicon.units import NUMERALS
from agents.lexicon.vocabulary import Vocabulary
from agents.lexicon.words import Word

_SORTS = frozenset("sorted ordered ranked sort order rank arranged".split())
_DOWN = frozenset("highest descending largest biggest most newest latest best".split())
_UP = frozenset("lowest ascending smallest least oldest earliest cheapest fewest".split())
_FILLERS = frozenset("number of the amount value size total a an in their its per to".split())
_KINDS = ("number", "time")
_PLACES = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
WINDOW = 6
MOST = 100
"""More are never meant by a number beside a superlative: it is a year, or an amount."""


@dataclass(frozen=True, slots=True)
class FoundOrder:
    """An order with the words that say it; ``order`` is None where no field fits them."""

    order: Order | None
    words: str
    span: WordSpan
    count: int | None = None
    """How many are wanted, where that stands beside it: "the two cheapest"."""


def read_order(
    goal: str, words: Sequence[Word], vocabulary: Vocabulary, taken: Collection[int]
) -> FoundOrder | None:
    """Return the order that a goal asks for, None where it asks for none."""
    fields = field_names(vocabulary)
    if not any(field.kind in _KINDS for field in fields):
        return None
    return _sorted_by(goal, words, fields, taken) or _superlative(goal, words, fields, taken)


def named_field(
    words: Sequence[Word],
    at: int,
    fields: Sequence[FieldName],
    taken: Collection[int],
    kinds: Sequence[str] = _KINDS,
) -> tuple[FieldName | None, int]:
    """Return the number or time that words from ``at`` on name, and one behind the last of them."""
    hits: list[str] = []
    end = at
    for place in range(at, min(len(words), at + WINDOW)):
        word = words[place]
        if place in taken:
            break
        if any(f.score([word.stem]) for f in fields if f.kind in kinds):
            hits.append(word.stem)
            end = place + 1
        # "cooking time": what is a form of doing may stand before what is measured.
        elif word.text.lower() not in _FILLERS and (
            hits or place > at or not word.text.lower().endswith("ing")
        ):
            break
    return (best_named(fields, hits, kinds) if hits else None), end


def _sorted_by(
    goal: str, words: Sequence[Word], fields: Sequence[FieldName], taken: Collection[int]
) -> FoundOrder | None:
    """Read "by price, lowest first", and what comes before it."""
    for at, word in enumerate(words):
        if word.text.lower() != "by" or at in taken or at + 1 >= len(words):
            continue
        field, end = named_field(words, at + 1, fields, taken)
        start = at - 1 if at and words[at - 1].text.lower() in _SORTS else at
        direction, behind = _direction(words, end)
        if field is None or (direction is None and start == at):
            continue
        span = (start, behind)
        said = goal[words[start].start : words[behind - 1].end]
        return FoundOrder(Order(field.filter_key, bool(direction), False, said), said, span)
    return None


def _direction(words: Sequence[Word], at: int) -> tuple[bool | None, int]:
    """Return whether "highest first" follows (True), "lowest first" (False), or neither."""
    said = [word.text.lower() for word in words[at : at + 3]]
    skip = 1 if said[:1] == ["the"] else 0
    if len(said) > skip and said[skip] in _DOWN | _UP:
        end = at + skip + 1
        if len(said) > skip + 1 and said[skip + 1] in ("first", "order"):
            end += 1
        return said[skip] in _DOWN, end
    return None, at


def degree_at(words: Sequence[Word], at: int) -> tuple[Degree, int] | None:
    """Return the superlative that begins at a word and how many words it takes."""
    said = words[at].text.lower()
    ahead = words[at + 1].text.lower() if at + 1 < len(words) else ""
    if said in ("most", "least"):
        plain = PLAIN.get(ahead) or PLAIN.get(ahead.removesuffix("ly"))
        if plain is not None and plain.concept:
            return Degree(plain.concept, plain.up == (said == "most")), 2
    if said == "as" and [w.text.lower() for w in words[at + 2 : at + 4]] == ["as", "possible"]:
        plain = PLAIN.get(ahead)
        return None if plain is None or not plain.concept else (plain, 4)
    degree = SUPERLATIVES.get(said)
    return None if degree is None else (degree, 1)


def superlative_at(
    words: Sequence[Word], at: int, fields: Sequence[FieldName], taken: Collection[int]
) -> tuple[FieldName | None, bool, int] | None:
    """Return the field of a superlative, whether the most of it is meant, and its end."""
    found = degree_at(words, at)
    if found is None:
        return None
    degree, size = found
    field, end = named_field(words, at + size, fields, taken)
    if (
        field is not None
        and degree.concept == "date"
        and field.kind == "number"
        and "year" not in field.core
    ):
        field = None
    if field is None:
        end = at + size
        field = of_concept(fields, degree.concept) if degree.concept else None
    return field, degree.up, end


def _superlative(
    goal: str, words: Sequence[Word], fields: Sequence[FieldName], taken: Collection[int]
) -> FoundOrder | None:
    for at in range(len(words)):
        if at in taken:
            continue
        found = superlative_at(words, at, fields, taken)
        if found is None:
            continue
        field, up, end = found
        start = at
        if field is None:
            # "costs the most"
            field, start = _named_before(words, at, fields)
        other = _to_degree(words, at, end)
        if other is not None:
            said = goal[words[at - 1].start : words[other - 1].end]
            order = None if field is None else Order(field.filter_key, up, False, said)
            return FoundOrder(order, said, (at - 1, other))
        first = end < len(words) and words[end].text.lower() == "first"
        end += first
        said = goal[words[start].start : words[end - 1].end]
        if field is None:
            # "most" and "last" alone are common words; only degrees of something are orders.
            if degree_at(words, at)[0].concept:  # pyright: ignore[reportOptionalSubscript]
                return FoundOrder(None, said, (at, end))
            continue
        skipped = 0 if first else _skipped(words, start)
        if skipped:
            start, said = start - 1, f"{words[start - 1].text} {said}"
        order = Order(field.filter_key, up, not first, said, skipped)
        count = 1 if skipped else _count_beside(words, start, end)
        return FoundOrder(order, said, (start, end), count)
    return None


def _skipped(words: Sequence[Word], at: int) -> int:
    """Return how many stand before "the second cheapest": one."""
    said = words[at - 1].text.lower() if at else ""
    return _PLACES.index(said) + 1 if said in _PLACES else 0


def _count_beside(words: Sequence[Word], start: int, end: int) -> int | None:
    for at in (start - 1, end):
        said = words[at].text.lower() if 0 <= at < len(words) else ""
        if said in NUMERALS or (said.isdigit() and 0 < int(said) <= MOST):
            return NUMERALS.get(said) or int(said)
    return None


def _to_degree(words: Sequence[Word], at: int, end: int) -> int | None:
    """Return the end of "from cheapest to most expensive", which is an order of all."""
    if not at or words[at - 1].text.lower() != "from" or end + 1 >= len(words):
        return None
    other = degree_at(words, end + 1) if words[end].text.lower() == "to" else None
    return None if other is None else end + 1 + other[1]


def _named_before(
    words: Sequence[Word], at: int, fields: Sequence[FieldName]
) -> tuple[FieldName | None, int]:
    for place in range(at - 1, max(-1, at - 3), -1):
        field = best_named(fields, [words[place].stem], _KINDS)
        if field is not None:
            return field, place
        if words[place].text.lower() != "the":
            break
    return None, at
