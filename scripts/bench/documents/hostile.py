"""Thirty documents made to hurt their reader."""

import io
import random
import zipfile
import zlib
from collections.abc import Iterator

from tests.unit.extraction.file_samples import (
    WORD,
    docx_file,
    docx_parts,
    paragraph,
    pdf_file,
    pdf_of,
    zip_file,
)

MIB = 1 << 20
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
CATALOGUE = "<< /Type /Catalog /Pages 2 0 R >>"
LOCK = f"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{32 * '41'}> /U <{32 * '41'}> >>"


def hostile_documents() -> Iterator[tuple[str, bytes]]:
    """Yield names and files; each deserves a refusal."""
    yield from _pdfs()
    yield from _docx()
    yield from _pages()
    yield from _others()


def _pdfs() -> Iterator[tuple[str, bytes]]:
    whole = pdf_file(["words"] * 20)
    noise = random.Random(7).randbytes
    yield "PDF that ends after its header", whole[:10]
    yield "PDF of noise", b"%PDF-1.7\n" + noise(200_000)
    yield "PDF whose pages are their own parent", _tree("/Kids [2 0 R] /Count 1")
    yield "PDF that says it has two billion pages", _tree("/Kids [] /Count 2147483647")
    yield "PDF of 20,000 empty pages", _tree(f"/Kids [{20_000 * '3 0 R '}] /Count 20000")
    yield "PDF with a password", pdf_of({1: CATALOGUE, 2: "<< /Type /Pages /Count 0 >>"}, LOCK)
    yield "PDF of pictures alone", pdf_file(["", "", ""])
    yield "PDF whose stream unpacks to a gigabyte", _flate(zlib.compress(bytes(1024 * MIB), 9))
    twice = zlib.compress(zlib.compress(bytes(512 * MIB), 9), 9)
    yield "PDF whose stream is packed twice", _flate(twice, "[/FlateDecode /FlateDecode]")
    yield "PDF nested a million deep", _tree("/Kids " + 1_000_000 * "[" + " /Count 1")
    yield "PDF of a million marks", _content(1_000_000 * "q BT /F 1 Tf (x) Tj ET ")
    yield "PDF whose form draws itself", _content("/X Do", "/XObject << /X 4 0 R >>")


def _tree(kids: str) -> bytes:
    page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"
    return pdf_of({1: CATALOGUE, 2: f"<< /Type /Pages {kids} >>", 3: page})


def _content(content: str, resources: str = "") -> bytes:
    page = f"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << {resources} >> >>"
    form = "/Type /XObject /Subtype /Form /BBox [0 0 9 9]" if resources else ""
    stream = f"<< /Length {len(content)} {form} >>\nstream\n{content}\nendstream"
    tree = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    return pdf_of({1: CATALOGUE, 2: tree, 3: page, 4: stream})


def _flate(packed: bytes, filters: str = "/FlateDecode") -> bytes:
    page = "<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>"
    head = f"<< /Length {len(packed)} /Filter {filters} >>"
    stream = f"{head}\nstream\n{packed.decode('latin-1')}\nendstream"
    tree = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    return pdf_of({1: CATALOGUE, 2: tree, 3: page, 4: stream})


def _docx() -> Iterator[tuple[str, bytes]]:
    laughs = "".join(f'<!ENTITY l{n} "{10 * f"&l{n - 1};"}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]><x>&l9;</x>'
    yield "DOCX of a billion laughs", _with_body(bomb)
    outside = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>'
    yield "DOCX with an entity of a file", _with_body(outside)
    yield "DOCX whose body unpacks to 300 MiB", _with_body(bytes(300 * MIB))
    half = f'<w:document xmlns:w="{WORD}"><w:body>' + 2_500_000 * "<w:p/>" + "</w:body>"
    yield "DOCX of empty paragraphs without an end", _with_body(half)
    yield "DOCX nested a million deep", docx_file(1_000_000 * "<w:sdt>")
    yield "DOCX cut in half", docx_file(paragraph("x"))[:700]
    yield "DOCX of 100,000 parts", zip_file(docx_parts("") | {f"p{n}": b"" for n in range(100_000)})
    yield "DOCX without a body", zip_file({**docx_parts(""), "word/document.xml": b""})
    yield "DOCX of a program", zip_file({"[Content_Types].xml": "", "a.exe": b"MZ"})
    yield "DOCX with a password", OLE + bytes(512) + "EncryptedPackage".encode("utf-16-le")
    yield "ZIP whose sizes lie", _lying_zip()


def _with_body(body: str | bytes) -> bytes:
    return zip_file({**docx_parts(""), "word/document.xml": body})


def _lying_zip() -> bytes:
    data = bytearray(_with_body(bytes(50 * MIB)))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        size = archive.getinfo("word/document.xml").file_size
    return bytes(data).replace(size.to_bytes(4, "little"), (10).to_bytes(4, "little"))


def _pages() -> Iterator[tuple[str, bytes]]:
    yield "HTML of scripts alone", b"<!doctype html><script>" + 100_000 * b"alert(1);"
    yield "HTML of five million tags", b"<html>" + 5_000_000 * b"<p>x"
    yield "HTML of comments that never end", b"<html>" + 5_000_000 * b"<!--"
    yield "HTML that is hidden", b"<html><body hidden>" + 1000 * b"<p>secret"
    yield "HTML that is UTF-16 by its mark alone", b"\xff\xfe<html>" + b"x"


def _others() -> Iterator[tuple[str, bytes]]:
    yield "RTF", b"{\\rtf1 words}"
    yield "old Word file", OLE + bytes(4096)
    yield "program", b"\x7fELF" + bytes(4096)
    yield "noise without a kind", b"\x00\x01" + random.Random(1).randbytes(4096)
