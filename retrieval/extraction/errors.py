"""Why a file gives no text.

UnreadableFile (RetrievalError)
├── UnsupportedFile     content of a kind that is not read, or whose library is not installed
├── EncryptedFile       it needs a password
├── BrokenFile          it begins well and cannot be read
├── FileTooLarge        more bytes, pages, parts or work than the caps
└── NoText              it is read and holds no text, as a scan
"""

from retrieval.errors import RetrievalError


class UnreadableFile(RetrievalError):
    """A file that no document can be made of."""

    code = "unreadable_file"


class UnsupportedFile(UnreadableFile):
    """The content is of a kind that is not read here, whatever the file is called."""

    code = "unsupported_file_type"


class EncryptedFile(UnreadableFile):
    """The file opens with a password only."""

    code = "encrypted"


class BrokenFile(UnreadableFile):
    """The file is of a known kind and cannot be read."""

    code = "broken_file"


class FileTooLarge(UnreadableFile):
    """More bytes, pages or parts than the caps, or too much work."""

    code = "file_too_large"


class NoText(UnreadableFile):
    """The file has pages and no text on them."""

    code = "no_text"


KINDS_OF_REFUSAL: dict[str, type[UnreadableFile]] = {
    kind.__name__: kind
    for kind in (UnsupportedFile, EncryptedFile, BrokenFile, FileTooLarge, NoText)
}
"""By name, as they travel between processes."""
