"""Documents made by hand: small PDF and DOCX files, whole and hostile."""

import io
import zipfile
from collections.abc import Mapping, Sequence

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
DOCUMENTS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
STYLES = f"""<w:styles xmlns:w="{WORD}">
<w:style w:styleId="Kop1"><w:name w:val="heading 1"/></w:style>
<w:style w:styleId="Own"><w:name w:val="Our own"/><w:basedOn w:val="Kop1"/></w:style>
<w:style w:styleId="Deep"><w:name w:val="x"/><w:pPr><w:outlineLvl w:val="3"/></w:pPr></w:style>
<w:style w:styleId="Loop"><w:name w:val="y"/><w:basedOn w:val="Loop"/></w:style>
</w:styles>"""


def paragraph(words: str, style: str = "", run: str = "") -> str:
    """Return a paragraph of a DOCX."""
    named = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{named}<w:r><w:rPr>{run}</w:rPr><w:t>{words}</w:t></w:r></w:p>"


def zip_file(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a ZIP of these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return file.getvalue()


def docx_parts(body: str, styles: str = STYLES) -> dict[str, str | bytes]:
    """Return the parts of a DOCX."""
    return {
        "[Content_Types].xml": f'<Types><Override ContentType="{MAIN_TYPE}"/></Types>',
        "_rels/.rels": (
            f'<Relationships xmlns="{RELS}"><Relationship Type="{DOCUMENTS}/officeDocument" '
            'Target="word/document.xml"/></Relationships>'
        ),
        "word/_rels/document.xml.rels": (
            f'<Relationships xmlns="{RELS}"><Relationship Type="{DOCUMENTS}/styles" '
            'Target="styles.xml"/></Relationships>'
        ),
        "word/styles.xml": styles,
        "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>',
    }


def docx_file(body: str) -> bytes:
    """Return a DOCX whose body is this XML."""
    return zip_file(docx_parts(body))


def pdf_file(pages: Sequence[str], outline: Sequence[tuple[str, int]] = ()) -> bytes:
    """Return a PDF.

    Args:
        pages: The lines of each, in Latin letters; an empty one is a page without text.
        outline: Titles and the pages they lead to, counted from 0.
    """
    first = 4
    kids = [first + 2 * number for number in range(len(pages))]
    at = first + 2 * len(pages)
    names = " ".join(f"{kid} 0 R" for kid in kids)
    entries = [f"{at + 1 + number} 0 R" for number in range(len(outline))]
    objects = {
        1: f"<< /Type /Catalog /Pages 2 0 R {f'/Outlines {at} 0 R' if outline else ''} >>",
        2: f"<< /Type /Pages /Kids [{names}] /Count {len(pages)} >>",
        3: "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }
    for kid, words in zip(kids, pages, strict=True):
        objects[kid] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {kid + 1} 0 R "
            "/Resources << /Font << /F 3 0 R >> >> >>"
        )
        objects[kid + 1] = _stream("".join(_line(*one) for one in enumerate(words.split("\n"))))
    if outline:
        objects[at] = f"<< /First {entries[0]} /Last {entries[-1]} /Count {len(entries)} >>"
    for number, (title, page) in enumerate(outline):
        following = f"/Next {entries[number + 1]}" if number + 1 < len(entries) else ""
        objects[at + 1 + number] = (
            f"<< /Title ({title}) /Parent {at} 0 R /Dest [{kids[page]} 0 R /Fit] {following} >>"
        )
    return pdf_of(objects)


def _line(number: int, words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT /F 12 Tf 72 {780 - 16 * number} Td ({escaped}) Tj ET\n" if words else ""


def _stream(content: str) -> str:
    return f"<< /Length {len(content)} >>\nstream\n{content}\nendstream"


def pdf_of(objects: Mapping[int, str], trailer: str = "") -> bytes:
    """Return a PDF of numbered objects; 1 is its catalogue."""
    data, places = b"%PDF-1.7\n", {}
    for number, content in sorted(objects.items()):
        places[number] = len(data)
        data += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    start, size = len(data), max(objects) + 1
    rows = "".join(f"{places.get(number, 0):010d} 00000 n \n" for number in range(1, size))
    table = f"xref\n0 {size}\n0000000000 65535 f \n{rows}"
    end = f"trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n"
    return data + (table + end).encode()
