"""What was read out of a file: its text, where pages and headings begin, what was left out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from retrieval.extraction.errors import FileTooLarge
from retrieval.passages.sections import MAX_HEADING_CHARACTERS, Section, Sections

MOST_SECTIONS = 20_000
"""Of one file; what follows belongs to the last."""


@dataclass(frozen=True, slots=True)
class ReadingWarning:
    """Something that the text does not show."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text of a file."""

    text: str
    sections: Sections = ()
    warnings: tuple[ReadingWarning, ...] = ()


class TextInSections:
    """Joins blocks of text, and notes in which of them a page or a heading begins.

    Args:
        max_characters: Of the whole text.
    """

    def __init__(self, max_characters: int) -> None:
        self._max_characters = max_characters
        self._pieces: list[str] = []
        self._length = 0
        self._sections: list[Section] = []
        self._next: Section | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no text came yet."""
        return not self._pieces

    @property
    def heading(self) -> str | None:
        """The heading that the last block stands under."""
        return self._sections[-1].heading if self._sections else None

    def begin(self, page: int | None = None, heading: str | None = None) -> None:
        """Let a section begin with the next block."""
        self._next = Section(0, page, heading_of(heading))

    def add(self, block: str, gap: str = "\n\n") -> None:
        """Add a block; one without a visible character is none.

        Raises:
            FileTooLarge: The text is longer than is allowed.
        """
        block = block.strip("\n ")
        if not block.strip():
            return
        if self._pieces:
            self._put(gap)
        if self._next is not None and len(self._sections) < MOST_SECTIONS:
            self._sections.append(replace(self._next, start=self._length))
            self._next = None
        self._put(block)

    def _put(self, piece: str) -> None:
        self._pieces.append(piece)
        self._length += len(piece)
        if self._length > self._max_characters:
            raise FileTooLarge(f"its text has more than {self._max_characters} characters")

    def done(self, warnings: tuple[ReadingWarning, ...] = ()) -> Extracted:
        """Return the text."""
        return Extracted("".join(self._pieces), tuple(self._sections), warnings)


def heading_of(words: str | None) -> str | None:
    """Return a heading on one line, cut to what a section holds; None where there is none."""
    line = " ".join((words or "").split())
    return line[:MAX_HEADING_CHARACTERS].rstrip() or None
