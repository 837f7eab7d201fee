"""A page of sections as one file: HTML with drawings inside, or Markdown; nothing is loaded."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

STYLE = """body{font:15px sans-serif;max-width:60rem;margin:2em auto;padding:0 1em}
table{border-collapse:collapse;margin:.5em 0}th,td{text-align:left;padding:.2em 1em .2em 0;
vertical-align:top;border-bottom:1px solid #ddd}caption{text-align:left;font-weight:bold}
ul.legend{list-style:none;padding:0;display:flex;gap:1.5em}.sign{display:inline-block;width:.8em;
height:.8em;margin-right:.4em}.faint{color:#555}"""


@dataclass(frozen=True, slots=True)
class PaperRows:
    """A table; cells are plain text."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Figures as shapes. Where pictures are left out, ``text`` says the same."""

    svg: str
    text: str
    legend: Sequence[tuple[str, str]] = ()
    """Colours and what each stands for."""


@dataclass(frozen=True, slots=True)
class PaperSection:
    """One question and what answers it: texts, tables, drawings."""

    title: str
    parts: Sequence[str | PaperRows | Drawing]


@dataclass(frozen=True, slots=True)
class Paper:
    """The whole page."""

    title: str
    about: Sequence[tuple[str, str]]
    """Whom it speaks of, and of what time."""
    sections: Sequence[PaperSection] = field(default_factory=list)


def as_html(paper: Paper) -> str:
    """Return one HTML file that opens offline."""
    body = [f"<h1>{escape(paper.title)}</h1>", _table(PaperRows("", (), paper.about))]
    for section in paper.sections:
        body.append(f"<h2>{escape(section.title)}</h2>")
        body += [_html(part) for part in section.parts]
    head = f'<meta charset="utf-8"><title>{escape(paper.title)}</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="en">{head}\n' + "\n".join(body) + "\n</html>\n"


def as_markdown(paper: Paper) -> str:
    """Return Markdown; GitHub and others leave SVG out, so that texts and tables say it all."""
    lines = [f"# {_plain(paper.title)}", "", *_lines(PaperRows("", ("what", "which"), paper.about))]
    for section in paper.sections:
        lines += ["", f"## {section.title}"]
        for part in section.parts:
            lines += ["", *_lines(part)]
    return "\n".join(lines) + "\n"


def _html(part: str | PaperRows | Drawing) -> str:
    if isinstance(part, str):
        return f"<p>{escape(part)}</p>"
    if isinstance(part, PaperRows):
        return _table(part)
    signs = "".join(
        f'<li><span class="sign" style="background:{colour}"></span>{escape(name)}</li>'
        for colour, name in part.legend
    )
    legend = f'<ul class="legend">{signs}</ul>' if signs else ""
    caption = f'<figcaption class="faint">{escape(part.text)}</figcaption>'
    return f"<figure>{part.svg}{caption}{legend}</figure>"


def _table(part: PaperRows) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in part.columns)
    caption = f"<caption>{escape(part.caption)}</caption>" if part.caption else ""
    rows = "".join(
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        + "</tr>"
        for first, *cells in part.rows
    )
    return f"<table>{caption}{f'<tr>{head}</tr>' if head else ''}{rows}</table>"


def _lines(part: str | PaperRows | Drawing) -> list[str]:
    if isinstance(part, str):
        return [_plain(part)]
    if isinstance(part, Drawing):
        return [_plain(part.text)]
    caption = [f"**{_plain(part.caption)}**", ""] if part.caption else []
    columns = [part.columns, ["---"] * len(part.columns), *part.rows]
    return caption + ["| " + " | ".join(map(_plain, cells)) + " |" for cells in columns]


def _plain(text: str) -> str:
    """Return a text that stays in its cell and is no markup."""
    for sign in "\\`*_<>[]|":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())
