"""What follows a picture's end: phones append films and depths; others append archives and pages.

A tail is never stored (``picture_metadata``). It is refused all the same where the file is two
kinds at once on purpose, since somebody else may read it as the other one. That takes more than a
few chance bytes: each signature is looked for in full and its surroundings are checked, so that
random data of 16 MiB is taken for one of these once in a million files. Searching costs about six
milliseconds for each MiB, at the worst twenty.
"""

import re
import struct
from collections.abc import Callable, Iterator

MOST_CANDIDATES = 64
"""Of one signature whose surroundings do not fit. Films have none; more are nobody's chance."""
_ZIP_METHODS = frozenset((0, 1, 6, 8, 9, 12, 14, 93, 95, 97, 98, 99))
_SPACE = re.compile(rb"[\0\t\n\r ]*")
_MARKUP = re.compile(rb"<(?:!doctype|html|script|svg|iframe|body|\?php)(?=[ \t\r\n\f/>]|\Z)")
_TEXT = frozenset(range(0x20, 0x7F)) | frozenset(b"\t\r\n\f")
_TEXT_BYTES = 16
"""So many bytes after a tag are text where it is one."""

SignatureCheck = Callable[[bytes, int], bool]
"""Whether a signature at a place begins what it stands for."""


def other_kind(data: bytes, end: int) -> str | None:
    """Return what kind of document, archive or program follows a picture, None if none does."""
    if end >= len(data):
        return None
    at = _first_byte(data, end)
    if _is_program(data, at) or data.startswith(b"#!/", at) or data.startswith(b"#! /", at):
        return "program"
    for kind, signature, check in _SIGNATURES:
        if _found(data, end, signature, check):
            return kind
    return "page" if _has_markup(data, end) else None


def _first_byte(data: bytes, end: int) -> int:
    padding = _SPACE.match(data, end)
    assert padding is not None
    return padding.end()


def _found(data: bytes, end: int, signature: bytes, check: SignatureCheck) -> bool:
    for count, place in enumerate(_places(data, signature, end)):
        if check(data, place) or count >= MOST_CANDIDATES:
            return True
    return False


def _places(data: bytes, signature: bytes, start: int) -> Iterator[int]:
    place = data.find(signature, start)
    while place >= 0:
        yield place
        place = data.find(signature, place + 1)


def _has_markup(data: bytes, end: int) -> bool:
    # Names of elements have no case; lowering all of it at once is cheaper than asking twice.
    for count, tag in enumerate(_MARKUP.finditer(data[end:].lower())):
        after = data[end + tag.end() : end + tag.end() + _TEXT_BYTES]
        if _TEXT.issuperset(after) or count >= MOST_CANDIDATES:
            return True
    return False


def _is_program(data: bytes, place: int) -> bool:
    """Whether a DOS or Windows program begins here (two bytes alone are anybody's)."""
    if not data.startswith(b"MZ", place):
        return False
    head = data[place : place + 64]
    if head[2:4] == b"\x90\0" or len(head) < 64:
        return True
    (new_header,) = struct.unpack_from("<I", head, 60)
    return data[place + new_header : place + new_header + 4] == b"PE\0\0"


def _is_local_file(data: bytes, place: int) -> bool:
    """Whether a file in a ZIP archive begins here (APPNOTE 4.3.7)."""
    head = data[place + 4 : place + 30]
    if len(head) < 26:
        return False
    version, _, method = struct.unpack_from("<BxHH", head)
    (name_length,) = struct.unpack_from("<H", head, 22)
    return version <= 63 and method in _ZIP_METHODS and 0 < name_length <= 4096


def _is_zip_end(data: bytes, place: int) -> bool:
    """Whether a ZIP archive's directory ends here (APPNOTE 4.3.16)."""
    head = data[place + 4 : place + 22]
    if len(head) < 18:
        return False
    disk, first_disk, here, entries, _, _, _ = struct.unpack("<HHHHIIH", head)
    return (disk, here) == (first_disk, entries)


def _is_elf(data: bytes, place: int) -> bool:
    return data[place + 4 : place + 5] in (b"\1", b"\2") and data[place + 6 : place + 7] == b"\1"


def _is_pdf(data: bytes, place: int) -> bool:
    return data[place + 5 : place + 6] in (b"1", b"2") and data[place + 6 : place + 7] == b"."


def _always(data: bytes, place: int) -> bool:
    return True


_SIGNATURES: tuple[tuple[str, bytes, SignatureCheck], ...] = (
    ("archive", b"PK\x03\x04", _is_local_file),
    ("archive", b"PK\x05\x06", _is_zip_end),
    ("archive", b"Rar!\x1a\x07", _always),
    ("archive", b"7z\xbc\xaf\x27\x1c", _always),
    ("document", b"%PDF-", _is_pdf),
    ("program", b"\x7fELF", _is_elf),
)
