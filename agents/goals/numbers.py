"""Numbers in a goal: "under 20", "between 10 and 30 euros", "together at most 80"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agents.goals.reading import WordSpan
from agents.lexicon.vocabulary import Vocabulary
from agents.lexicon.words import Word, stem, stems
from retrieval.filtering.fields import is_exact

# Bounded: a goal of thousands of digits is no number, and would be scanned from each of them.
_N = r"[$€£]?\s*(?<![\d.,])(\d{1,15}(?:[.,]\d{1,15}){0,4})(?![.,]?\d)"
_BETWEEN = re.compile(rf"\b(?:between|from)\s+{_N}\s+(?:and|to)\s+{_N}", re.I)
_BOUNDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (op, re.compile(pattern, re.I))
    for op, pattern in (
        ("lte", rf"\b(?:at most|(?:no|not) (?:more|higher) than|up to|maximum(?: of)?|max)\s+{_N}"),
        ("gte", rf"\b(?:at least|(?:no|not) (?:less|lower) than|minimum(?: of)?|min)\s+{_N}"),
        ("lte", rf"{_N}\s+or\s+(?:less|below|under|cheaper)\b"),
        ("gte", rf"{_N}\s+or\s+(?:more|above|over)\b"),
        ("lt", rf"\b(?:under|below|less than|cheaper than|lower than|smaller than)\s+{_N}"),
        ("gt", rf"\b(?:over|above|more than|greater than|higher than|larger than)\s+{_N}"),
        ("lte", rf"<=\s*{_N}"),
        ("gte", rf">=\s*{_N}"),
        ("lt", rf"<\s*{_N}"),
        ("gt", rf">\s*{_N}"),
    )
)
_TOTAL = re.compile(r"\b(together|altogether|in total|in sum|combined|all in all|total)\b", re.I)
_UNITS = frozenset(stem(word) for word in ("dollars", "euros", "pounds", "usd", "eur", "gbp"))
_COST_CUES = frozenset(stem(w) for w in ("cost", "costing", "price", "priced", "cheaper", "spend"))
_COST_FIELDS = frozenset(stem(word) for word in ("price", "cost", "amount"))
NEAR_WORDS = 4


@dataclass(frozen=True, slots=True)
class NumberBound:
    """One bound on a numeric field; ``field`` is None where no field can be meant."""

    field: str | None
    op: str
    value: float
    total: bool
    words: str
    span: WordSpan


def read_numbers(goal: str, words: Sequence[Word], vocabulary: Vocabulary) -> list[NumberBound]:
    """Return the bounds that a goal names, each with the words it takes up."""
    taken: list[tuple[int, int]] = []
    found: list[NumberBound] = []
    for start, end, bounds in _matches(goal):
        if any(start < b and a < end for a, b in taken):
            continue
        taken.append((start, end))
        span, is_total = _span(goal, words, start, end)
        # A filter on such a number would be refused; without a field it counts as not fulfilled.
        comparable = all(is_exact(value) for _, value in bounds)
        name = _field(words, span, vocabulary) if comparable else None
        said = goal[words[span[0]].start : words[span[1] - 1].end]
        found += [NumberBound(name, op, value, is_total, said, span) for op, value in bounds]
    return sorted(found, key=lambda bound: bound.span)


def _matches(goal: str) -> list[tuple[int, int, list[tuple[str, float]]]]:
    found = [
        (m.start(), m.end(), [("gte", _number(m[1])), ("lte", _number(m[2]))])
        for m in _BETWEEN.finditer(goal)
    ]
    for op, pattern in _BOUNDS:
        found += [(m.start(), m.end(), [(op, _number(m[1]))]) for m in pattern.finditer(goal)]
    return found


def _number(text: str) -> float:
    # A comma before exactly three digits groups thousands, any other is a decimal comma.
    plain = re.sub(r",(?=\d{3}(?:\D|$))", "", text).replace(",", ".")
    parts = plain.split(".")
    return float(plain) if len(parts) <= 2 else float("".join(parts))


def _span(goal: str, words: Sequence[Word], start: int, end: int) -> tuple[WordSpan, bool]:
    """Return the words of a bound with its unit and its "in total", and whether it has one."""
    inside = [i for i, word in enumerate(words) if word.start < end and start < word.end]
    first, last = inside[0], inside[-1] + 1
    while last < len(words) and words[last].stem in _UNITS:
        last += 1
    while first > 0 and words[first - 1].stem in _COST_CUES:
        first -= 1
    clause_start = max(goal.rfind(mark, 0, start) for mark in ",;") + 1
    ahead = re.search(r"[,;]|\band\b", goal[end:])
    clause_end = end + ahead.start() if ahead else len(goal)
    total = _TOTAL.search(goal, max(clause_start, start - 40), clause_end)
    if total is None:
        return (first, last), False
    covered = [
        i for i, word in enumerate(words) if word.start < total.end() and total.start() < word.end
    ]
    return (min(first, covered[0]), max(last, covered[-1] + 1)), True


def _field(words: Sequence[Word], span: WordSpan, vocabulary: Vocabulary) -> str | None:
    """Return the field that is named nearby, the one that costs are kept in, or the only one."""
    near = [word.stem for word in words[max(0, span[0] - NEAR_WORDS) : span[1] + 2]]
    names = {name: stems(name.replace("_", " ")) for name in vocabulary.numbers}
    for name, parts in names.items():
        if any(part in near for part in parts):
            return name
    costs = [name for name, parts in names.items() if _COST_FIELDS & set(parts)]
    if costs and (_COST_CUES & set(near) or _UNITS & set(near)):
        return costs[0]
    if len(names) == 1:
        return next(iter(names))
    return costs[0] if len(costs) == 1 else None
