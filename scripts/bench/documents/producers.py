"""The same book by many programs: what of them is installed makes its file.

Each chapter has a word that stands nowhere else, so that its page and heading can be looked up.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

CHAPTERS = ("Arrival", "The Ä machine", "Long nights", "Departure")
WORDS = ("quokka", "zebrano", "xylitol", "wyvern")
"""One for each chapter."""
LINES = 12
WITHIN_S = 180.0


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file, and what is known of the place of each chapter's word in it."""

    producer: str
    path: Path
    pages: Mapping[str, int] = field(default_factory=dict)
    """By word; empty where the format has no pages."""
    headings: Mapping[str, str] = field(default_factory=dict)
    """By word; empty where the producer writes none."""


PAGES: Mapping[str, int] = {word: number for number, word in enumerate(WORDS, 1)}
HEADINGS: Mapping[str, str] = dict(zip(WORDS, CHAPTERS, strict=True))


def paragraphs(word: str) -> list[str]:
    """Return what stands in a chapter."""
    filler = "The ledger of the harbour says what came in and what went out"
    return [
        f"{filler}, line {line}, {word if line == 5 else 'nothing new'}." for line in range(LINES)
    ]


def html_page(before: str = "", style: str = "h1 + p { margin: 0 }", head: str = "") -> str:
    """Return the book as a page; each chapter begins a printed page."""
    parts = []
    for chapter, word in zip(CHAPTERS, WORDS, strict=True):
        text = "".join(f"<p>{line}</p>" for line in paragraphs(word))
        parts.append(f"<section><h1>{chapter}</h1>{text}</section>")
    breaks = "section + section { break-before: page }"
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8>{head}<title>Book</title>"
        f"<style>{breaks} {style}</style></head><body>{before}{''.join(parts)}</body></html>"
    )


def markdown() -> str:
    """Return the book as Markdown."""
    chapters = zip(CHAPTERS, WORDS, strict=True)
    return "\n\n".join(f"# {name}\n\n" + "\n\n".join(paragraphs(word)) for name, word in chapters)


def by_programs(folder: Path) -> Iterator[MadeFile]:
    """Make files by the programs that are installed."""
    page, notes = folder / "book.html", folder / "book.md"
    page.write_text(html_page(), encoding="utf-8")
    notes.write_text(markdown(), encoding="utf-8")
    yield MadeFile("by hand, HTML", page, headings=HEADINGS)
    yield MadeFile("by hand, Markdown", notes, headings=HEADINGS)
    steps: tuple[Callable[[Path, Path, Path], Iterator[MadeFile]], ...] = (
        _chromium,
        _pandoc,
        _libreoffice,
        _rewritten,
    )
    for step in steps:
        yield from step(folder, page, notes)


def _chromium(folder: Path, page: Path, notes: Path) -> Iterator[MadeFile]:
    base = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer")
    for name, flags, headings in (
        ("outline", ("--generate-pdf-document-outline",), HEADINGS),
        ("plain", (), {}),
        ("untagged", ("--disable-pdf-tagging",), {}),
    ):
        made = folder / f"chromium-{name}.pdf"
        if _run(*base, *flags, f"--print-to-pdf={made}", f"file://{page}", made=made):
            yield MadeFile(f"Chromium, {name}", made, PAGES, headings)


def _pandoc(folder: Path, page: Path, notes: Path) -> Iterator[MadeFile]:
    for kind in ("docx", "html5", "html4", "odt"):
        made = folder / f"pandoc.{kind}"
        done = _run("pandoc", "-s", "-t", kind, str(notes), "-o", str(made), made=made)
        if done and kind != "odt":
            yield MadeFile(f"pandoc, {kind}", made, headings=HEADINGS)


def _libreoffice(folder: Path, page: Path, notes: Path) -> Iterator[MadeFile]:
    sources = [folder / name for name in ("pandoc.docx", "pandoc.odt", "book.html", "python.docx")]
    outline = 'pdf:writer_pdf_Export:{"ExportBookmarks":{"type":"boolean","value":"true"}}'
    for source in sources:
        for ending, kind in (("pdf", outline), ("docx", "docx"), ("html", "html")):
            if not source.exists() or source.suffix == f".{ending}":
                continue
            into = folder / f"libreoffice-{source.stem}-{source.suffix[1:]}"
            made = into / f"{source.stem}.{ending}"
            command = ("soffice", "--headless", "--convert-to", kind, "--outdir", str(into))
            if _run(*command, str(source), made=made):
                name = f"LibreOffice, {source.suffix[1:]} to {ending} ({source.stem})"
                # Of a page it writes no outline.
                has_outline = ending != "pdf" or source.suffix != ".html"
                pages = pages_by_ghostscript(made) if ending == "pdf" else {}
                yield MadeFile(name, made, pages, HEADINGS if has_outline else {})


def pages_by_ghostscript(path: Path) -> dict[str, int]:
    """Return on which page another program finds each word; empty where it is not installed."""
    texts = path.with_suffix(".%d.txt")
    _run("gs", "-q", "-dBATCH", "-sDEVICE=txtwrite", "-o", str(texts), str(path), made=path)
    pages: dict[str, int] = {}
    for file in path.parent.glob(f"{path.stem}.*.txt"):
        said = file.read_text(encoding="utf-8", errors="replace")
        pages |= {word: int(file.suffixes[-2][1:]) for word in WORDS if word in said}
    return pages


def _rewritten(folder: Path, page: Path, notes: Path) -> Iterator[MadeFile]:
    """Files of others, written anew by programs that take PDF apart."""
    source = folder / "chromium-outline.pdf"
    ways = {
        "qpdf, linearized": ("qpdf", "--linearize", "{0}", "{1}"),
        "qpdf, object streams": ("qpdf", "--object-streams=generate", "{0}", "{1}"),
        "qpdf, uncompressed": ("qpdf", "--qdf", "{0}", "{1}"),
        "Ghostscript": (
            "gs",
            "-q",
            "-dBATCH",
            "-dNOPAUSE",
            "-sDEVICE=pdfwrite",
            "-o",
            "{1}",
            "{0}",
        ),
        "Ghostscript, 1.4": (
            *("gs", "-q", "-dBATCH", "-dCompatibilityLevel=1.4", "-sDEVICE=pdfwrite"),
            *("-o", "{1}", "{0}"),
        ),
    }
    for number, (name, command) in enumerate(ways.items()):
        made = folder / f"rewritten-{number}.pdf"
        if source.exists() and _run(*(part.format(source, made) for part in command), made=made):
            yield MadeFile(name, made, PAGES, HEADINGS)


def by_libraries(folder: Path, python: Path, script: Path) -> Iterator[MadeFile]:
    """Make files by Python libraries that another interpreter has."""
    for name in ("reportlab", "fpdf2", "weasyprint", "typst", "matplotlib", "docx", "pikepdf"):
        done = subprocess.run(
            [python, script, name, str(folder)],
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )
        for line in done.stdout.splitlines():
            producer, file, has_pages, has_headings = line.split("\t")
            yield MadeFile(
                producer,
                Path(file),
                PAGES if has_pages == "1" else {},
                HEADINGS if has_headings == "1" else {},
            )


def _run(*command: str, made: Path) -> bool:
    """Run a program; say whether it is there and made its file."""
    if shutil.which(command[0]) is None:
        return False
    home = {"HOME": str(made.parent), "PATH": os.environ["PATH"]}
    made.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(command, capture_output=True, timeout=WITHIN_S, env=home, check=False)
    return made.exists()
