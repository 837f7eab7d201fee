"""What a table's words consist of: nouns, facets with named values, flags, measures, days."""

from collections.abc import Mapping
from dataclasses import dataclass

Halves = tuple[tuple[str, ...], tuple[str, ...]]
"""Wordings of the open half, and of the closed one."""
BoundPhrase = tuple[str, str]
"""A phrase with ``{n}`` and what it means: ``<``, ``<=``, ``>`` or ``>=``."""


@dataclass(frozen=True, slots=True)
class Facet:
    """An attribute with named values."""

    field: str
    noun: str
    nouns: str
    before: bool
    """It stands before the noun ("red"), or after it ("in Graz")."""
    says: str
    """``{v}`` or a phrase with it."""
    preposition: str = ""
    """Where a list may repeat it: "in" of "in Graz or in Linz"."""
    alone: str = ""
    """After "but" or "not", where that differs from ``says``."""
    same: str = ""
    """"in the same city"; without it "with the same …"."""

    def value(self, value: object) -> str:
        """Return a value as people say it without a noun."""
        return (self.alone or self.says).format(v=value)

    @property
    def agreeing(self) -> str:
        """How several are said to agree in it."""
        return self.same or f"with the same {self.noun}"

    @property
    def linked(self) -> str:
        """The word before it: "in" of "in different cities"."""
        return self.agreeing.split()[0]


@dataclass(frozen=True, slots=True)
class Flag:
    """An attribute that is there or not."""

    field: str
    before: bool
    yes: str
    no: str
    noun: str = ""
    """As in "a balcony or a garden"."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of a row; its words by half."""

    field: str
    name: str
    """As in "average price"."""
    low: Halves
    """Superlatives with ``{x}``: "cheapest {x}"."""
    high: Halves
    less: Halves
    """Comparisons with ``{ref}``, after a noun: "cheaper than {ref}"."""
    more: Halves
    most: tuple[tuple[BoundPhrase, ...], tuple[BoundPhrase, ...]]
    """Upper bounds."""
    least: tuple[tuple[BoundPhrase, ...], tuple[BoundPhrase, ...]]
    step: float
    """Bounds that people say are multiples of it."""
    unit: str = ""
    adds_up: bool = False
    """People add it up over several things."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a row, in words: "{x} added {when}"."""

    field: str
    says: Halves
    """After the noun, with ``{when}``: "added {when}"."""
    newest: Halves
    """Superlatives with ``{x}``."""
    oldest: Halves
    order: tuple[str, str]
    """"newest first", "oldest first"."""


@dataclass(frozen=True, slots=True)
class TableWords:
    """How people speak of one table."""

    kind: str
    """The field of the noun."""
    nouns: Mapping[str, tuple[str, str]]
    """Singular and plural by the kind's value."""
    anything: tuple[str, str]
    """The noun of every row."""
    name: str
    """The field of the name."""
    the: str
    """How one of them is named, with ``{name}`` and ``{kind}``."""
    keeps: tuple[str, ...]
    """What "like this one" keeps at the least."""
    facets: tuple[Facet, ...]
    flags: tuple[Flag, ...]
    measures: tuple[Measure, ...]
    day: Day
