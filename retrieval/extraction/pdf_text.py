"""PDF: the text of each page by PDFium, with the headings that the document's outline names."""

import re
from collections.abc import Iterator
from typing import Any

from retrieval.extraction.errors import (
    BrokenFile,
    EncryptedFile,
    FileTooLarge,
    NoText,
    UnsupportedFile,
)
from retrieval.extraction.extracted import Extracted, ReadingWarning, TextInSections, heading_of

MOST_PAGES = 5_000
MOST_OUTLINE = 20_000
"""Entries of the outline that are looked at; a circle in it ends here."""
INSTALL = "pip install 'brainwav-serve[files]'"
_HYPHEN = re.compile("[\x02\u00ad\ufffe]\\s*\\r?\\n?|(?<=\\w)\u2010\\r?\\n(?=[^\\W\\d_A-Z])")
"""Where a line's end cuts a word: PDFium's mark, or a hyphen that is no minus, before a letter."""
_NO_TEXT = dict.fromkeys((*range(9), 11, *range(14, 32), 127, 65534, 65535))


def read_pdf(data: bytes, max_characters: int) -> Extracted:
    """Return the text of a PDF, page by page.

    Raises:
        UnreadableFile: It cannot be read within bounds, or holds no text.
    """
    pdfium = _library()
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        raise _refused(str(error)) from None
    count = len(document)
    if count > MOST_PAGES:
        raise FileTooLarge(f"the PDF has {count} pages, at most {MOST_PAGES}")
    headings = _headings(document, pdfium.PdfiumError)
    text, empty = TextInSections(max_characters), list[int]()
    for number in range(1, count + 1):
        words = _words(document, number - 1, pdfium.PdfiumError)
        if words.strip():
            _add_page(text, number, words, headings.pop(number, []))
        else:
            empty.append(number)
    if text.is_empty:
        raise NoText(
            f"no page of the PDF ({count}) has a text, as in a scan: have its text recognised "
            "(OCR) first"
        )
    return text.done(tuple(_warnings(empty, count)))


def _library() -> Any:
    try:
        import pypdfium2
    except ImportError:
        message = f"PDF files are read where their library is installed: {INSTALL}"
        raise UnsupportedFile(message) from None
    return pypdfium2


def _refused(message: str) -> EncryptedFile | BrokenFile:
    if "password" in message.lower() or "security" in message.lower():
        return EncryptedFile("the PDF needs a password: save it without one")
    # PDFium has no words of its own for some mistakes, and then speaks of success.
    why = "its parts do not fit together" if "Success" in message else message
    return BrokenFile(f"the PDF cannot be read: {why}")


def _words(document: Any, index: int, failed: type[Exception]) -> str:
    """Return a page's text; a page that cannot be read has none, which is said."""
    try:
        page = document[index]
    except failed:
        return ""
    try:
        lines = page.get_textpage().get_text_range(errors="replace")
    except failed:
        return ""
    finally:
        page.close()
    return readable(lines)


def readable(lines: str) -> str:
    """Return a page's lines as PDFium gives them without its marks, and with cut words whole."""
    joined = _HYPHEN.sub("", lines).replace("\r\n", "\n").replace("\r", "\n")
    return joined.translate(_NO_TEXT)


def _headings(document: Any, failed: type[Exception]) -> dict[int, list[str]]:
    """Return the outline's titles by page, in their order."""
    found: dict[int, list[str]] = {}
    try:
        for count, (page, title) in enumerate(_outline(document)):
            if count >= MOST_OUTLINE:
                break
            found.setdefault(page, []).append(title)
    except failed:
        return found
    return found


def _outline(document: Any) -> Iterator[tuple[int, str]]:
    for entry in document.get_toc():
        target = entry.get_dest()
        title = heading_of(entry.get_title().translate(_NO_TEXT))
        index = target.get_index() if target is not None else None
        if title and index is not None and index >= 0:
            yield index + 1, title


def _add_page(text: TextInSections, page: int, words: str, titles: list[str]) -> None:
    """Add a page, cut where titles of the outline stand in it."""
    cuts = list(_places(words, titles))
    # The outline leads to this page, and says another title than stands on it.
    above = titles[-1] if titles and not cuts else text.heading
    for start, title, end in _pieces([(0, above), *cuts], len(words)):
        if words[start:end].strip():
            text.begin(page, title)
            text.add(words[start:end])


def _places(words: str, titles: list[str]) -> Iterator[tuple[int, str | None]]:
    at = 0
    for title in titles:
        found = re.compile(r"\s+".join(map(re.escape, title.split()))).search(words, at)
        if found:
            yield found.start(), title
            at = found.end()


def _pieces(
    cuts: list[tuple[int, str | None]], length: int
) -> Iterator[tuple[int, str | None, int]]:
    ends = [start for start, _ in cuts[1:]] + [length]
    return ((start, title, end) for (start, title), end in zip(cuts, ends, strict=True))


def _warnings(empty: list[int], count: int) -> Iterator[ReadingWarning]:
    if empty:
        shown = ", ".join(map(str, empty[:10])) + (", …" if len(empty) > 10 else "")
        what = f"{len(empty)} of {count} pages have no text, as scans: {shown}"
        yield ReadingWarning("no_text", what)
