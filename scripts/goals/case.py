"""What the parts of this evaluation hand to each other: tables, goals, answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

TODAY = datetime(2026, 2, 16, 9, 0, tzinfo=UTC)
"""A Monday: the last calendar week and the last seven days name the same days."""

Value = str | bool | int | float | None | list[str]
TableRow = Mapping[str, Value]
"""A row: ``id``, and its metadata by their names."""
Half = Literal["open", "closed"]
Answer = dict[str, object]
"""What is right, as JSON: ``answers.py`` makes them, ``judge.py`` reads them."""


def amount(row: TableRow, field: str) -> float:
    """Return a number of a row."""
    value = row[field]
    assert isinstance(value, int | float)
    return float(value)


@dataclass(frozen=True, slots=True)
class GoalTable:
    """Rows as they are stored, each with the text that is indexed."""

    name: str
    records: tuple[TableRow, ...]
    texts: Mapping[str, str]
    """By id."""

    def documents(self) -> list[dict[str, object]]:
        """Return the rows as documents to write: ``id``, ``text``, ``metadata``."""
        return [
            {
                "id": row["id"],
                "text": self.texts[str(row["id"])],
                "metadata": {key: value for key, value in row.items() if key != "id"},
            }
            for row in self.records
        ]


@dataclass(frozen=True, slots=True)
class Meaning:
    """A goal in words, and what is right for it: any of its readings."""

    text: str
    answer: Answer
    also: tuple[Answer, ...] = ()
    """Other readings that careful people have; an answer that is right for one of them is right."""


@dataclass(frozen=True, slots=True)
class GoalCase:
    """A goal of the evaluation."""

    id: str
    table: str
    form: str
    text: str
    answer: Answer
    also: tuple[Answer, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return the goal as a JSON object; equal goals give equal objects."""
        return {
            "id": self.id,
            "table": self.table,
            "form": self.form,
            "goal": self.text,
            "answer": self.answer,
            "also": list(self.also),
        }


@dataclass(frozen=True, slots=True)
class Given:
    """What a planner gave, in no planner's own words."""

    ids: tuple[str, ...] = ()
    """Documents in the order given."""
    sets: tuple[tuple[str, ...], ...] = ()
    """Combinations; where there are none, ``ids`` is taken as one."""
    number: float | None = None
    values: tuple[str, ...] | None = None
    complete: bool = False
    """It said that the goal is fulfilled, whole."""
    ignored: tuple[str, ...] = field(default=())
    """Words or phrases of the goal that it said were not understood or not used."""
