"""In which characters a page is written: its mark, what it declares, UTF-8, Windows-1252."""

import codecs
import re

from retrieval.extraction.extracted import ReadingWarning
from retrieval.extraction.plain_text import decoded

_DECLARED = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w:.-]{1,40})"""
    rb"""|<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w:.-]{1,40})""",
    re.I,
)
_HEAD_BYTES = 4096
_SAME_AS_WINDOWS = frozenset(("iso8859-1", "ascii"))
"""Names that browsers take for Windows-1252 (WHATWG Encoding, 4.2)."""
_NO_CHARACTER_SETS = frozenset(
    "idna punycode undefined unicode_escape raw_unicode_escape utf-7 mbcs oem".split()
)


def decoded_html(data: bytes) -> tuple[str, tuple[ReadingWarning, ...]]:
    """Return the page as a text.

    Raises:
        BrokenFile: It is not what its byte order mark says.
    """
    declared = _declared(data)
    has_mark = data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if has_mark or declared is None:
        return decoded(data)
    try:
        return data.decode(declared), ()
    except UnicodeDecodeError as error:
        # Browsers show such a page too, with a sign where a character is lost.
        message = f"it says {declared} and is not, at byte {error.start}"
        return data.decode(declared, "replace"), (ReadingWarning("encoding_assumed", message),)


def _declared(data: bytes) -> str | None:
    found = _DECLARED.search(data[:_HEAD_BYTES])
    if not found:
        return None
    try:
        name = codecs.lookup((found[1] or found[2]).decode("ascii")).name
        "".encode(name)
    except LookupError:
        return None
    if name.startswith("utf-16") or name in _NO_CHARACTER_SETS:
        # What could be read so far was not UTF-16.
        return None
    return "cp1252" if name in _SAME_AS_WINDOWS else name
