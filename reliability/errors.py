"""What can be wrong with a limit, a key or a caller.

ReliabilityError
├── CostExceedsBurst    a request dearer than its bucket is deep: waiting never helps
├── AuthorityDown       the owner of the buckets does not answer
├── UnknownKey          an API key that was never issued, or was revoked
├── QueueIsFull         the replica has as many requests running as it may
├── TooManyAtOnce       a client has
├── KeyFileError        the operator's key file cannot be read
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


class QueueIsFull(ReliabilityError):
    """As many requests run as may; one more would only wait."""

    code = "overloaded"


class TooManyAtOnce(ReliabilityError):
    """The client's requests in flight have reached their cap."""

    code = "too_many_concurrent_requests"


class KeyFileError(ReliabilityError):
    """The key file is missing, unreadable, or not what this version writes."""


class ObjectiveFileError(ReliabilityError):
    """The objective file is not valid; the message names document and key."""
