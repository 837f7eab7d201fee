"""The answers once more, from the words alone: a reader of its own that asks SQLite."""

import re
import sqlite3
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from scripts.goals.case import GoalCase
from scripts.goals.generate import goals
from scripts.goals.tables import TABLES, goal_table

NAMED = {
    "catalogue": "kind colour pattern brand",
    "homes": "type city condition heating energy_class",
    "recipes": "dish cuisine difficulty main_ingredient author",
    "papers": "kind topic venue language first_author",
}
"""Columns whose values stand in goals."""
FLAGS = {
    "a balcony": "balcony",
    "a garden": "garden",
    "parking": "parking",
    "code": "has_code",
    "vegetarian": "vegetarian",
    "vegan": "vegan",
    "gluten-free": "gluten_free",
    "open-access": "open_access",
}
NUMBERS = {
    r"(?:€|EUR |euros?|priced|for|below|under|up to|above|over|cheaper)": "price price_eur",
    r"m²|square metres": "living_area_m2",
    r"metres from": "metres_to_station",
    r"monthly": "monthly_costs_eur",
    r"built": "year_built",
    r"rooms": "rooms",
    r"minutes": "minutes",
    r"kcal|calories": "kcal",
    r"protein": "protein_g",
    r"portion": "portion_g",
    r"rated|rating": "rating",
    r"serving": "cost_per_serving",
    r"pages": "pages",
    r"citations|cited": "citations",
    r"PDF": "pdf_mb",
}
BOUNDS = {
    "<=": r"at most|up to|no more than|or less|within|at most",
    ">=": r"at least|or more|upwards|or later",
    "<": r"below|under|less than|cheaper than|fewer than|smaller than|shorter than|before|earlier",
    ">": r"above|over|more than|larger than|longer than|after|later than",
}
READ = ("plain", "count", "aggregate", "number format")
SEEDS = range(3)


@dataclass(frozen=True)
class Reading:
    """A goal as conditions of SQL."""

    where: str
    column: str


@pytest.fixture(scope="module")
def base() -> sqlite3.Connection:
    """The four tables."""
    base = sqlite3.connect(":memory:")
    for name in TABLES:
        rows = [dict(row) for row in goal_table(name).records]
        base.execute(f"create table {name} ({', '.join(rows[0])})")
        marks = ", ".join("?" for _ in rows[0])
        flat = [[str(v) if isinstance(v, list) else v for v in row.values()] for row in rows]
        base.executemany(f"insert into {name} values ({marks})", flat)
    return base


def test_a_second_way_finds_the_same(base: sqlite3.Connection) -> None:
    """For goals of several seeds, in the open half's words; most of these forms can be read."""
    found: Counter[str] = Counter()
    wrong = []
    for case in (case for seed in SEEDS for case in goals("open", seed)):
        reading = read(case, base) if case.form in READ and not case.also else None
        if reading is not None:
            found[str(case.answer["kind"])] += 1
            wrong += [case.text] if again(case, reading, base) != told(case) else []
    assert wrong == []
    assert found["items"] >= 60
    assert found["number"] >= 60
    assert found["values"] >= 10


def told(case: GoalCase) -> Any:
    """Return what the goal's answer says."""
    return case.answer["value" if case.answer["kind"] == "number" else "right"]


def again(case: GoalCase, reading: Reading, base: sqlite3.Connection) -> Any:
    """Return the answer by SQL."""
    query = f"select {reading.column} from {case.table} where {reading.where}"
    rows = [row[0] for row in base.execute(query)]
    if case.answer["kind"] == "number":
        return pytest.approx(rows[0])
    return sorted(rows)


def read(case: GoalCase, base: sqlite3.Connection) -> Reading | None:
    """Read a goal, or give it up."""
    text = case.text.removesuffix("?").removesuffix(".")
    column = _column(text, case)
    if column is None:
        return None
    conditions = [*_named(text, case, base), *_flags(text)]
    if (bound := re.search(r"(?<![\w-])\d[\d.,]*(?: \d{3})*(?!\w)", text)) is not None:
        numbers = _bound(text, bound.group(), case, base)
        if not numbers:
            return None
        conditions += numbers
    return Reading(" and ".join(conditions) or "1", column)


def _column(text: str, case: GoalCase) -> str | None:
    if case.answer["kind"] == "items":
        return "id"
    if case.form == "count":
        return "count(*)"
    words = {"price": "price_eur" if case.table == "homes" else "price"} | {
        "living area": "living_area_m2",
        "monthly cost": "monthly_costs_eur",
        "distance to the station": "metres_to_station",
        "number of rooms": "rooms",
        "cooking time": "minutes",
        "number of calories": "kcal",
        "protein content": "protein_g",
        "portion size": "portion_g",
        "rating": "rating",
        "cost per serving": "cost_per_serving",
        "number of citations": "citations",
        "number of pages": "pages",
        "PDF size": "pdf_mb",
    }
    for pattern, sql in {
        "average": "avg",
        "total": "sum",
        "highest": "max",
        "lowest": "min",
    }.items():
        if found := re.search(rf"\b{pattern} ({'|'.join(words)})", text):
            return f"{sql}({words[found.group(1)]})"
    if found := re.search(r"which (\w+(?: \w+)?) (?:exist|are)", text):
        nouns = found.group(1).replace("kinds of heating", "heating")
        several = {"cities": "city", "difficulties": "difficulty", "energy classes": "energy_class"}
        return f"distinct {several.get(nouns, nouns.removesuffix('s').replace(' ', '_'))}"
    return None


def _named(text: str, case: GoalCase, base: sqlite3.Connection) -> list[str]:
    conditions = []
    for column in NAMED[case.table].split():
        query = f"select distinct {column} from {case.table} where {column} is not null"
        for (value,) in base.execute(query):
            forms = {value, f"{value}s", f"{value}es", value.replace("curry", "curries")}
            forms |= {"theses"} if value == "thesis" else set()
            if column == "energy_class":
                forms = {f"class {value}"}
            if any(re.search(rf"(?<![\w-]){re.escape(form)}(?![\w-])", text) for form in forms):
                conditions.append(f"{column} = '{value}'")
    return conditions


def _flags(text: str) -> list[str]:
    without = "without |non-"
    return [
        f"{column} = {0 if re.search(f'({without}){word}', text) else 1}"
        for word, column in FLAGS.items()
        if re.search(rf"(?<!\w)(with |without |non-)?{word}", text)
    ]


def _bound(text: str, said: str, case: GoalCase, base: sqlite3.Connection) -> list[str]:
    columns = {row[1] for row in base.execute(f"pragma table_info({case.table})")}
    fields = [
        field
        for pattern, names in reversed(NUMBERS.items())
        for field in names.split()
        if field in columns and re.search(pattern, text)
    ]
    signs = [sign for sign, words in BOUNDS.items() if re.search(rf"\b({words})\b", text)]
    if len(signs) != 1 or not fields:
        return []
    value = _value(said.rstrip(".,"), case.form == "number format")
    return [f"{fields[0]} {signs[0]} {value}"]


def _value(said: str, continental: bool) -> float:
    if continental:
        return float(said.replace(".", "").replace(" ", "").replace(",", "."))
    return float(said.replace(",", ""))
