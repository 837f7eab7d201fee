"""Where the service is and who asks: what both clients are made from."""

import os
from typing import Any

URL, KEY = "BRAINWAV_URL", "BRAINWAV_API_KEY"
DEFAULT_URL = "http://127.0.0.1:8000"
CONNECT_S = 10.0
DEADLINE = "X-Request-Deadline-Ms"


def http_options(url: str | None, api_key: str | None, timeout_s: float) -> dict[str, Any]:
    """Return what an `httpx` client is made with.

    Args:
        url: Of the service; else ``BRAINWAV_URL``, else the service of this machine.
        api_key: Else ``BRAINWAV_API_KEY``; none where neither is.
        timeout_s: Seconds without an answer; the service stops working on it then as well.

    Raises:
        ValueError: No address of HTTP.
    """
    address = url or os.environ.get(URL) or DEFAULT_URL
    if not address.startswith(("http://", "https://")):
        raise ValueError(f"{address!r} is no address: it begins with http:// or https://")
    key = api_key or os.environ.get(KEY)
    headers = {DEADLINE: str(round(timeout_s * 1000))}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    return {"base_url": address.rstrip("/"), "headers": headers, "timeout": timeout_s}
