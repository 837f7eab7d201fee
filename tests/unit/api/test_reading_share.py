"""Reading files leaves time to write them."""

import pytest

from api.errors import DeadlineExceeded
from api.uploads.reading_share import ReadingShare
from reliability.deadline import within


def test_files_are_read_in_half_of_the_time() -> None:
    """What is left over is named by its place."""
    with within(100):
        share = ReadingShare()
        share.check("file.0")
        with within(40), pytest.raises(DeadlineExceeded, match=r"file\.7 was not read"):
            share.check("file.7")


def test_without_a_deadline_nothing_is_counted() -> None:
    """As in a test of the application alone."""
    ReadingShare().check("file.0")
