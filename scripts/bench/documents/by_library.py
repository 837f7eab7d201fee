"""One library's files of the book: run by an interpreter that has the library.

Prints a line for each: producer, path, whether pages and whether headings are in it.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from scripts.bench.documents.producers import CHAPTERS, WORDS, html_page, paragraphs

BOOK = list(zip(CHAPTERS, WORDS, strict=True))


def tell(producer: str, path: Path, pages: bool, headings: bool) -> None:
    """Say what was made."""
    print(producer, path, int(pages), int(headings), sep="\t")


def by_reportlab(folder: Path) -> None:
    """Text on a canvas, compressed and not, with an outline and without."""
    from reportlab.pdfgen.canvas import Canvas

    for packed in (0, 1):
        for outline in (False, True):
            path = folder / f"reportlab-{packed}-{outline}.pdf"
            canvas = Canvas(str(path), pageCompression=packed)
            for chapter, word in BOOK:
                canvas.bookmarkPage(chapter)
                if outline:
                    canvas.addOutlineEntry(chapter, chapter, 0)
                for line, words in enumerate([chapter, *paragraphs(word)]):
                    canvas.drawString(72, 760 - 20 * line, words)
                canvas.showPage()
            canvas.save()
            tell(f"ReportLab, packed {packed}, outline {outline}", path, True, outline)


def by_fpdf2(folder: Path) -> None:
    """Core fonts."""
    from fpdf import FPDF

    for outline in (False, True):
        path, pdf = folder / f"fpdf2-{outline}.pdf", FPDF()
        pdf.set_font("Helvetica", size=11)
        for chapter, word in BOOK:
            pdf.add_page()
            if outline:
                pdf.start_section(chapter)
            for words in (chapter, *paragraphs(word)):
                pdf.multi_cell(0, 8, words, new_x="LMARGIN", new_y="NEXT")
        pdf.output(str(path))
        tell(f"fpdf2, outline {outline}", path, True, outline)


def by_weasyprint(folder: Path) -> None:
    """From HTML; narrow columns and hyphens too."""
    from weasyprint import HTML

    for name, style in (("plain", ""), ("narrow", "p { hyphens: auto; text-align: justify }")):
        path = folder / f"weasyprint-{name}.pdf"
        HTML(string=html_page(style=style)).write_pdf(str(path))
        tell(f"WeasyPrint, {name}", path, True, True)
    path = folder / "weasyprint-a.pdf"
    HTML(string=html_page()).write_pdf(str(path), pdf_variant="pdf/a-3b")
    tell("WeasyPrint, PDF/A", path, True, True)


def by_typst(folder: Path) -> None:
    """PDF 1.7 and PDF/A."""
    import typst

    source = folder / "book.typ"
    pages = [f"= {name}\n" + "\n\n".join(paragraphs(word)) for name, word in BOOK]
    source.write_text("\n#pagebreak()\n".join(pages), encoding="utf-8")
    for standard in ("1.7", "2.0", "a-2b"):
        path = folder / f"typst-{standard}.pdf"
        typst.compile(str(source), output=str(path), pdf_standards=standard)
        tell(f"Typst, {standard}", path, True, True)


def by_matplotlib(folder: Path) -> None:
    """Text in figures, fonts as TrueType and as Type 3."""
    import matplotlib
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure

    for kind in (3, 42):
        matplotlib.rcParams["pdf.fonttype"] = kind
        path = folder / f"matplotlib-{kind}.pdf"
        with PdfPages(path) as pdf:
            for chapter, word in BOOK:
                figure = Figure()
                for line, words in enumerate([chapter, *paragraphs(word)]):
                    figure.text(0.05, 0.95 - line * 0.06, words, fontsize=8)
                pdf.savefig(figure)
        tell(f"Matplotlib, fonts of type {kind}", path, True, False)


def by_docx(folder: Path) -> None:
    """Headings of three levels, in a table too."""
    import docx

    for level in (1, 2, 3):
        path = folder / ("python.docx" if level == 1 else f"python-{level}.docx")
        document = docx.Document()
        for chapter, word in BOOK:
            document.add_heading(chapter, level)
            if level == 3:
                document.add_table(1, 2).cell(0, 1).text = " ".join(paragraphs(word))
                continue
            for words in paragraphs(word):
                document.add_paragraph(words)
        document.save(str(path))
        tell(f"python-docx, level {level}", path, False, True)


def by_pikepdf(folder: Path) -> None:
    """Others' files, written anew."""
    import pikepdf

    for source in sorted(folder.glob("reportlab-*-True.pdf")):
        path = folder / f"pikepdf-{source.name}"
        with pikepdf.open(source) as pdf:
            pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        tell(f"pikepdf of {source.stem}", path, True, True)


if __name__ == "__main__":
    globals()[f"by_{sys.argv[1]}"](Path(sys.argv[2]))
