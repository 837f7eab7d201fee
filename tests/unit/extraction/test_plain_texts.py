"""Texts are kept as they are; headings are found in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.extraction.errors import BrokenFile
from retrieval.extraction.plain_text import read_text
from retrieval.passages.sections import check_sections


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_a_marked_text_is_read_without_a_warning(encoding: str) -> None:
    """UTF-8 with and without a mark, UTF-16 with one."""
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    read = read_text(mark + "Grüße, 猫 🐈".encode(encoding))
    assert (read.text, read.warnings) == ("Grüße, 猫 🐈", ())


def test_a_guessed_encoding_is_said() -> None:
    """Bytes that are not UTF-8 are Windows-1252, and the answer says where it began."""
    read = read_text("Grüße für 3 €".encode("cp1252"))
    assert read.text == "Grüße für 3 €"
    [warning] = read.warnings
    assert warning.code == "encoding_assumed"
    assert "byte 2" in warning.message


def test_a_mark_that_lies_is_refused() -> None:
    """Half a character of UTF-16 is not guessed at."""
    with pytest.raises(BrokenFile, match="utf-16-le"):
        read_text(b"\xff\xfea\x00b")


def test_headings_of_markdown_are_sections() -> None:
    """Both forms; what stands in a block of code is none, nor a table, nor a list."""
    text = (
        "intro\n\n# One #\nwords\n\n```sh\n# a comment\n```\n\nTwo\n===\nmore\n\n"
        "| a | b |\n|---|---|\n\n- item\n---\n\n#hashtag\n\n### Three\n"
    )
    read = read_text(text.encode())
    assert read.text == text
    named = [(read.text[s.start :].split("\n")[0], s.heading) for s in read.sections]
    assert named == [("# One #", "One"), ("Two", "Two"), ("### Three", "Three")]


def test_what_tools_write_above_a_text_is_no_heading() -> None:
    """Its end looks like a line under one."""
    read = read_text(b"---\ntitle: x\ndraft: yes\n---\n# One\n")
    assert [(read.text[s.start :], s.heading) for s in read.sections] == [("# One\n", "One")]


def test_lines_end_as_they_do_here() -> None:
    """Windows' and old Macs' line ends become one character, so that places are the same."""
    assert read_text(b"# a\r\nb\rc").text == "# a\nb\nc"


@given(st.text(alphabet="#=- \n`ab|", max_size=200))
def test_sections_of_any_text_are_in_order(text: str) -> None:
    """Whatever is written, places are inside of the text and rise."""
    read = read_text(text.encode())
    assert read.text == text
    check_sections(read.sections, len(text))
