"""HTML: what a person reads, under its headings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.extraction.errors import FileTooLarge
from retrieval.extraction.extracted import Extracted
from retrieval.extraction.html_text import read_html
from retrieval.passages.sections import check_sections, section_at


def read(page: str) -> Extracted:
    """Return what a page says."""
    return read_html(page.encode(), 100_000)


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>secret()</script>",
        "<style>p { secret: 1 }</style>",
        "<template><p>secret</p></template>",
        "<noscript>secret</noscript>",
        "<p hidden>secret",
        "<div hidden><p>secret</p><ul><li>secret</ul></div>",
        "<span style='color: red; DISPLAY : none'>secret</span>",
        "<b style='visibility:hidden'>secret</b>",
        "<!-- secret -->",
        "<svg><title>secret</title><text>secret</text></svg>",
        "<iframe>secret</iframe>",
        "<select><option>secret</select>",
        "<img alt='secret' src='https://example.com/secret.png'>",
    ],
)
def test_what_nobody_sees_is_left_out(hidden: str) -> None:
    """And what follows is there again, also where an end tag is missing."""
    page = read(f"<!doctype html><body><p>before</p>{hidden}<p>after</p></body>")
    assert page.text == "before\n\nafter"


def test_blocks_lines_and_cells_are_kept_apart() -> None:
    """Paragraphs by an empty line, list items and rows by a line, cells by a tab."""
    page = read(
        "<p>one\n  two<p>three<br>four<ul><li>x<li>y</ul><table><tr><td>1<td>2<tr><th>3</table>"
        "<pre>a\n  b</pre>end"
    )
    assert page.text == "one two\n\nthree\nfour\n\nx\ny\n\n1\t2\n3\n\na\n  b\n\nend"


def test_text_stands_under_the_heading_above_it() -> None:
    """The title above the first one, whether or not the page repeats it."""
    page = read("<title>A &amp; B</title><p>first<h2>Two <i>words</i></h2><p>second")
    assert page.text == "A & B\n\nfirst\n\nTwo words\n\nsecond"
    headings = [section_at(page.sections, page.text.index(w)).heading for w in ("first", "second")]
    assert headings == ["A & B", "Two words"]
    assert read("<title>Same</title><h1>Same</h1><p>words").text == "Same\n\nwords"


@pytest.mark.parametrize(
    ("head", "encoding", "codes"),
    [
        ('<meta charset="windows-1251">', "cp1251", []),
        ('<meta http-equiv=content-type content="text/html; charset=Shift_JIS">', "sjis", []),
        ("<meta charset=utf-8>", "utf-8", []),
        ("", "utf-8-sig", []),
        ("<meta charset=iso-8859-1>", "cp1252", []),
        ("<meta charset=zlib>", "utf-8", []),
        ("<meta charset=utf-8>", "cp1252", ["encoding_assumed"]),
    ],
)
def test_a_page_is_read_in_the_characters_it_declares(
    head: str, encoding: str, codes: list[str]
) -> None:
    """As browsers do; what is not so is said."""
    words = {"cp1251": "мир", "sjis": "世界", "cp1252": "Grüße"}.get(encoding, "naïve 猫")
    page = read_html(f"<html>{head}<p>{words}".encode(encoding), 1000)
    assert [warning.code for warning in page.warnings] == codes
    assert page.text == words or codes


def test_a_page_of_more_text_than_allowed_is_refused() -> None:
    """While it is read, not afterwards."""
    with pytest.raises(FileTooLarge, match="10 characters"):
        read_html(b"<p>" + 11 * b"a", 10)


TAGS = st.sampled_from(
    "<p> </p> <h1> </h1> <div> </div> <li> </ul> <td> <table> </table> <pre> </pre> <b hidden> </b>"
    " <script> </script> <title> </title> <body> <br/> <head> a b &amp; <!--".split()
)


@given(st.lists(TAGS, max_size=30))
def test_any_soup_of_tags_has_sections_in_order(soup: list[str]) -> None:
    """Nothing is raised, and no script is ever text."""
    page = read("".join(soup))
    check_sections(page.sections, len(page.text))
    assert "script" not in page.text
