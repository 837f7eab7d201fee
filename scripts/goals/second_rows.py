"""Rows of a table of goals, and what is right over them, for the goals of a second person."""

from scripts.goals import answers
from scripts.goals.answers import RowTest
from scripts.goals.case import Answer, TableRow, amount
from scripts.goals.tables import goal_table


def in_days(row: TableRow, field: str, first: str, last: str) -> bool:
    """Return whether a day of a row lies between two, both of them included."""
    return first <= day_of(row, field) <= last


def day_of(row: TableRow, field: str) -> str:
    return str(row[field])[:10]


class AskedTable:
    """Rows of a table, and what is right over them."""

    def __init__(self, name: str) -> None:
        self.rows = list(goal_table(name).records)

    def where(self, test: RowTest) -> list[TableRow]:
        return [row for row in self.rows if test(row)]

    def one(self, field: str, value: str) -> TableRow:
        (row,) = self.where(lambda r: r[field] == value)
        return row

    def some(self, test: RowTest, least: int = 1, most: int | None = None) -> Answer:
        return answers.items(self.where(test), least, most)

    def count(self, test: RowTest) -> Answer:
        return answers.number(len(self.where(test)))

    def best(self, test: RowTest, field: str, count: int, highest: bool) -> Answer:
        return answers.best(self.where(test), field, count, highest)

    def mean(self, test: RowTest, field: str) -> Answer:
        found = [amount(row, field) for row in self.where(test)]
        return answers.number(float(sum(found) / len(found)))


def listed(row: TableRow, field: str) -> list[str]:
    value = row[field]
    return value if isinstance(value, list) else []


def price(row: TableRow) -> float:
    return amount(row, "price")


def has(row: TableRow, **values: object) -> bool:
    return all(row[name] == value for name, value in values.items())


def is_(**values: object) -> RowTest:
    return lambda row: has(row, **values)


def none_of(kind: str, colour: tuple[str, ...]) -> RowTest:
    return lambda row: row["kind"] == kind and row["colour"] not in colour
