"""Every error of this package: one class a kind, so that a caller catches what it can mend.

BrainwavError
├── NoAnswer              nothing came back: refused, broken off or too late
├── UnreadableAnswer      something came back that the service does not say: a proxy's page
├── AnswersDisagree       parts of one long request were answered by different models
├── RunFailed             a streamed plan ended in an error
├── JobFailed             a write that became a job ended before its last document
└── ApiError              the service refused; `code` says why, `details` where
    ├── Unauthenticated   401
    ├── Forbidden         403: NamespaceForbidden, ReadOnlyKey, QuotaExceeded
    ├── NotFound          404: UnknownNamespace, ModelNotFound, RunUnknown
    ├── Conflict          409: IncompatibleIndex, RunNotFinished
    ├── PreconditionFailed  412
    ├── TooLarge          413
    ├── Unsupported       415
    ├── InvalidRequest    422 and other 4xx: InvalidFilter, TypeMismatch, InvalidDocument, ...
    ├── RateLimited       429
    └── ServerError       5xx: Unavailable (503), DeadlineExceeded (504), StorageFull (507)
"""

from collections.abc import Mapping
from typing import Any

Details = Mapping[str, Any]


class BrainwavError(Exception):
    """Base of all; ``done`` is the answer of those parts of a long write that went well."""

    done: Any = None


class NoAnswer(BrainwavError):
    """No answer came; ``may_have_arrived`` says whether the request may have been served."""

    def __init__(self, message: str, may_have_arrived: bool = True) -> None:
        super().__init__(message, may_have_arrived)
        self.message = message
        self.may_have_arrived = may_have_arrived

    def __str__(self) -> str:
        return self.message


class UnreadableAnswer(BrainwavError):
    """An answer that is not in the service's form."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message, status)
        self.message = message
        self.status = status

    def __str__(self) -> str:
        return self.message


class AnswersDisagree(BrainwavError):
    """The model was changed between two parts of one long request."""


class RunFailed(BrainwavError):
    """A streamed plan ended in an error; ``code`` is the service's."""

    def __init__(self, message: str, code: str, run_id: str) -> None:
        super().__init__(message, code, run_id)
        self.message = message
        self.code = code
        self.run_id = run_id

    def __str__(self) -> str:
        return f"{self.message} ({self.code})"


class JobFailed(BrainwavError):
    """A write became a job, which ended early; `done` says what was written."""

    def __init__(self, message: str, code: str, job_id: str) -> None:
        super().__init__(message, code, job_id)
        self.message = message
        self.code = code
        self.job_id = job_id

    def __str__(self) -> str:
        return f"{self.message} ({self.code}, job {self.job_id})"


class ApiError(BrainwavError):
    """The service refused a request.

    Args:
        message: In words.
        status: Of HTTP.
        code: The service's; docs/reference/errors.md lists them.
        request_id: Logs of the service carry it.
        details: ``where`` names the part of the request that is at fault.
        retry_after_s: Seconds after which the same request is worth another try.
    """

    def __init__(
        self,
        message: str,
        status: int,
        code: str,
        request_id: str = "",
        details: Details | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, status, code, request_id, details, retry_after_s)
        self.message = message
        self.status = status
        self.code = code
        self.request_id = request_id
        self.details: Details = details or {}
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return f"{self.message} ({self.status} {self.code}, request {self.request_id})"

    @property
    def where(self) -> str | None:
        """The part of the request that is at fault."""
        return self.details.get("where")


class Unauthenticated(ApiError):
    """No API key, or one that is not valid."""


class Forbidden(ApiError):
    """The key may not do this."""


class NamespaceForbidden(Forbidden):
    """The key is not bound to that namespace."""


class ReadOnlyKey(Forbidden):
    """A key of role reader changes nothing."""


class QuotaExceeded(Forbidden):
    """Deleting helps, waiting does not."""


class NotFound(ApiError):
    """No such document, picture, run or model."""


class UnknownNamespace(NotFound):
    """No such namespace; writing makes it."""

    @property
    def near(self) -> tuple[str, ...]:
        """Names like it that the key may use."""
        return tuple(self.details.get("near", ()))


class ModelNotFound(NotFound):
    """No such model is served."""


class RunUnknown(NotFound):
    """The run is not known, or no longer."""


class Conflict(ApiError):
    """Something else is going on with what was named."""


class IncompatibleIndex(Conflict):
    """The index was written by another model or a newer release."""


class RunNotFinished(Conflict):
    """The run goes on, or failed."""


class PreconditionFailed(ApiError):
    """The document is another one than was read: read it again."""


class TooLarge(ApiError):
    """A body, picture, text or batch over its cap."""


class Unsupported(ApiError):
    """A file of another format than those that are read."""


class InvalidRequest(ApiError):
    """A value that does not fit."""


class InvalidDocument(InvalidRequest):
    """A document that cannot be stored."""


class InvalidFilter(InvalidRequest):
    """A filter with a mistake."""


class TypeMismatch(InvalidFilter):
    """A filter's value has another type than its field."""


class InvalidGoal(InvalidRequest):
    """A goal that is empty or too long."""


class RateLimited(ApiError):
    """Too much at once; ``retry_after_s`` says how long to wait."""


class ServerError(ApiError):
    """The service failed."""


class Unavailable(ServerError):
    """A full queue, or a component that restarts."""


class DeadlineExceeded(ServerError):
    """The answer did not come within the request's deadline."""


class StorageFull(ServerError):
    """No room is left for the index; nothing was written."""


BY_CODE: Mapping[str, type[ApiError]] = {
    "namespace_forbidden": NamespaceForbidden,
    "read_only_key": ReadOnlyKey,
    "quota_exceeded": QuotaExceeded,
    "unknown_namespace": UnknownNamespace,
    "model_not_found": ModelNotFound,
    "run_unknown": RunUnknown,
    "incompatible_index": IncompatibleIndex,
    "run_not_finished": RunNotFinished,
    "invalid_document": InvalidDocument,
    "invalid_document_id": InvalidDocument,
    "invalid_metadata": InvalidDocument,
    "too_many_fields": InvalidDocument,
    "invalid_filter": InvalidFilter,
    "unknown_filter_field": InvalidFilter,
    "type_mismatch": TypeMismatch,
    "invalid_goal": InvalidGoal,
}
"""Codes that have a class of their own; the others have that of their status."""
BY_STATUS: Mapping[int, type[ApiError]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: PreconditionFailed,
    413: TooLarge,
    415: Unsupported,
    429: RateLimited,
    503: Unavailable,
    504: DeadlineExceeded,
    507: StorageFull,
}


def class_of(status: int, code: str) -> type[ApiError]:
    """Return the class of an error; codes that are not known here go by their status."""
    if code in BY_CODE:
        return BY_CODE[code]
    return BY_STATUS.get(status, ServerError if status >= 500 else InvalidRequest)
