"""W3C trace context: continue a caller's trace, or begin one.

Source: https://www.w3.org/TR/trace-context/ (version 00). Nothing is sampled or exported here;
Serve's own tracing does that (`tracing_config`). The ids let log lines of all replicas be joined.
"""

import re
import secrets

_FORM = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_NO_TRACE, _NO_SPAN = b"0" * 32, b"0" * 16


def traceparent_of(headers: list[tuple[bytes, bytes]]) -> str:
    """Return the traceparent of this service's span: the caller's trace, or a new one.

    A malformed header begins a new trace, as the recommendation says.
    """
    found = [value for name, value in headers if name == b"traceparent"]
    match = _FORM.fullmatch(found[0].strip()) if len(found) == 1 else None
    if match is None or not _valid(*match.groups()):
        return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"
    return f"00-{match[2].decode()}-{secrets.token_hex(8)}-{match[4].decode()}"


def trace_id(traceparent: str) -> str:
    """Return the trace's id."""
    return traceparent[3:35]


def _valid(version: bytes, trace: bytes, span: bytes, flags: bytes, rest: bytes | None) -> bool:
    if version == b"ff" or trace == _NO_TRACE or span == _NO_SPAN:
        return False
    # Version 00 has exactly four parts; later ones may append.
    return rest is None or version != b"00"
