"""A writer that does not answer is told apart from a caller who would not wait."""

import asyncio
from collections.abc import Awaitable

import pytest

from api.errors import ApiError, DeadlineExceeded, Unavailable
from deployments.calls.late_writer import in_the_writers_time
from reliability.deadline import within
from retrieval.errors import StorageFull


async def failing(error: Exception) -> None:
    """Answer as a call to the writer does that failed."""
    raise error


def outcome(asked: Awaitable[None]) -> ApiError:
    """Return the error that a caller is told."""

    async def main() -> None:
        await in_the_writers_time(asked)

    with pytest.raises(ApiError) as caught:
        asyncio.run(main())
    return caught.value


def test_a_writer_that_is_late_is_unavailable_and_says_when_to_come_back() -> None:
    """Without the caller's deadline, and within one that is not over."""
    for seconds in (None, 60.0):
        asked = failing(DeadlineExceeded("IndexWriter did not answer within 20 s"))
        if seconds is None:
            error = outcome(asked)
        else:
            with within(seconds):
                error = outcome(asked)
        assert isinstance(error, Unavailable)
        assert (error.status, error.retry_after_s) == (503, 2)
        assert "within 20 s" in error.message
        assert "may be written" in error.message


def test_a_caller_whose_own_time_is_over_is_told_so() -> None:
    """He asked for it: 504, as for everything else."""
    with within(0.0):
        error = outcome(failing(DeadlineExceeded("late")))
    assert isinstance(error, DeadlineExceeded)


def test_other_errors_of_the_writer_pass_through() -> None:
    """A full disk says 507 itself."""

    async def main() -> None:
        await in_the_writers_time(failing(StorageFull("full")))

    with pytest.raises(StorageFull):
        asyncio.run(main())


def test_what_the_writer_answers_is_returned() -> None:
    """Nothing is done to it."""

    async def seven() -> int:
        return 7

    assert asyncio.run(in_the_writers_time(seven())) == 7
