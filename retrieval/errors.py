"""Everything the retrieval package refuses, as one tree.

RetrievalError (ValueError)
├── InvalidDocument
│   ├── InvalidDocumentId
│   ├── InvalidMetadata
│   ├── WrongDimension
│   └── NonFiniteVector
├── InvalidNamespace
├── InvalidSearch
├── InvalidSettings
├── InvalidTime
├── InvalidFilter
│   ├── UnknownFilterField
│   └── TypeMismatch
├── TooManyFields
├── IncompatibleIndex
├── OtherModel
├── NotFound
├── PreconditionFailed
├── WriteConflict
├── WriterReplaced
└── StorageFailed
    └── StorageFull
"""

from __future__ import annotations

from collections.abc import Mapping

SHOWN_CHARACTERS = 80


def shown(value: object) -> str:
    """Return a caller's value for a message: short, and never an error of its own."""
    try:
        text = repr(value)
    # Thousands of digits, or lists in lists without end, have no repr.
    except (ValueError, RecursionError):
        return f"a value of type {type(value).__name__} too long to show"
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"


class RetrievalError(ValueError):
    """A refusal with a stable ``code`` and, where known, the offending place.

    Both travel in ``args``, so the error survives pickling between processes.
    """

    code = "retrieval_error"
    of_input = True
    """Whether the caller's input is at fault; else the same call may succeed another time."""

    def __init__(self, message: str, where: str | None = None) -> None:
        super().__init__(message, where)

    @property
    def message(self) -> str:
        """What is wrong, with the offending values."""
        return self.args[0]

    @property
    def where(self) -> str | None:
        """The place in the caller's input, such as ``filter.and.0.field``."""
        return self.args[1]

    def __str__(self) -> str:
        return self.message


class InvalidDocument(RetrievalError):
    """A document that cannot be stored."""

    code = "invalid_document"


class InvalidDocumentId(InvalidDocument):
    """An id that is empty, too long, or would not survive a URL path."""

    code = "invalid_document_id"


class InvalidMetadata(InvalidDocument):
    """Metadata that is nested, too large, or badly named."""

    code = "invalid_metadata"


class WrongDimension(InvalidDocument):
    """A vector whose length is not the index's."""

    code = "wrong_dimension"


class NonFiniteVector(InvalidDocument):
    """A vector that holds NaN or an infinity."""

    code = "non_finite_vector"


class InvalidNamespace(RetrievalError):
    """A namespace that is not a plain lower-case name."""

    code = "invalid_namespace"


class InvalidSearch(RetrievalError):
    """A search request with an impossible limit, weight or mode."""

    code = "invalid_search"


class InvalidSettings(RetrievalError):
    """Settings of a namespace that cannot be kept."""

    code = "invalid_settings"


class InvalidTime(RetrievalError):
    """A time that is no ISO 8601, or that UTC's years 1 to 9999 do not hold."""

    code = "invalid_time"


class InvalidFilter(RetrievalError):
    """A filter that does not parse."""

    code = "invalid_filter"


class UnknownFilterField(InvalidFilter):
    """A filter on a field that no document of the namespace ever had."""

    code = "unknown_filter_field"


class TypeMismatch(InvalidFilter):
    """A filter that compares a field with a value of a type that no document holds in it."""

    code = "type_mismatch"


class TooManyFields(RetrievalError):
    """Documents that bring more metadata fields than their namespace has room for."""

    code = "too_many_fields"

    def __init__(
        self, message: str, where: str | None = None, refused: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message, where)
        self.args = (message, where, dict(refused or {}))

    @property
    def refused(self) -> Mapping[str, str]:
        """What is said of each document without room, by id; the others can be written."""
        return self.args[2]


class IncompatibleIndex(RetrievalError):
    """The index was made by another model, or by a newer release."""

    code = "incompatible_index"
    of_input = False


class OtherModel(RetrievalError):
    """Vectors of one model met those of another, while a service changes models; try again."""

    code = "other_model"
    of_input = False


class NotFound(RetrievalError):
    """No such document, picture or namespace."""

    code = "not_found"


class PreconditionFailed(RetrievalError):
    """The document is another one than the caller has read."""

    code = "precondition_failed"


class WriteConflict(RetrievalError):
    """Another writer kept winning; safe to try again."""

    code = "write_conflict"
    of_input = False


class WriterReplaced(RetrievalError):
    """Another writer took the index over: this one has written its last."""

    code = "writer_replaced"
    of_input = False


class StorageFailed(RetrievalError):
    """The disk or object storage under the index failed; try again."""

    code = "storage_failed"
    of_input = False


class StorageFull(StorageFailed):
    """There is no room left for the index; nothing was written."""

    code = "storage_full"


def is_of_input(error: Exception) -> bool:
    """Say whether what was given may be at fault: other input may then do.

    What the storage does wrong has a class of its own; whatever else there is, some input met.
    """
    if isinstance(error, RetrievalError):
        return error.of_input
    return not isinstance(error, OSError | MemoryError)
