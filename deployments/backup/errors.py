"""What ends a backup or a restore.

BackupError
├── CannotBackUp
├── Torn
├── Damaged
├── TooNew
├── NotEmpty
└── StillRunning
"""


class BackupError(Exception):
    """A refusal; the message says what to do."""


class CannotBackUp(BackupError):
    """The copy would not be whole."""


class Torn(BackupError):
    """A backup that was not finished."""


class Damaged(BackupError):
    """A backup whose files are not the ones that were written."""


class TooNew(BackupError):
    """A backup that a newer release made."""


class NotEmpty(BackupError):
    """There is something where a backup would be restored."""


class StillRunning(BackupError):
    """The service that would be restored runs."""
