"""A service that others can reach needs API keys: refused at start otherwise."""

import ipaddress
import time
from pathlib import Path

from reliability.errors import KeyFileError
from reliability.identity.api_keys import read_keys

ADVICE = (
    "make one with `brainwav keys create --name NAME`, set `args.identity.keys_file` to its "
    "file, or bind `http_options.host` to 127.0.0.1"
)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def problem(host: str, keys_file: Path | None) -> str | None:
    """Return why a service must not start like this, or None.

    Args:
        host: What HTTP binds to.
        keys_file: None where API keys are off.
    """
    if keys_file is None:
        if is_loopback(host):
            return None
        return f"HTTP binds to {host}, which others can reach, without API keys: {ADVICE}"
    try:
        keys = read_keys(keys_file)
    except KeyFileError as error:
        return f"{error}: {ADVICE}"
    if all(key.revoked_at is not None or key.expired(time.time()) for key in keys.values()):
        return f"{keys_file} holds no valid API key: {ADVICE}"
    return None
