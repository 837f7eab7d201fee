"""What must never stand in a log: keys, vectors, pictures. Cut out before a line is rendered."""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

REDACTED = "[redacted]"
SECRET_NAMES = frozenset(
    {
        "api_key",
        "apikey",
        "authorization",
        "cookie",
        "password",
        "secret",
        "token",
        "x-api-key",
        "redis_url",
    }
)
BULKY_NAMES = frozenset(
    {"embedding", "embeddings", "image", "image_base64", "picture", "vector", "vectors"}
)
MOST_CHARACTERS = 2000
MOST_NUMBERS = 16
"""A longer list of numbers is a vector, whatever it is called."""
_SECRETS = re.compile(
    r"bw_[A-Za-z0-9]+_[A-Za-z0-9_\-]+"  # our own keys
    r"|(?i:bearer)\s+[A-Za-z0-9._~+/\-]+=*"
    r"|\bsk-[A-Za-z0-9_\-]{16,}"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # user:password in an address
    r"|data:image/[\w.+-]+;base64,[A-Za-z0-9+/=]+"
)


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Clean one event; a structlog processor."""
    return {name: _field(str(name), value) for name, value in event.items()}


def cleaned(text: str) -> str:
    """Return a text without anything that looks like a key, and not too long."""
    shorter = text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + "…"
    return _SECRETS.sub(REDACTED, shorter)


def _field(name: str, value: Any) -> Any:
    lowered = name.lower()
    if lowered in SECRET_NAMES or lowered in BULKY_NAMES:
        return REDACTED
    # A trace is long by nature; its end is what matters, so it is cleaned but not cut.
    if lowered == "exception" and isinstance(value, str):
        return _SECRETS.sub(REDACTED, value)
    return _value(value)


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return cleaned(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"[{len(value)} bytes]"
    if isinstance(value, Mapping):
        return {str(name): _field(str(name), inner) for name, inner in value.items()}
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return _sequence(list(value))
    # Arrays, tensors and objects: what they are, never what they hold.
    shape = getattr(value, "shape", None)
    return f"[{type(value).__name__} {tuple(shape)}]" if shape is not None else cleaned(str(value))


def _sequence(values: list[Any]) -> Any:
    if len(values) > MOST_NUMBERS and all(isinstance(value, int | float) for value in values):
        return f"[{len(values)} numbers]"
    return [_value(inner) for inner in values]
