"""The page of metrics says what the table says."""

from scripts.dev.document_metrics import PAGE, page


def test_the_page_of_metrics_is_current() -> None:
    """`scripts/dev/document_metrics.py` writes it anew."""
    assert PAGE.read_text() == page()
