"""What can be wrong with a limit, a key or a caller.

ReliabilityError
├── CostExceedsBurst    a request dearer than its bucket is deep: waiting never helps
├── AuthorityDown       the owner of the buckets does not answer
├── UnknownKey          an API key that was never issued, or was revoked
│   └── ExpiredKey      one whose time is over
├── QueueIsFull         the replica has as many requests running as it may
├── TooManyAtOnce       a client has
├── KeyFileError        the operator's key file cannot be read
├── AuditError          the audit log cannot be written or read
├── QuotaExceeded       the key would hold more than it may
├── IdempotencyError    an Idempotency-Key that cannot be used
│   ├── KeyReused       for another body
│   ├── KeyInUse        by a request that still runs
│   └── TooManyOnce     the client keeps too many
├── UnreachableGoal     a goal of scaling that no number of replicas meets
├── JobError            a job that cannot be taken or found
│   ├── UnknownJob      the client has none of that id
│   ├── TooManyJobs     the client has as many as it may
│   └── JobsFull        there is no room for another one of anybody
└── ObjectiveFileError  the objective file promises nonsense, or is not readable
"""


class ReliabilityError(Exception):
    """Base of this package's errors; ``code`` is what HTTP clients see."""

    code = "unavailable"


class CostExceedsBurst(ReliabilityError):
    """The request costs more tokens than the bucket ever holds."""

    code = "batch_too_large"


class AuthorityDown(ReliabilityError):
    """The owner of the buckets did not answer in time, or is gone."""


class UnknownKey(ReliabilityError):
    """No such key; the message never repeats it."""

    code = "invalid_api_key"


class ExpiredKey(UnknownKey):
    """A key that was valid; its holder needs another."""

    code = "expired_api_key"


class QueueIsFull(ReliabilityError):
    """As many requests run as may; one more would only wait."""

    code = "overloaded"


class TooManyAtOnce(ReliabilityError):
    """The client's requests in flight have reached their cap."""

    code = "too_many_concurrent_requests"


class KeyFileError(ReliabilityError):
    """The key file is missing, unreadable, or not what this version writes."""


class AuditError(ReliabilityError):
    """The audit log cannot be written or read; what it would tell of is not done."""

    code = "audit_unavailable"


class QuotaExceeded(ReliabilityError):
    """The key would hold more than it may; what is told beside are numbers."""

    code = "quota_exceeded"

    def __init__(self, message: str, details: dict[str, object] | None = None) -> None:
        super().__init__(message, details)
        self.details = details or {}

    def __str__(self) -> str:
        return str(self.args[0])


class IdempotencyError(ReliabilityError):
    """An Idempotency-Key cannot be used as it was."""

    code = "invalid_idempotency_key"


class KeyReused(IdempotencyError):
    """The same Idempotency-Key came with another body."""

    code = "idempotency_key_reused"


class KeyInUse(IdempotencyError):
    """A request with this Idempotency-Key still runs."""

    code = "idempotency_key_in_use"


class TooManyOnce(IdempotencyError):
    """The client's remembered answers take all the room it may have."""

    code = "too_many_idempotency_keys"


class JobError(ReliabilityError):
    """A job cannot be taken or found."""

    code = "invalid_request"


class UnknownJob(JobError):
    """The client has no job of that id, or none any more."""

    code = "not_found"


class TooManyJobs(JobError):
    """The client's jobs that have not ended are as many, or as large, as they may be."""

    code = "too_many_jobs"


class JobsFull(JobError):
    """All jobs together take the room that there is."""

    code = "jobs_full"


class ObjectiveFileError(ReliabilityError):
    """The objective file is not valid; the message names document and key."""


class UnreachableGoal(ReliabilityError, ValueError):
    """A goal of scaling that means nothing, such as 95 for a share."""
