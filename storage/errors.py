"""What can be wrong with a file of state.

StorageError
├── StoreDown      it cannot be read or written now: a full disk, a lock; a later try may succeed
├── StoreTaken     another process has it since: this one must not write any more
├── NewerStore     a newer version wrote it, with things in it that this one does not know
└── ForeignStore   it is no file of this component
"""

import sqlite3


class StorageError(Exception):
    """Base of this package's errors; the message names the file."""

    code = "unavailable"


class StoreDown(StorageError, sqlite3.OperationalError):
    """Nothing was changed; the same call may succeed later."""


class StoreTaken(StorageError, sqlite3.OperationalError):
    """Nothing was changed, and this process will not change anything here again."""


class NewerStore(StorageError):
    """Opening it could lose what the newer version keeps there."""


class ForeignStore(StorageError):
    """It is left alone."""
