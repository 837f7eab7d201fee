"""What an index's rows say: which of them fit conditions, and the extremes of a field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agents.goals.reading import GoalCondition, filter_of_all
from agents.lexicon.rows import rows_where
from agents.lexicon.vocabulary import Vocabulary
from retrieval.documents import Json


def fitting(
    vocabulary: Vocabulary, conditions: Sequence[GoalCondition]
) -> dict[str, Mapping[str, Json]]:
    """Return the rows that meet all conditions, by id."""
    wanted = filter_of_all(conditions) if conditions else None
    return rows_where(vocabulary, wanted)


def extreme(
    vocabulary: Vocabulary, conditions: Sequence[GoalCondition], key: str, most: bool
) -> Any:
    """Return the largest or smallest value of a field among rows that fit, None without any."""
    rows = fitting(vocabulary, conditions).values()
    kind = (int, float) if key in vocabulary.numbers else str
    values = [v for row in rows if isinstance(v := comparable(row.get(key)), kind)]
    if not values:
        return None
    return max(values) if most else min(values)


def comparable(value: Json) -> float | str | None:
    """Return a value that can be ordered: a number, or a text such as a day."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    return value
