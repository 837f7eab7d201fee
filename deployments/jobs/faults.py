"""What a failure to write means for a job: try later, leave one document out, or end the job."""

from typing import Literal

from api.errors import ApiError, Forbidden
from retrieval.errors import OtherModel, is_of_input

JobFault = Literal["later", "document", "job"]
PASSES = {409, 429}
"""Statuses below 500 that may be otherwise a moment later."""


def fault_of(error: Exception) -> JobFault:
    """Return whose fault an error is.

    A quota that is used up refuses all that follow; what the service cannot do just now is no
    document's fault; whatever else there is, some document met.
    """
    if isinstance(error, Forbidden):
        return "job"
    if isinstance(error, ApiError):
        return "later" if error.status >= 500 or error.status in PASSES else "document"
    if isinstance(error, OtherModel):
        return "later"
    return "document" if is_of_input(error) else "later"
