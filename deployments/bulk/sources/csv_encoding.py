"""In which characters a CSV file was written, found out from all of its bytes."""

import codecs
from collections import Counter
from collections.abc import Iterable

ASCII = bytes(range(0x80))
UNDEFINED = frozenset(b"\x81\x8d\x8f\x90\x9d")
"""Bytes that Windows-1252 has no character for."""
TYPOGRAPHY = frozenset(b"\x80\x82\x84\x85\x8b\x91\x92\x93\x94\x95\x96\x97\x99\x9b")
"""Euro sign, quotes and dashes of Windows-1252: the other bytes up to 0x9F are rare in it."""
PIECES_OF_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def encoding_of(blocks: Iterable[bytes]) -> str:
    """Return the encoding of a text that is ASCII for the most part and bears no mark.

    UTF-8 where most of what is beyond ASCII is UTF-8, so that a rotten row stays one; else
    Windows-1252, or Mac Roman where lines end as old Macs ended them.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    foreign, own, has_lf, in_pieces = Counter[int](), 0, False, False
    for block in blocks:
        has_lf |= b"\n" in block
        if not block.translate(None, ASCII):
            decoder.decode(block)
            continue
        in_pieces |= any(piece in block for piece in PIECES_OF_UTF_16)
        beyond = [ord(each) for each in decoder.decode(block) if each > "\x7f"]
        lost = [code - 0xDC00 for code in beyond if 0xDC80 <= code <= 0xDCFF]
        foreign.update(lost)
        own += len(beyond) - len(lost)
    if own >= sum(foreign.values()) or in_pieces:
        return "utf-8"
    if not has_lf and _is_macintosh(foreign):
        return "mac_roman"
    return "utf-8" if UNDEFINED & foreign.keys() else "cp1252"


def _is_macintosh(found: Counter[int]) -> bool:
    """Say whether most bytes lie where Mac Roman has its letters."""
    letters = sum(n for byte, n in found.items() if byte < 0xA0 and byte not in TYPOGRAPHY)
    return 2 * letters > sum(found.values())
