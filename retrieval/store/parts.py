"""A long text's passages as rows: one vector each, of the same id as their document.

The document's own row (``part`` 0) is as it always was, and has the vector of the first passage
that has one. The others hold a vector, its place in the text, and copies of what filters read;
neither text nor words nor picture, which are looked for in the document alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from retrieval.documents import Document
from retrieval.passages.sections import Section, Sections, section_at
from retrieval.search.request import FoundPassage
from retrieval.store.schema import (
    IMAGE_VECTOR,
    OLDER_WORDS,
    PART,
    PASSAGE,
    SAMPLE_KEY,
    SECTIONS,
    TEXT_VECTOR,
    WORDS,
)

COPIED = ("id", "modality", "source", "created_at")
NO_ENTRY = "{}"
EMPTY = {"text": "", WORDS: "", OLDER_WORDS: "", "picture": b"", SECTIONS: ""}
"""Of the first and the last further passage, where the others have null.

A page of a file with one value and else nulls is stored by Lance as that value, and read as so many
copies of it: of a text of a megabyte and its passages gigabytes. Thus whatever stands beside a
document's row has a value of its own.
"""


def own_columns(document: Document) -> dict[str, Any]:
    """Return the columns of a document's own row that say where its vector was made."""
    sections = [[s.start, s.page, s.heading] for s in document.sections]
    return {
        PART: 0,
        PASSAGE: _first_place(document),
        SECTIONS: json.dumps(sections, ensure_ascii=False) if sections else None,
    }


def part_rows(
    document: Document, own: Mapping[str, Any], fields: str, draws: Sequence[int]
) -> list[dict[str, Any]]:
    """Return the rows of a document's further passages.

    Args:
        own: The document's row.
        fields: Which columns filters find filled.
        draws: Of each row, as ``SAMPLE_KEY``.
    """
    copied = {name: own[name] for name in COPIED}
    return [
        {
            **(EMPTY if part in (1, len(draws)) else {}),
            **copied,
            "entry": NO_ENTRY,
            "fields": fields,
            SAMPLE_KEY: draw,
            TEXT_VECTOR: passage.vector,
            IMAGE_VECTOR: None,
            PART: part,
            PASSAGE: _place(document.sections, passage.start, passage.end),
        }
        for part, (passage, draw) in enumerate(zip(further(document), draws, strict=True), start=1)
    ]


def further(document: Document) -> list[Any]:
    """Return the passages with a vector but for the first, which is the document's own."""
    return [passage for passage in document.passages if passage.vector is not None][1:]


def _first_place(document: Document) -> str | None:
    for passage in document.passages:
        if passage.vector is not None:
            return _place(document.sections, passage.start, passage.end)
    if document.sections and document.text is not None and document.text_vector is not None:
        return _place(document.sections, 0, len(document.text))
    return None


def _place(sections: Sequence[Section], start: int, end: int) -> str:
    section = section_at(sections, start)
    return json.dumps([start, end, section.page, section.heading], ensure_ascii=False)


def place_in(column: str | None, score: float | None) -> FoundPassage | None:
    """Return the passage of a row; None where it is all of the text."""
    if column is None:
        return None
    start, end, page, heading = json.loads(column)
    return FoundPassage(start, end, score, page, heading)


def sections_in(column: str | None) -> Sections:
    """Return the sections of a document's row."""
    return tuple(Section(*each) for each in json.loads(column)) if column else ()
