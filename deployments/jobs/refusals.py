"""What is wrong with a job, as answers."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from api.errors import BadRequest, RateLimited, Unavailable, at
from reliability.errors import JobsFull, TooManyJobs, UnknownJob
from storage.errors import StorageError
from telemetry.logs import get_logger

log = get_logger()

NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
WAIT_S = 30
"""After which a client's next job may have room."""


@contextmanager
def refusals() -> Iterator[None]:
    """Turn errors of the book and the disk into answers."""
    try:
        yield
    except UnknownJob as error:
        raise BadRequest(str(error), error.code, at("job_id"), 404) from None
    except TooManyJobs as error:
        raise RateLimited(str(error), error.code, None, WAIT_S) from None
    except JobsFull as error:
        raise BadRequest(str(error), error.code, None, 507) from None
    except StorageError as error:
        log.error("jobs.unavailable", error=str(error))
        raise Unavailable("jobs cannot be used right now") from None
    except OSError as error:
        log.error("jobs.not_kept", error=str(error))
        if error.errno in NO_ROOM:
            raise BadRequest(
                "the disk has no room for the job's documents; nothing was accepted",
                "storage_full",
                None,
                507,
            ) from None
        raise Unavailable("the job's documents cannot be kept right now") from None
