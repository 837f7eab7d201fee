"""The shape of JSON, counted while its bytes come in, so that no parser meets what chokes it.

Values, members and nesting are counted at the speed of `bytes.split` and numpy: what stands in
strings is cut away first. For JSON the counts are exact; of anything else they only say that a
parser, which stops at the first mistake, has met no more than that until then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

PIECE_BYTES = 64 * 1024
"""Looked at in one go; about a millisecond at worst."""
MAX_SPACE_BYTES = 256 * 1024
"""Of pieces that are nothing but spaces between two signs; no indentation is as deep."""
MAX_LITERAL_BYTES = 128
"""Of a number; a decimal of arbitrary precision is shorter."""

_DELTA = np.zeros(256, np.int8)
_DELTA[list(b"[{")] = 1
_DELTA[list(b"]}")] = -1
_IS_DELIMITER = np.zeros(256, np.bool_)
_IS_DELIMITER[list(b'[]{},:"')] = True
_IS_FRACTION = np.zeros(256, np.bool_)
_IS_FRACTION[list(b".eE")] = True
_LONG_INTEGER_BYTES = 19
"""From so many characters on an integer may lie beyond 64 bits."""
_INT64, _UINT64 = -(2**63), 2**64


@dataclass(frozen=True, slots=True)
class ShapeBounds:
    """What a body may hold."""

    max_values: int
    """Scalars, lists and objects together; the names of members are not counted."""
    max_depth: int
    """Lists and objects within each other."""
    max_string_bytes: int
    """Of one string as it is written."""


class ShapeError(Exception):
    """The body is refused for its shape; ``code`` says which bound."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message, code)
        self.message = message
        self.code = code


@dataclass(slots=True)
class Borders:
    """Where the body's outer structure lies; positions are bytes from its beginning."""

    commas_1: list[NDArray[np.int64]] = field(default_factory=list)
    """Between the members of the outermost object."""
    commas_2: list[NDArray[np.int64]] = field(default_factory=list)
    """Between the items of the lists (or objects) that are its members."""
    opened_2: list[NDArray[np.int64]] = field(default_factory=list)
    closed_2: list[NDArray[np.int64]] = field(default_factory=list)


class JsonShape:
    """Counts what a body holds, piece by piece.

    Args:
        bounds: Passing one of them raises in the very piece that does.
        with_borders: Remember where members and items end, so that they can be parsed apart.
    """

    def __init__(self, bounds: ShapeBounds, with_borders: bool = False) -> None:
        self.values = 1
        self.members = 0
        self.deepest = 0
        self.has_surrogate_escapes = False
        self.borders = Borders() if with_borders else None
        self._bounds = bounds
        self._depth = 0
        self._in_string = False
        self._string_bytes = 0
        self._quotes = 0
        self._held = b""
        """A backslash whose partner is still to come."""
        self._tail = b""
        """The last delimiter and what of a number or word came after it."""
        self._position = 0
        self._space_bytes = 0

    def feed(self, piece: bytes) -> None:
        """Count the next bytes, at most ``PIECE_BYTES`` for a bounded time.

        Raises:
            ShapeError: A bound is passed: ``too_many_values``, ``too_deep``,
                ``text_too_long``, ``invalid_number``, ``invalid_request``.
        """
        if not self._in_string and piece.isspace():
            self._skip(len(piece))
            return
        self._space_bytes = 0
        data = self._held + piece
        start = self._position - len(self._held)
        self._position += len(piece)
        data = self._without_escapes(data)
        if self._in_string and b'"' not in data:
            self._grow(len(data))
            return
        parts = self._parts(data)
        # Every string leaves its opening quote behind: `["a"]` is no empty list.
        outside = parts[self._in_string :: 2]
        structure = b'"'.join(outside)
        starts_in_string = self._in_string
        self._in_string = starts_in_string ^ (len(parts) % 2 == 0)
        if self._in_string:
            structure += b'"'
            self._string_bytes = 0
            self._grow(len(parts[-1]))
        depths = self._nest(structure)
        if self.borders is not None and depths is not None:
            self._mark(structure, depths, parts, starts_in_string, start)
        self._count(structure.translate(None, b" \t\r\n"))

    def end(self) -> None:
        """Look at what was left for a next piece.

        Raises:
            ShapeError: ``invalid_number``.
        """
        self._check_number(self._tail)

    def _skip(self, count: int) -> None:
        self._position += count
        self._space_bytes += count
        if self._space_bytes > MAX_SPACE_BYTES:
            message = f"the body holds more than {MAX_SPACE_BYTES} spaces side by side"
            raise ShapeError(message, "invalid_request")

    def _without_escapes(self, data: bytes) -> bytes:
        """Return data of the same length in which no quote is escaped."""
        self._held = b""
        if b"\\" not in data:
            return data
        if (len(data) - len(data.rstrip(b"\\"))) % 2:
            self._held, data = b"\\", data[:-1]
        data = data.replace(b"\\\\", b"__").replace(b'\\"', b"__")
        if b"\\ud" in data or b"\\uD" in data or data.endswith((b"\\u", b"\\")):
            self.has_surrogate_escapes = True
        return data

    def _parts(self, data: bytes) -> list[bytes]:
        quotes = data.count(b'"')
        self._quotes += quotes
        # Each string is a value or the name of one.
        if self._quotes > 4 * self._bounds.max_values + 2:
            raise self._too_many()
        parts = data.split(b'"')
        if self._in_string:
            self._grow(len(parts[0]))
        return parts

    def _grow(self, count: int) -> None:
        self._string_bytes += count
        most = self._bounds.max_string_bytes
        if self._string_bytes > most:
            raise ShapeError(f"a string of the body has more than {most} bytes", "text_too_long")

    def _nest(self, structure: bytes) -> NDArray[np.int64] | None:
        """Return the depth after each byte, None where it does not change or matter."""
        codes = np.frombuffer(structure, np.uint8)
        depths = _DELTA[codes].cumsum(dtype=np.int64)
        if not len(depths):
            return None
        depths += self._depth
        self._depth = int(depths[-1])
        self.deepest = max(self.deepest, int(depths.max()))
        if self.deepest > self._bounds.max_depth:
            raise ShapeError(
                f"the body is nested more than {self._bounds.max_depth} deep", "too_deep"
            )
        return depths

    def _count(self, structure: bytes) -> None:
        compact = self._tail + structure
        empty = compact.count(b"[]") + compact.count(b"{}")
        opened = structure.count(b"[") + structure.count(b"{")
        self.values += structure.count(b",") + opened - empty
        self.members += structure.count(b":")
        # A list that was only just opened may yet be empty.
        if self.values - compact.endswith((b"[", b"{")) > self._bounds.max_values:
            raise self._too_many()
        self._check_literals(compact)

    def _check_literals(self, compact: bytes) -> None:
        """Look at the numbers, and keep one that may go on in the next piece."""
        codes = np.frombuffer(compact, np.uint8)
        ends = np.flatnonzero(_IS_DELIMITER[codes])
        last = int(ends[-1]) if len(ends) else 0
        self._tail = compact[last:]
        before = np.concatenate(([-1], ends, [len(compact)]))
        lengths = np.diff(before) - 1
        if lengths.max(initial=0) > MAX_LITERAL_BYTES:
            raise ShapeError(
                f"a number of the body has more than {MAX_LITERAL_BYTES} digits", "invalid_number"
            )
        long = np.flatnonzero(lengths[:-1] >= _LONG_INTEGER_BYTES)
        if len(long):
            # Vectors are long fractions, hundreds of them: they are told apart all at once.
            fractions = np.concatenate(([0], _IS_FRACTION[codes].cumsum(dtype=np.int32)))
            long = long[fractions[before[long] + 1] == fractions[before[long + 1]]]
        for index in long:
            self._check_number(compact[before[index] + 1 : before[index + 1]])

    def _check_number(self, text: bytes) -> None:
        digits = text.lstrip(b'[]{},:"').removeprefix(b"-")
        if not digits.isdigit():
            return
        number = -int(digits) if b"-" in text else int(digits)
        if not _INT64 <= number < _UINT64:
            raise ShapeError(
                f"an integer of the body lies beyond 64 bits: {number}", "invalid_number"
            )

    def _mark(
        self,
        structure: bytes,
        depths: NDArray[np.int64],
        parts: Sequence[bytes],
        starts_in_string: bool,
        start: int,
    ) -> None:
        borders = self.borders
        assert borders is not None
        codes = np.frombuffer(structure, np.uint8)
        deltas = _DELTA[codes]
        commas = codes == ord(",")
        found = (
            (borders.commas_1, commas & (depths == 1)),
            (borders.commas_2, commas & (depths == 2)),
            (borders.opened_2, (deltas == 1) & (depths == 2)),
            (borders.closed_2, (deltas == -1) & (depths == 1)),
        )
        if not any(mask.any() for _, mask in found):
            return
        lengths = np.fromiter(map(len, parts), np.int64, len(parts))
        begins = np.concatenate(([0], (lengths + 1).cumsum()[:-1]))[starts_in_string::2]
        within = np.concatenate(([0], (lengths[starts_in_string::2] + 1).cumsum()[:-1]))
        for kept, mask in found:
            indices = np.flatnonzero(mask)
            if len(indices):
                part = np.searchsorted(within, indices, side="right") - 1
                kept.append(start + begins[part] + indices - within[part])

    def _too_many(self) -> ShapeError:
        return ShapeError(
            f"the body holds more than {self._bounds.max_values} values", "too_many_values"
        )
