"""Draws what a goal is about: a subject, a bound, a named item, each in words and as a test."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from scripts.goals.answers import RowTest
from scripts.goals.case import GoalTable, Half, TableRow, amount
from scripts.goals.phrases import joined, money, plural_verbs
from scripts.goals.words import WORDS
from scripts.goals.words.parts import BoundPhrase, Facet, Flag, Measure, TableWords

Drawn = TypeVar("Drawn")
SHARES = (0.2, 0.8)
"""A bound lies between these quantiles of what it bounds."""
COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}


class Unlucky(Exception):
    """This draw gives no fair goal; draw again."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked for, with its attributes, in words and as a test."""

    one: str
    many: str
    test: RowTest


@dataclass(frozen=True, slots=True)
class Draw:
    """The chances of one goal: its table, its half's wordings and its randomness."""

    table: GoalTable
    half: Half
    rng: Random

    @property
    def words(self) -> TableWords:
        """How people speak of the table."""
        return WORDS[self.table.name]

    def pick(self, options: Sequence[Drawn]) -> Drawn:
        """Return one of some options."""
        if not options:
            raise Unlucky
        return options[self.rng.randrange(len(options))]

    def of(self, halves: tuple[Sequence[Drawn], Sequence[Drawn]]) -> Drawn:
        """Return one of the half's options."""
        return self.pick(halves[0] if self.half == "open" else halves[1])

    def say(self, opened: Sequence[str], closed: Sequence[str]) -> str:
        """Return one of the half's wordings; the halves share none."""
        assert not set(opened) & set(closed)
        return self.of((opened, closed))

    def rows(self, test: RowTest = lambda _: True) -> list[TableRow]:
        """Return the rows that pass."""
        return [row for row in self.table.records if test(row)]

    def several(self, options: Collection[Drawn], count: int) -> list[Drawn]:
        """Return different options in a random order."""
        if len(options) < count:
            raise Unlucky
        return self.rng.sample(list(options), count)

    def kind(self) -> str:
        """Return a kind that has a noun."""
        return self.pick(list(self.words.nouns))

    def subject(
        self,
        facets: int = 1,
        skip: Collection[str] = (),
        kind: str | None = None,
        generic: float = 0.1,
    ) -> Subject:
        """Draw a kind and attributes that some row has; ``generic``: how often of any kind."""
        any_kind = kind is None and self.words.kind not in skip and self.rng.random() < generic
        name = kind or self.kind()
        model = self.pick(self.rows(lambda r: any_kind or r[self.words.kind] == name))
        noun = self.words.anything if any_kind else self.words.nouns[name]
        found = self._facets(model, facets, skip)
        before = [facet.says.format(v=model[facet.field]) for facet in found if facet.before]
        after = [facet.says.format(v=model[facet.field]) for facet in found if not facet.before]
        wanted = {facet.field: model[facet.field] for facet in found}
        wanted |= {} if any_kind else {self.words.kind: name}
        return Subject(
            " ".join([*before, noun[0], *after]),
            " ".join([*before, noun[1], *after]),
            lambda row: all(row[field] == value for field, value in wanted.items()),
        )

    def _facets(self, model: TableRow, count: int, skip: Collection[str]) -> list[Facet]:
        free = [f for f in self.words.facets if f.field not in skip and model[f.field] is not None]
        chosen = self.rng.sample(free, min(count, len(free)))
        return [facet for facet in free if facet in chosen]

    def flagged(self, subject: Subject, flag: Flag, there: bool = True) -> Subject:
        """Return a subject that also has a flag, or has it not."""
        says = flag.yes if there else flag.no

        def put(noun: str) -> str:
            return f"{says} {noun}" if flag.before else f"{noun} {says}"

        return Subject(
            put(subject.one),
            put(subject.many),
            lambda row: subject.test(row) and row[flag.field] is there,
        )

    def measure(self, **having: object) -> Measure:
        """Return a measure of the table, whose attributes are so."""
        fitting = [
            measure
            for measure in self.words.measures
            if all(getattr(measure, key) == value for key, value in having.items())
        ]
        return self.pick(fitting)

    def level(self, measure: Measure, rows: Sequence[TableRow]) -> float:
        """Return a round number in the middle of a measure's values."""
        values = sorted(amount(row, measure.field) for row in rows)
        if len(values) < 2:
            raise Unlucky
        at = int(self.rng.uniform(*SHARES) * len(values))
        return round(values[at] / measure.step) * measure.step

    def bound(
        self, measure: Measure, rows: Sequence[TableRow], upper: bool | None = None
    ) -> tuple[str, RowTest]:
        """Draw a bound in words, and what passes it; some of ``rows`` do and some do not."""
        up = upper if upper is not None else self.rng.random() < 0.7
        phrase = self.of(measure.most if up else measure.least)
        level = self.level(measure, rows)
        return self.bounded(measure, phrase, level, self.number(level, measure), rows)

    def bounded(
        self,
        measure: Measure,
        phrase: BoundPhrase,
        level: float,
        said: str,
        rows: Sequence[TableRow],
    ) -> tuple[str, RowTest]:
        """Return a bound at a level that is said in a certain way."""
        compare = COMPARE[phrase[1]]

        def test(row: TableRow) -> bool:
            return compare(amount(row, measure.field), level)

        if len({test(row) for row in rows}) < 2:
            raise Unlucky
        return phrase[0].format(n=said), test

    def number(self, value: float, measure: Measure) -> str:
        """Return a number as people write it in English."""
        if measure.unit == "euros":
            frame = self.say(("{n}", "{n} euros"), ("€{n}", "{n} EUR", "{n}€"))
            return frame.format(n=money(value, grouped=self.rng.random() < 0.6))
        return f"{value:g}"

    def named(self, test: RowTest = lambda _: True) -> tuple[str, TableRow]:
        """Draw a row that its name tells from all others, with how people name it."""
        field = self.words.name
        names = [str(row[field]).casefold() for row in self.table.records]
        row = self.pick(self.rows(lambda r: test(r) and r[self.words.kind] in self.words.nouns))
        name = str(row[field])
        if sum(name.casefold() in other for other in names) > 1:
            raise Unlucky
        said = name.replace(", ", " in ") if field == "address" else name
        noun = self.words.nouns[str(row[self.words.kind])][0]
        return self.words.the.format(name=said, kind=noun), row

    def ask(self, wanted: str) -> str:
        """Wrap what is wanted as people do, more politely or less."""
        frame = self.say(
            (
                "{}",
                "{}",
                "{}",
                "I am looking for {}.",
                "find {}",
                "Please show me {}.",
                "I need {}",
                "Could you find me {}?",
            ),
            (
                "{} please",
                "I'd like {}.",
                "search for {}",
                "Do you have {}?",
                "get me {}",
                "Hello, we want {}.",
                "Can you help me find {}? Thanks!",
                "looking for {}",
            ),
        )
        return self.sentence(frame.format(wanted))

    def sentence(self, text: str) -> str:
        """Return a text with a capital letter, or as typed in haste."""
        return text[0].upper() + text[1:] if text[-1] in ".?!" else text

    def plural(self, text: str) -> str:
        """Return a text about several things with its verbs in the plural."""
        return plural_verbs(text)

    def list(self, words: Sequence[str], last: str = "or") -> str:
        """Return "a, b or c"."""
        return joined(words, last)
