"""Suggestions from a namespace in memory: words of its texts, values of its fields."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from retrieval.filtering.fields import STRING, key_of
from retrieval.search.suggestion import Suggestion, Suggestions
from retrieval.store.reading.held.metadata import HeldTexts
from retrieval.store.reading.held.namespace import HeldNamespace
from retrieval.words.folding import folded
from retrieval.words.written import written_words

MOST_VALUES = 1 << 17
"""Different values that are looked through, field by field; some 2 ms."""
LONGEST_VALUE = 100
"""Characters of a value that is suggested: longer ones are texts."""
_LAST_WORD = re.compile(r"[^\W\d_]+$")


async def suggestions_in(held: HeldNamespace, typed: str, most: int) -> Suggestions:
    """Return what a query that is typed so far may become, values before words.

    A value begins as the query does, or a word of it does.
    """
    # On the loop: the texts of a column become arrays once, which two threads must not do.
    values, is_cut = _values(held, typed, most)
    # The order of all words is made with the first that is asked for.
    words = await asyncio.to_thread(_words, held, typed, most)
    found = _shared(values, words, most)
    return Suggestions(found, held.edition.version, True, is_cut)


def _shared(values: list[Suggestion], words: list[Suggestion], most: int) -> list[Suggestion]:
    """Return half of each, more where there is less of the other; each text once."""
    taken = values[: max(most // 2, most - len(words))]
    texts = {folded(value.text) for value in taken}
    return [*taken, *(word for word in words if folded(word.text) not in texts)][:most]


def _words(held: HeldNamespace, typed: str, most: int) -> list[Suggestion]:
    last = _LAST_WORD.search(typed)
    if last is None:
        return []
    # A script without spaces has no words of its own to complete.
    prefix = "".join(written_words(last[0])) or folded(last[0])
    found = held.spellings.beginning(prefix, held.living_rows, most)
    return [Suggestion(typed[: last.start()] + word, "word", rows) for word, rows in found]


def _values(held: HeldNamespace, typed: str, most: int) -> tuple[list[Suggestion], bool]:
    sought, left = typed.strip().lower(), MOST_VALUES
    found: list[Suggestion] = []
    if not sought:
        return found, False
    for name, column in sorted(held.columns.items()):
        key = key_of(name)
        if key is None or not name.startswith(STRING) or not isinstance(column, HeldTexts):
            continue
        left -= len(column.texts)
        if left < 0:
            return _best(found, most), True
        found += _of_field(held, key, column, sought)
    return _best(found, most), False


def _best(found: list[Suggestion], most: int) -> list[Suggestion]:
    return sorted(found, key=lambda each: (-each.documents, each.text, each.field))[:most]


def _of_field(
    held: HeldNamespace, key: str, column: HeldTexts, sought: str
) -> Iterator[Suggestion]:
    texts = column.arrays()[1]
    options = pc.MatchSubstringOptions(sought)
    begins = pc.call_function("starts_with", [texts], options)
    inside = pc.call_function("match_substring", [texts], pc.MatchSubstringOptions(" " + sought))
    either: pa.ChunkedArray = pc.call_function("or", [begins, inside])
    codes = np.flatnonzero(either.to_numpy())
    if not len(codes):
        return
    # Passages stand for their document, which has the value too.
    is_document = held.rows.documents.values == np.arange(len(held.rows))
    of_rows = column.codes.values[held.alive & is_document]
    counts = np.bincount(of_rows[of_rows >= 0], minlength=len(column.texts))
    for code in codes.tolist():
        text = column.texts[code]
        if counts[code] and len(text) <= LONGEST_VALUE:
            yield Suggestion(text, "value", int(counts[code]), key)
