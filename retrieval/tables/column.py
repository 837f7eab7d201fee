"""One column looked at value by value: what all of its values can be, and why not more."""

from __future__ import annotations

from retrieval.tables.booleans import KNOWN
from retrieval.tables.dates import ORDERS, times_in
from retrieval.tables.identifiers import has_lost_digits, is_gtin8, why_by_name, why_by_value
from retrieval.tables.numbers import DECIMALS, Decimal, number_look
from retrieval.tables.values import is_missing, is_missing_among_others, stripped

SAMPLES = 3
DISTINCT = 10_000
"""So many values are compared to say whether a column tells rows apart."""


class ColumnLook:
    """What is known of a column after the values seen so far."""

    def __init__(self, name: str) -> None:
        self.samples: list[str] = []
        self.values = 0
        """Of which none stands for no value in a typed column."""
        self.rows = 0
        self.decimals: set[Decimal] = set(DECIMALS)
        self.decimals_shown: set[tuple[Decimal, ...]] = set()
        """Which signs each value with a dot or comma allows."""
        self.signs: set[str] = set()
        self.words: set[str] = set()
        self.orders: set[str] = set(ORDERS)
        self.all_gtin8 = True
        self.named = why_by_name(name)
        self.why_no_number: str | None = None
        self.lost_digits: str | None = None
        self.tells_rows_apart = True
        self._seen: set[str] = set()

    def see(self, value: str) -> None:
        """Take a value into account."""
        self.rows += 1
        self._compare(value)
        if is_missing(value):
            return
        bare = stripped(value)
        if len(self.samples) < SAMPLES and bare not in self.samples:
            self.samples.append(bare)
        if is_missing_among_others(value):
            return
        self.values += 1
        self._see_number(bare)
        self._see_word(bare)
        if self.orders:
            self.orders &= times_in(bare).keys()

    def _compare(self, value: str) -> None:
        if not self.tells_rows_apart or len(self._seen) >= DISTINCT:
            return
        if is_missing(value) or value in self._seen:
            self.tells_rows_apart = False
            self._seen.clear()
            return
        self._seen.add(value)

    def _see_number(self, bare: str) -> None:
        if has_lost_digits(bare):
            self.lost_digits = self.lost_digits or bare
        if not self.decimals:
            return
        self.all_gtin8 &= is_gtin8(bare)
        look, why = number_look(bare), why_by_value(bare)
        if look is None or why is not None:
            self.decimals.clear()
            self.why_no_number = why
            return
        self.signs.add(look.sign)
        self.decimals.intersection_update(look.decimals)
        if not look.is_plain:
            self.decimals_shown.add(look.decimals)

    def _see_word(self, bare: str) -> None:
        word = bare.casefold()
        # One that is none of the known words makes it a column of texts, whatever comes.
        if len(self.words) <= 2:
            self.words.add(word if word in KNOWN else "?")
