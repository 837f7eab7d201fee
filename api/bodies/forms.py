"""Multipart forms read in memory, by parts that are few and headers that are short.

The framework's parser works byte by byte where a body is made for it, and writes files to a
temporary folder that may be full. Here a part is found at the speed of `bytes.find`, and what
it holds counts among the bytes of bodies in flight (`api.bodies.body_limit`) until the answer is
sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, Headers, UploadFile

from api.errors import BadRequest, at

MAX_HEADER_BYTES = 8 * 1024
"""Of one part."""
MAX_FIELD_BYTES = 1024 * 1024
"""Of one part that is no file."""
MAX_PREAMBLE_BYTES = 64 * 1024
"""Before the first boundary; it is read by nobody."""
_MAX_BOUNDARY_BYTES = 70
"""RFC 2046, 5.1.1."""


@dataclass(frozen=True, slots=True)
class FormBounds:
    """What a form may hold.

    Args:
        fields: The names that are understood, and whether each may come more than once.
        max_parts: All together.
        max_file_bytes: Of one file; of a longer one only so much and a byte more is kept, by
            which its item is found too large.
    """

    fields: Mapping[str, bool]
    max_parts: int
    max_file_bytes: int


class InMemory(BytesIO):
    """A file that the framework need not ask a thread to read."""

    _rolled = False


@dataclass(slots=True)
class _Part:
    name: str
    filename: str | None
    headers: Headers
    data: bytearray = field(default_factory=bytearray)


class FormReader:
    """Takes a form apart while it comes in.

    Args:
        content_type: The request's, ``multipart/form-data`` with its boundary.
        bounds: Passing one of them raises in the very piece that does.

    Raises:
        BadRequest: No boundary.
    """

    def __init__(self, content_type: str, bounds: FormBounds) -> None:
        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if not 1 <= len(boundary) <= _MAX_BOUNDARY_BYTES:
            raise _broken("the form has no boundary of 1 to 70 characters")
        self._border = b"\r\n--" + boundary
        # So that the first boundary is found as all others are.
        self._buffer = bytearray(b"\r\n")
        self._bounds = bounds
        self._part: _Part | None = None
        self._skipped_bytes = 0
        self._state = self._in_data
        self._items: list[tuple[str, str | UploadFile]] = []

    def feed(self, chunk: bytes) -> None:
        """Read on.

        Raises:
            BadRequest: No form, a field that is not understood, or one too many or too large.
        """
        if self._state == self._at_end:
            return
        self._buffer += chunk
        while self._state():
            pass

    def end(self) -> FormData:
        """Return what came.

        Raises:
            BadRequest: The last boundary is missing.
        """
        if self._state != self._at_end:
            raise _broken("the form ends before its last boundary")
        return FormData(self._items)

    def _in_data(self) -> bool:
        found = self._buffer.find(self._border)
        # What may be the beginning of a boundary waits for the rest of it.
        count = found if found >= 0 else max(0, len(self._buffer) - len(self._border) + 1)
        if self._part is None:
            self._skip(count)
        else:
            self._take(self._part, count)
        if found < 0:
            del self._buffer[:count]
            return False
        del self._buffer[: found + len(self._border)]
        self._close_part()
        self._state = self._after_border
        return True

    def _skip(self, count: int) -> None:
        self._skipped_bytes += count
        if self._skipped_bytes > MAX_PREAMBLE_BYTES:
            raise _broken(f"its first boundary is within {MAX_PREAMBLE_BYTES} bytes")

    def _take(self, part: _Part, count: int) -> None:
        if part.filename is not None:
            count = min(count, self._bounds.max_file_bytes + 1 - len(part.data))
        part.data += memoryview(self._buffer)[:count]
        if part.filename is None and len(part.data) > MAX_FIELD_BYTES:
            raise BadRequest(
                f"{part.name} has more than {MAX_FIELD_BYTES} bytes",
                "text_too_long",
                at(part.name),
                413,
            )

    def _after_border(self) -> bool:
        if len(self._buffer) < 2:
            return False
        if self._buffer.startswith(b"--"):
            self._buffer.clear()
            self._state = self._at_end
            return False
        line = self._buffer.find(b"\r\n", 0, MAX_HEADER_BYTES)
        if line < 0:
            return self._wait_for("a boundary ends its line")
        if self._buffer[:line].strip(b" \t"):
            raise _broken("a boundary stands alone in its line")
        # The line's end stays: headers begin after it, or none do.
        del self._buffer[:line]
        self._state = self._in_headers
        return True

    def _in_headers(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n", 0, MAX_HEADER_BYTES + 4)
        if end < 0:
            return self._wait_for(f"a part's headers have at most {MAX_HEADER_BYTES} bytes")
        self._part = self._opened(bytes(self._buffer[2:end]))
        del self._buffer[: end + 4]
        self._state = self._in_data
        return True

    def _wait_for(self, rule: str) -> bool:
        if len(self._buffer) > MAX_HEADER_BYTES:
            raise _broken(rule)
        return False

    def _opened(self, block: bytes) -> _Part:
        pairs = [_header(line) for line in block.split(b"\r\n")]
        disposition = dict(pairs).get(b"content-disposition", b"")
        _, options = parse_options_header(disposition)
        if b"name" not in options:
            raise _broken("every part has a Content-Disposition with a name")
        part = _Part(
            _decoded(options[b"name"]),
            _decoded(options[b"filename"]) if b"filename" in options else None,
            Headers(raw=pairs),
        )
        self._check_name(part.name)
        return part

    def _check_name(self, name: str) -> None:
        bounds = self._bounds
        if name not in bounds.fields:
            known = ", ".join(bounds.fields)
            raise BadRequest(
                f"no field {name[:80]!r} is expected; expected: {known}", None, at(name[:80])
            )
        if not bounds.fields[name] and any(name == other for other, _ in self._items):
            raise BadRequest(f"{name} comes twice", "duplicate_key", at(name))
        if len(self._items) >= bounds.max_parts:
            raise BadRequest(
                f"the form has more than {bounds.max_parts} parts",
                "too_many_items",
                at(name),
                413,
            )

    def _close_part(self) -> None:
        part, self._part = self._part, None
        if part is None:
            return
        if part.filename is not None:
            file = InMemory(bytes(part.data))
            upload = UploadFile(
                file, size=len(part.data), filename=part.filename, headers=part.headers
            )
            self._items.append((part.name, upload))
            return
        try:
            self._items.append((part.name, part.data.decode()))
        except UnicodeDecodeError as error:
            raise BadRequest(
                f"{part.name} is not UTF-8 at byte {error.start}", "invalid_text", at(part.name)
            ) from None

    def _at_end(self) -> bool:
        return False


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    if not colon:
        raise _broken("a part has headers of the form `Name: value`")
    return name.strip().lower(), value.strip()


def _decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _broken(rule: str) -> BadRequest:
    return BadRequest(f"this is no form as RFC 7578 has it: {rule}", None, at("body"), 400)
