"""HAProxy's own pages for heads that it cannot read, in the one error shape: in a copy of it.

Up to 3.2 HAProxy answers a malformed or late head before it reads any rule, by pages that are
compiled in and that no setting changes (haproxy/haproxy#3032). They are texts of the binary. A copy
of it with ours in their place, each no longer than the one it replaces, says the same to clients as
everybody else here does; all else of it is the same to the byte. Whatever does not look as expected
is left alone: HAProxy's pages are right, only not in our shape.
"""

import os
import subprocess
from pathlib import Path

from deployments.haproxy.error_replies import shape
from telemetry.logs import get_logger

log = get_logger()

PAGES = {
    b"400 Bad request": ("invalid_request", "no HTTP request"),
    b"408 Request Time-out": ("head_timeout", "the head came too slowly"),
    b"500 Internal Server Error": ("internal_error", "failed"),
    b"501 Not Implemented": ("not_implemented", "not implemented"),
}
"""By status line, code and message; there is no request id, since no request could be read."""


def with_own_pages(binary: Path, folder: Path) -> Path:
    """Return a HAProxy with our pages: the copy in ``folder``, else ``binary`` itself."""
    try:
        return _copied(binary, folder)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        log.warning("haproxy_pages.unchanged", binary=str(binary), error=str(error))
        return binary


def _copied(binary: Path, folder: Path) -> Path:
    copy = folder / "haproxy"
    made_of = folder / "made_of"
    status = binary.stat()
    version = f"{binary} {status.st_size} {status.st_mtime_ns} {sorted(PAGES.items())}"
    if copy.exists() and made_of.exists() and made_of.read_text() == version:
        return copy
    folder.mkdir(parents=True, exist_ok=True)
    patched = with_pages(binary.read_bytes())
    fresh = folder / f"haproxy.{os.getpid()}"
    fresh.write_bytes(patched)
    fresh.chmod(0o755)
    # The binary looks for its libraries beside itself.
    libraries, link = binary.parent / "lib", folder / "lib"
    link.unlink(missing_ok=True)
    if libraries.is_dir():
        link.symlink_to(libraries)
    # Where the folder allows no programs, none is left there.
    subprocess.run([fresh, "-v"], check=True, capture_output=True, timeout=30)
    # One that runs keeps its file.
    fresh.replace(copy)
    made_of.write_text(version)
    return copy


def with_pages(binary: bytes) -> bytes:
    """Return a binary with our pages in it.

    Raises:
        ValueError: One is not there exactly once, or ours does not fit into its place.
    """
    for line, (code, message) in PAGES.items():
        start = b"HTTP/1.1 " + line + b"\r\nContent-length: "
        at = binary.find(start)
        if at < 0 or binary.find(start, at + 1) >= 0:
            raise ValueError(f"{line.decode()} is not in it once")
        end = binary.index(b"\0", at)
        page = _page(line, shape(code, message, "").encode())
        if len(page) > end - at or b"<html>" not in binary[at:end]:
            raise ValueError(f"no place for {line.decode()}")
        binary = binary[:at] + page.ljust(end - at, b"\0") + binary[end:]
    return binary


def _page(line: bytes, body: bytes) -> bytes:
    head = b"HTTP/1.1 %s\r\nContent-length: %d\r\nContent-Type: application/json\r\n" % (
        line,
        len(body),
    )
    return head + b"Connection: close\r\n\r\n" + body
