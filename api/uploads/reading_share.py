"""Files are read in half of a request's time: the other half is for encoding and writing them."""

from api.errors import DeadlineExceeded, at
from reliability.deadline import left_s

MOST_S = 75.0
"""Where a request has no deadline nothing is counted."""


class ReadingShare:
    """Made when a request begins to read."""

    def __init__(self) -> None:
        self._kept_s = left_s(2 * MOST_S) / 2

    def check(self, place: str) -> None:
        """Return while there is time to read another file.

        Raises:
            DeadlineExceeded: The files before took it; they are written nevertheless.
        """
        if left_s(2 * MOST_S) < self._kept_s:
            raise DeadlineExceeded(
                f"{place} was not read: the files before it took the time; send it again, with "
                "fewer at once",
                None,
                at(place),
            )
