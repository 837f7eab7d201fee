"""Words that the end of a line cuts are whole again."""

import pytest

from retrieval.extraction.pdf_text import readable


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("hyphen\x02\r\nated words", "hyphenated words"),
        ("hyphen\u00ad\r\nated", "hyphenated"),
        ("xylit\u2010\r\nol", "xylitol"),
        ("Saint\u2010\r\nTropez", "Saint\u2010\nTropez"),
        ("well-\r\nknown", "well-\nknown"),
        ("a\r\nb\rc\x00", "a\nb\nc"),
    ],
)
def test_a_word_that_a_line_cuts_is_whole(lines: str, text: str) -> None:
    """But for a hyphen that may be the word's own."""
    assert readable(lines) == text
