"""DOCX: the paragraphs of a Word document in their order, with its headings; deleted and hidden
text, headers and footers are left out."""

from retrieval.extraction.docx_package import Package
from retrieval.extraction.docx_styles import BODY_LEVEL, heading_styles, level_of
from retrieval.extraction.extracted import Extracted, TextInSections
from retrieval.extraction.xml_events import attribute, parse_xml

_WORD_NAMESPACES = frozenset(
    (
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "http://purl.oclc.org/ooxml/wordprocessingml/main",
    )
)
_LEFT_OUT = frozenset(("Fallback", "moveFrom", "del", "instrText", "delText"))
"""What stands in a document a second time, or no longer."""
_NO = frozenset(("0", "false", "off"))


def read_docx(data: bytes, max_characters: int) -> Extracted:
    """Return the text of a Word document.

    Raises:
        UnreadableFile: It cannot be read within bounds.
    """
    package = Package(data)
    styles = package.related("styles")
    headings = heading_styles(package.part(styles)) if styles else frozenset[str]()
    body = _Body(TextInSections(max_characters), headings)
    parse_xml(package.part(package.main), body.start, body.end, body.words)
    for kind in ("footnotes", "endnotes"):
        notes = package.related(kind)
        if notes:
            parse_xml(package.part(notes), body.start, body.end, body.words)
    return body.text.done()


class _Body:
    def __init__(self, text: TextInSections, headings: frozenset[str]) -> None:
        self.text = text
        self._headings = headings
        self._left_out = 0
        self._paragraphs: list[_Paragraph] = []
        """Open ones: a text box stands within a paragraph."""
        self._cells: list[list[list[str]]] = []
        """Of each open table the row's cells, each of paragraphs."""
        self._is_hidden = False
        self._in_text = False
        self._after_row = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """See ``parse_xml``."""
        namespace, _, local = name.rpartition(" ")
        if self._left_out or local in _LEFT_OUT:
            self._left_out += 1
        elif namespace in _WORD_NAMESPACES:
            self._opened(local, attribute(attributes, "val"), attribute(attributes, "type"))

    def _opened(self, local: str, value: str, type: str) -> None:
        match local:
            case "p":
                self._paragraphs.append(_Paragraph())
            case "tbl":
                self._cells.append([])
            case "tr" if self._cells:
                self._cells[-1] = []
            case "tc" if self._cells:
                self._cells[-1].append([])
            case "r":
                self._is_hidden = False
            case "vanish":
                self._is_hidden = value not in _NO
            case "t":
                self._in_text = True
            case "tab" | "ptab":
                self._put("\t")
            case "br" | "cr":
                self._put("" if type == "page" else "\n")
            case "noBreakHyphen":
                self._put("-")
            case "pStyle" if self._paragraphs:
                self._paragraphs[-1].is_heading |= value in self._headings
            case "outlineLvl" if self._paragraphs:
                self._paragraphs[-1].is_heading = level_of(value) < BODY_LEVEL
            case _:
                pass

    def end(self, name: str) -> None:
        """See ``parse_xml``."""
        if self._left_out:
            self._left_out -= 1
            return
        namespace, _, local = name.rpartition(" ")
        if namespace not in _WORD_NAMESPACES:
            return
        if local == "t":
            self._in_text = False
        elif local == "p" and self._paragraphs:
            self._close_paragraph(self._paragraphs.pop())
        elif local == "tr" and self._cells:
            self._close_row(self._cells[-1])
            self._cells[-1] = []
        elif local == "tbl" and self._cells:
            self._cells.pop()

    def words(self, words: str) -> None:
        """See ``parse_xml``."""
        if self._in_text and not self._left_out:
            self._put(words)

    def _put(self, words: str) -> None:
        if self._paragraphs and not self._is_hidden:
            self._paragraphs[-1].pieces.append(words)

    def _close_paragraph(self, paragraph: "_Paragraph") -> None:
        words = "".join(paragraph.pieces).strip()
        if not words:
            return
        if self._cells and self._cells[-1]:
            self._cells[-1][-1].append(words)
            return
        if paragraph.is_heading:
            self.text.begin(heading=words)
        self.text.add(words)
        self._after_row = False

    def _close_row(self, cells: list[list[str]]) -> None:
        words = "\t".join(" ".join(cell) for cell in cells).strip()
        if len(self._cells) > 1 and self._cells[-2]:
            # A table in a cell is part of what the cell says.
            self._cells[-2][-1].append(words)
        else:
            self.text.add(words, "\n" if self._after_row else "\n\n")
            self._after_row = True


class _Paragraph:
    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.is_heading = False
