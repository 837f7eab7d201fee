"""HTML: what a person reads, in blocks, with the headings; nothing is fetched, no script is run.

Hidden is what the page itself says is: `hidden`, `display:none` or `visibility:hidden` on an
element. Style sheets are not read.
"""

import re
from collections import Counter
from html.parser import HTMLParser

from retrieval.extraction.extracted import Extracted, ReadingWarning, TextInSections
from retrieval.extraction.html_encoding import decoded_html

VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split(),
)
SKIPPED = frozenset(
    """script style template noscript iframe object svg canvas audio video head select datalist
    map""".split()
)
PARAGRAPHS = frozenset(
    """address article aside blockquote body caption center dd details dialog dir div dl dt fieldset
    figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend main menu nav ol p
    pre search section summary table tbody tfoot thead ul""".split()
)
LINES = frozenset(("br", "li", "tr"))
CELLS = frozenset(("td", "th"))
HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
ENDED_BY = {
    "li": frozenset(("li", "p")),
    "td": frozenset(("td", "th", "p")),
    "th": frozenset(("td", "th", "p")),
    "tr": frozenset(("td", "th", "tr", "p")),
    "dt": frozenset(("dt", "dd", "p")),
    "dd": frozenset(("dt", "dd", "p")),
}
"""Open elements that a start tag ends; any block ends a paragraph."""
MOST_DEPTH = 10_000
_HIDDEN_STYLE = re.compile(r"(?:^|;)(?:display:none|visibility:(?:hidden|collapse))")


def read_html(data: bytes, max_characters: int) -> Extracted:
    """Return the text of a page.

    Raises:
        FileTooLarge: It has more characters.
    """
    text, warnings = decoded_html(data)
    page = _Page(TextInSections(max_characters))
    page.feed(text)
    page.close()
    return page.extracted(warnings)


class _Page(HTMLParser):
    def __init__(self, text: TextInSections) -> None:
        super().__init__(convert_charrefs=True)
        self._text = text
        self._open: list[tuple[str, bool]] = []
        """Elements, and whether what is in them is left out."""
        self._counts = Counter[str]()
        self._words: list[str] = []
        self._gap = "\n\n"
        self._heading: str | None = None
        self._title: list[str] = []
        self._told_title = ""
        self._pre = 0
        self._has_ended = False

    def close(self) -> None:
        self._has_ended = True
        super().close()

    def parse_comment(self, i: int, report: bool = True) -> int:
        # One without an end runs to the end of the page, and is no text of it.
        end = super().parse_comment(i, report)
        return len(self.rawdata) if end < 0 and self._has_ended else end

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._end_implied(tag)
        if tag in PARAGRAPHS or tag in LINES:
            self._flush("\n" if tag in LINES else "\n\n")
        if tag in VOID or len(self._open) >= MOST_DEPTH:
            return
        is_left_out = self._left_out or tag in SKIPPED or _is_hidden(attrs)
        self._open.append((tag, is_left_out))
        self._counts[tag] += 1
        if tag in HEADINGS and not is_left_out:
            self._heading = tag
        if tag == "body":
            self._tell_title()
        self._pre += tag == "pre"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # To HTML the slash means nothing but for elements without an end.
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self._counts[tag]:
            if tag == "p":
                self._flush("\n\n")
            return
        while True:
            name = self._close()
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] == "title" and not self._counts["svg"]:
            self._title.append(data)
        elif not self._left_out:
            if data.strip():
                self._tell_title()
            self._words.append(data if self._pre else _SPACES.sub(" ", data))

    def extracted(self, warnings: tuple[ReadingWarning, ...]) -> Extracted:
        """Return what was read; the page has ended."""
        while self._open:
            self._close()
        self._flush("\n\n")
        self._tell_title()
        return self._text.done(warnings)

    @property
    def _left_out(self) -> bool:
        return bool(self._open) and self._open[-1][1]

    def _end_implied(self, tag: str) -> None:
        ended = ENDED_BY.get(tag, frozenset(("p",)) if tag in PARAGRAPHS else frozenset())
        while self._open and self._open[-1][0] in ended:
            self._close()
        if self._open and self._open[-1][0] == "head" and tag in PARAGRAPHS:
            self._close()

    def _close(self) -> str:
        tag, _ = self._open[-1]
        if tag in CELLS and not self._left_out:
            self._words.append("\t")
        if tag in PARAGRAPHS or tag in LINES:
            self._flush("\n" if tag in LINES else "\n\n")
        self._open.pop()
        self._counts[tag] -= 1
        self._pre -= tag == "pre"
        if tag == self._heading:
            self._heading = None
        return tag

    def _flush(self, gap: str) -> None:
        """End a block; ``gap`` stands between it and the next one."""
        words = "".join(self._words)
        self._words.clear()
        block = words.strip("\n") if self._pre else _tidy(words)
        if block.strip():
            if self._heading is not None:
                self._text.begin(heading=block)
            if self._heading is None or block != self._told_title:
                self._text.add(block, self._gap)
            self._gap = gap
        elif gap == "\n\n":
            self._gap = gap

    def _tell_title(self) -> None:
        """Put the title before the page, once, as it stands above it in a browser."""
        title = _tidy("".join(self._title))
        if title and not self._told_title and self._text.is_empty:
            self._told_title = title
            self._text.begin(heading=title)
            self._text.add(title)


_SPACES = re.compile(r"[ \t\n\r\f]+")
_AROUND_TABS = re.compile(r" *\t[ \t]*")


def _tidy(words: str) -> str:
    """Return words with one space between them, and a tab between a table's cells."""
    return _AROUND_TABS.sub("\t", re.sub(r"[ \n\r\f]+", " ", words)).strip()


def _is_hidden(attrs: list[tuple[str, str | None]]) -> bool:
    named = dict(attrs)
    if "hidden" in named:
        return True
    style = re.sub(r"\s", "", named.get("style") or "").lower()
    return _HIDDEN_STYLE.search(style) is not None
