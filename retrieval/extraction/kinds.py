"""Which kind of document a file is, by its content; its name decides between kinds of text only."""

import codecs
import re
from typing import Literal

from retrieval.extraction.errors import EncryptedFile, UnsupportedFile

FileKind = Literal["text", "html", "pdf", "docx"]

_HEAD_BYTES = 1024
_TAIL_BYTES = 2048
_SEEN_BYTES = 1 << 20
_WHOLE_PAGES = re.compile(rb"<(?:!doctype\s+html|html|head|body)[\s>]", re.I)
_FRAGMENTS = re.compile(
    rb"<(?:script|iframe|h[1-6]|div|font|table|a|style|title|b|br|p|ul|ol|main|article|section"
    rb"|span|meta|link|header|nav)[\s>/]",
    re.I,
)
"""Tags by which browsers tell HTML from text (WHATWG MIME Sniffing, 7.1), and a few more."""
_XML = re.compile(rb"<\?xml[^>]{0,200}\?>\s*", re.I)
_COMMENT = re.compile(rb"(?:<!--.{0,1000}?-->\s*)+", re.S)
_CONTROLS = bytes(each for each in range(0x20) if each not in b"\t\n\f\r\x1b")
"""Bytes that no text has (WHATWG MIME Sniffing, 3)."""
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_OTHERS = (
    (b"{\\rtf", "an RTF file: save it as .docx or PDF"),
    (b"%!PS", "a PostScript file: make a PDF of it"),
    (b"\x1f\x8b", "a gzip file: unpack it first"),
    (b"BZh", "a bzip2 file: unpack it first"),
    (b"\xfd7zXZ", "an xz file: unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it first"),
    (b"Rar!", "a RAR archive: unpack it first"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"SQLite format 3", "an SQLite database"),
    (b"PAR1", "a Parquet file: `brainwav index` reads it"),
    (b"<svg", "an SVG drawing: make a PNG of it"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")


def kind_of(data: bytes, name: str = "") -> FileKind:
    """Return what the bytes are.

    Args:
        name: Of the file; one that ends in ``.md`` or ``.txt`` and begins with a tag is no page.

    Raises:
        UnsupportedFile: None of these; the message says what else where that is known.
        EncryptedFile: A Word document that needs a password.
    """
    if _is_pdf(data):
        return "pdf"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        # Which ZIP it is, its directory says, and that is read in a process of its own.
        return "docx"
    _refuse_others(data)
    if not is_text(data):
        raise UnsupportedFile("the content is no text, HTML, PDF, DOCX or picture that is read")
    return "html" if _is_html(data, name) else "text"


def is_document(data: bytes, is_called_picture: bool = False) -> bool:
    """Say whether bytes are a document, or something that is told from one by its first bytes.

    What is not may be a picture, or sound. Words that are sent as a picture are none of both.
    """
    known = (b"PK\x03\x04", b"PK\x05\x06", _OLE, *(signature for signature, _ in _OTHERS))
    if _is_pdf(data) or data.startswith(known):
        return True
    return is_text(data) and (not is_called_picture or _is_html(data, ".txt"))


def is_text(data: bytes) -> bool:
    """Say whether bytes are a text in some encoding, as far as their first megabyte tells."""
    if data.startswith(_MARKS):
        return True
    # One pass in C of a millisecond, while which others wait.
    seen = data[:_SEEN_BYTES]
    return len(seen.translate(None, _CONTROLS)) == len(seen)


def _is_pdf(data: bytes) -> bool:
    head = data[:_HEAD_BYTES]
    if head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"%PDF-"):
        return True
    # Readers take bytes before the header; a text that speaks of it has no cross-references.
    return b"%PDF-" in head and b"startxref" in data[-_TAIL_BYTES:]


def _refuse_others(data: bytes) -> None:
    if data.startswith(_OLE):
        if _ENCRYPTED_STREAM in data:
            raise EncryptedFile("the Word document needs a password: save it without one")
        raise UnsupportedFile("the content is an old Office file (.doc, .xls, .ppt): save it anew")
    for signature, what in _OTHERS:
        if data.startswith(signature):
            raise UnsupportedFile(f"the content is {what}")


def _is_html(data: bytes, name: str) -> bool:
    head = _in_bytes_of_ascii(data).lstrip()
    head = _XML.sub(b"", head, count=1)
    head = _COMMENT.sub(b"", head, count=1)
    if _WHOLE_PAGES.match(head):
        return True
    is_named_text = name.lower().endswith((".md", ".markdown", ".txt", ".rst"))
    return not is_named_text and _FRAGMENTS.match(head) is not None


def _in_bytes_of_ascii(data: bytes) -> bytes:
    if data.startswith(_MARKS[1:]):
        return data[2 : 4 * _HEAD_BYTES].replace(b"\0", b"")
    return data[: 4 * _HEAD_BYTES].removeprefix(codecs.BOM_UTF8)
