"""What a goal of the third person is about: some rows, and how they are called."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from scripts.goals.case import Answer, TableRow, Value
from scripts.goals.tables import goal_table

NOUNS = {"catalogue": "kind", "homes": "type", "recipes": "dish", "papers": "kind"}
"""The field that gives the noun."""
GENERAL = {"catalogue": "product", "homes": "home", "recipes": "recipe", "papers": "paper"}
NAMES = {"catalogue": "name", "homes": "address", "recipes": "title", "papers": "title"}
FLAGS = {
    "homes": {"balcony": "a balcony", "garden": "a garden", "parking": "parking"},
    "recipes": {"vegan": "vegan", "vegetarian": "vegetarian", "gluten_free": "gluten-free"},
    "papers": {"open_access": "open-access", "has_code": "code"},
}
AVOIDED = ("glasses", "new")
"""A plural that has no singular, and a condition that could be read as a date."""


@dataclass(frozen=True, slots=True)
class PutGoal:
    """One goal before it is numbered: table, words, what is right."""

    table: str
    text: str
    answer: Answer
    also: tuple[Answer, ...] = ()


DrawGoal = Callable[[Random], PutGoal | None]
"""Draws a goal; ``None`` where the draw makes no sensible one."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Rows by what they have in common."""

    table: str
    fixed: Mapping[str, Value]
    one: str
    many: str
    rows: tuple[TableRow, ...]

    @property
    def a(self) -> str:
        """The words for one of them, with an article."""
        return article(self.one)


def article(words: str) -> str:
    """Return words with the article that they take."""
    return f"{'an' if words[0].lower() in 'aeiou' else 'a'} {words}"


def plural(noun: str) -> str:
    """Return the plural of a noun of the tables."""
    if noun == "thesis":
        return "theses"
    return f"{noun[:-1]}ies" if noun[-1] == "y" and noun[-2] not in "aeiou" else f"{noun}s"


def rows_of(table: str) -> tuple[TableRow, ...]:
    """Return a table's rows."""
    return goal_table(table).records


def matching(table: str, fixed: Mapping[str, Value]) -> tuple[TableRow, ...]:
    """Return the rows that have these values."""
    return tuple(
        row for row in rows_of(table) if all(row[field] == want for field, want in fixed.items())
    )


def sought(table: str, fixed: Mapping[str, Value]) -> Sought:
    """Return the rows with these values, and their words."""
    before, after = _before(fixed), _after(table, fixed)
    noun = str(fixed.get(NOUNS[table], GENERAL[table]))
    one = " ".join([*before, noun, *after])
    many = " ".join([*before, plural(noun), *after])
    return Sought(table, dict(fixed), one, many, matching(table, fixed))


def draw(
    rng: Random, table: str, fields: Sequence[str], least: int = 1, most: int = 10_000
) -> Sought | None:
    """Draw the rows that share these fields with some row; flags only where they are true."""
    for _ in range(60):
        row = rng.choice(rows_of(table))
        fixed = {field: row[field] for field in fields}
        if any(value in AVOIDED or value in (None, False) for value in fixed.values()):
            continue
        found = sought(table, fixed)
        if least <= len(found.rows) <= most:
            return found
    return None


USUAL = {
    "catalogue": (
        ("kind",),
        ("kind", "colour"),
        ("kind", "brand"),
        ("kind", "pattern"),
        ("colour", "pattern"),
        ("brand", "colour"),
    ),
    "homes": (
        ("type", "city"),
        ("type",),
        ("city",),
        ("type", "condition"),
        ("type", "heating"),
        ("city", "balcony"),
        ("type", "city", "parking"),
    ),
    "recipes": (
        ("dish",),
        ("cuisine",),
        ("dish", "vegan"),
        ("dish", "difficulty"),
        ("main_ingredient",),
        ("cuisine", "gluten_free"),
        ("cuisine", "vegetarian"),
    ),
    "papers": (
        ("kind", "topic"),
        ("topic",),
        ("kind", "language"),
        ("topic", "has_code"),
        ("kind", "open_access"),
        ("venue",),
    ),
}
"""Fields by which people narrow a table."""


def usual(rng: Random, table: str, least: int = 2, most: int = 10_000) -> Sought | None:
    """Draw rows in one of the usual ways."""
    return draw(rng, table, rng.choice(USUAL[table]), least, most)


def named(rng: Random, table: str) -> TableRow:
    """Draw a row whose name no other row has."""
    field = NAMES[table]
    while True:
        row = rng.choice(rows_of(table))
        same = [other for other in rows_of(table) if other[field] == row[field]]
        if len(same) == 1 and row[NOUNS[table]] not in AVOIDED:
            return row


def name_of(table: str, row: TableRow) -> str:
    """Return a row's name."""
    return str(row[NAMES[table]])


def _before(fixed: Mapping[str, Value]) -> list[str]:
    """The adjectives."""
    fields = ("difficulty", "condition", "colour", "pattern", "brand", "language")
    words = [str(fixed[field]) for field in fields if field in fixed]
    flags = {**FLAGS["recipes"], "open_access": "open-access"}
    words += [flags[field] for field in flags if fixed.get(field) is True]
    return words + [str(fixed[field]) for field in ("cuisine", "main_ingredient") if field in fixed]


def _after(table: str, fixed: Mapping[str, Value]) -> list[str]:
    """What stands behind the noun."""
    says = {
        "city": "in {}",
        "heating": "with {} heating",
        "energy_class": "of energy class {}",
        "topic": "on {}",
        "venue": "published at {}",
        "author": "by {}",
        "rooms": "with {} rooms",
    }
    words = [say.format(fixed[field]) for field, say in says.items() if field in fixed]
    if table == "homes":
        words += [f"with {say}" for field, say in FLAGS["homes"].items() if fixed.get(field)]
    return words + (["with code"] if fixed.get("has_code") else [])
