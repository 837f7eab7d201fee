"""DOCX: paragraphs under their headings, within bounds."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.extraction.docx_text import read_docx
from retrieval.extraction.errors import (
    BrokenFile,
    FileTooLarge,
    UnreadableFile,
    UnsupportedFile,
)
from retrieval.extraction.extracted import Extracted
from retrieval.passages.sections import section_at
from tests.unit.extraction.file_samples import WORD, docx_file, docx_parts, paragraph, zip_file

ALL = 1_000_000
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'


def test_text_stands_under_the_heading_above_it() -> None:
    """Headings by name, by what a style is based on, and by outline level."""
    body = (
        paragraph("intro")
        + paragraph("One", "Kop1")
        + paragraph("of one")
        + paragraph("Two", "Own")
        + paragraph("of two")
        + paragraph("Three", "Deep")
        + paragraph("of three")
        + paragraph("of a loop", "Loop")
    )
    read = read_docx(docx_file(body), ALL)
    assert read.text.split("\n\n") == [
        *("intro", "One", "of one", "Two", "of two", "Three", "of three", "of a loop")
    ]
    places = [read.text.index(f"of {word}") for word in ("one", "two", "three", "a loop")]
    under = [section_at(read.sections, place).heading for place in places]
    assert under == ["One", "Two", "Three", "Three"]
    assert section_at(read.sections, 0).heading is None


def test_what_nobody_reads_is_left_out() -> None:
    """Hidden runs, deleted and moved text, field codes, and the fallback of a text box."""
    body = (
        paragraph("secret", run="<w:vanish/>")
        + paragraph("seen", run='<w:vanish w:val="0"/>')
        + "<w:p><w:del><w:r><w:delText>secret</w:delText></w:r></w:del>"
        "<w:moveFrom><w:r><w:t>secret</w:t></w:r></w:moveFrom>"
        "<w:r><w:instrText>secret</w:instrText></w:r><w:r><w:t>too</w:t></w:r></w:p>"
        '<mc:AlternateContent xmlns:mc="urn:mc"><mc:Choice>' + paragraph("box") + "</mc:Choice>"
        "<mc:Fallback>" + paragraph("secret") + "</mc:Fallback></mc:AlternateContent>"
    )
    assert read_docx(docx_file(body), ALL).text == "seen\n\ntoo\n\nbox"


def test_a_table_is_lines_of_cells() -> None:
    """Cells by a tab; a table in a cell is part of what that says."""
    inner = f"<w:tbl><w:tr><w:tc>{paragraph('in')}</w:tc></w:tr></w:tbl>"
    cells = f"<w:tc>{paragraph('a')}{paragraph('b')}</w:tc><w:tc>{inner}</w:tc>"
    table = f"<w:tbl><w:tr>{cells}</w:tr><w:tr><w:tc>{paragraph('c')}</w:tc></w:tr></w:tbl>"
    body = paragraph("before") + table + paragraph("after")
    assert read_docx(docx_file(body), ALL).text == "before\n\na b\tin\nc\n\nafter"


def test_entities_are_refused_before_they_are_anything() -> None:
    """A document type of its own is in no file of Word's."""
    parts = docx_parts("") | {"word/document.xml": f"{ENTITIES}<x>&b;</x>"}
    with pytest.raises(BrokenFile, match="document type"):
        read_docx(zip_file(parts), ALL)


def test_a_part_that_unpacks_to_a_thousandfold_is_refused() -> None:
    """By what is unpacked, whatever the directory says."""
    bomb = bytes(20 << 20)
    with pytest.raises(FileTooLarge, match="unpacks to more"):
        read_docx(zip_file(docx_parts("") | {"word/document.xml": bomb}), ALL)


def test_a_zip_of_too_many_parts_is_refused() -> None:
    """Each would cost memory."""
    parts = {f"part{number}": b"" for number in range(10_001)}
    with pytest.raises(FileTooLarge, match="10006 parts"):
        read_docx(zip_file(docx_parts("") | parts), ALL)


def test_xml_nested_too_deeply_is_refused() -> None:
    """Before it costs anything."""
    with pytest.raises(BrokenFile, match="nested"):
        read_docx(docx_file(2000 * "<w:sdt>" + 2000 * "</w:sdt>"), ALL)


@pytest.mark.parametrize(
    ("parts", "word"),
    [
        ({"a.txt": "x"}, "archive"),
        ({"mimetype": "application/epub+zip"}, "epub"),
        ({"[Content_Types].xml": "spreadsheetml.sheet"}, "spreadsheet"),
        ({"[Content_Types].xml": "presentationml"}, "presentation"),
    ],
)
def test_other_packages_are_refused_by_what_they_are(parts: dict[str, str], word: str) -> None:
    """A spreadsheet is no broken document."""
    with pytest.raises(UnsupportedFile, match=word):
        read_docx(zip_file(parts), ALL)


@given(at=st.floats(0, 1), byte=st.integers(0, 255), cut=st.booleans())
def test_a_spoilt_file_is_read_or_refused(at: float, byte: int, cut: bool) -> None:
    """Wherever it is spoilt, nothing else is raised."""
    data = bytearray(docx_file(paragraph("words", "Kop1")))
    place = int(at * (len(data) - 1))
    data[place] = byte
    with suppress(UnreadableFile):
        assert isinstance(read_docx(bytes(data[:place] if cut else data), ALL), Extracted)


def test_the_strict_form_of_the_format_is_read() -> None:
    """Its elements have another namespace."""
    strict = "http://purl.oclc.org/ooxml/wordprocessingml/main"
    parts = docx_parts(paragraph("words"))
    parts["word/document.xml"] = str(parts["word/document.xml"]).replace(WORD, strict)
    assert read_docx(zip_file(parts), ALL).text == "words"
