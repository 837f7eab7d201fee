"""A file is what its content says."""

import pytest

from retrieval.extraction.errors import EncryptedFile, UnsupportedFile
from retrieval.extraction.kinds import kind_of
from tests.unit.extraction.file_samples import docx_file, pdf_file

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (pdf_file(["words"]), "pdf"),
        (b"\xef\xbb\xbf\n " + pdf_file(["words"]), "pdf"),
        (b"junk of a mail gateway\n" + pdf_file(["words"]), "pdf"),
        (b"A PDF begins with %PDF-1.7, as its header.", "text"),
        (docx_file(""), "docx"),
        (b"<!DOCTYPE html><p>words", "html"),
        (b"\xef\xbb\xbf <HTML>words", "html"),
        (b"<!-- saved by a browser -->\n<html>", "html"),
        (b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x">', "html"),
        ("<html><p>words".encode("utf-16"), "html"),
        (b"<h1>A fragment</h1>", "html"),
        (b"<3 of my favourites", "text"),
        (b"# Markdown\n\n<div>", "text"),
        ("Grüße".encode("cp1252"), "text"),
        (b"", "text"),
    ],
)
def test_the_kind_is_told_by_the_content(data: bytes, kind: str) -> None:
    """Byte order marks, comments, prologues and junk before a header do not matter."""
    assert kind_of(data) == kind


def test_markdown_may_begin_with_a_tag() -> None:
    """Such a file is told from a page by its name, unless it says that it is a whole page."""
    assert kind_of(b'<p align="center">logo</p>\n\n# Title', "README.md") == "text"
    assert kind_of(b'<p align="center">logo</p>\n\n# Title', "readme.html") == "html"
    assert kind_of(b"<!doctype html><p>words", "README.md") == "html"


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"{\\rtf1 words}", "RTF"),
        (OLE + bytes(600), ".doc"),
        (b"\x1f\x8b\x08" + bytes(20), "gzip"),
        (b"\x7fELF" + bytes(20), "program"),
        (b"words\x00and more", "no text"),
    ],
)
def test_other_kinds_are_refused_by_what_they_are(data: bytes, word: str) -> None:
    """The message helps: it names the kind, or says that there is none."""
    with pytest.raises(UnsupportedFile, match=word):
        kind_of(data)


def test_a_word_document_with_a_password_is_known_without_being_read() -> None:
    """Word wraps it into a container of the old kind."""
    with pytest.raises(EncryptedFile, match="password"):
        kind_of(OLE + bytes(100) + "EncryptedPackage".encode("utf-16-le") + bytes(100))
