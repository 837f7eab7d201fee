"""What HAProxy answers when no replica does: the one error shape instead of Serve's bare 500.

They say when to come back and carry the request's id. A head that is malformed or never comes
whole (400, 408) is answered before HAProxy reads any rule, by a page of its own that no setting
changes.
"""

from pathlib import Path

from api.security_headers import ALWAYS, NO_STORE, NOTHING

REPLIES = {
    502: ("unavailable", "the replica ended before its answer did", 1),
    503: ("unavailable", "no replica can be reached", 2),
    504: ("deadline_exceeded", "no replica answered in time", 1),
}
"""Code, message and seconds after which another try makes sense."""


def shape(code: str, message: str, request_id: str, details: str = "{}") -> str:
    """Return the one error shape; values may hold HAProxy's `%[…]`."""
    return (
        f'{{"error":{{"code":"{code}","message":"brAInwav: {message}",'
        f'"request_id":"{request_id}","details":{details}}}}}'
    )


def security_fields() -> dict[str, str]:
    """Return the headers of every answer that is no page."""
    return {name.decode(): value.decode() for name, value in (*ALWAYS, NOTHING, NO_STORE)}


def write_error_replies(folder: Path) -> dict[str, str]:
    """Write lines for HAProxy's `defaults`; return the environment by which they are found."""
    lines = [_reply(status, *reply) for status, reply in REPLIES.items()]
    path = folder / "error_replies.cfg"
    path.write_text("".join(f"    {line}\n" for line in lines))
    return {"BRAINWAV_ERROR_REPLIES": str(path)}


def _reply(status: int, code: str, message: str, retry_after_s: int) -> str:
    request_id = "%[var(txn.bw_id)]"
    fields = {"Retry-After": str(retry_after_s), "X-Request-ID": request_id} | security_fields()
    headers = " ".join(f'hdr {name} "{value}"' for name, value in fields.items())
    start = f"http-error status {status} content-type application/json"
    return f"{start} {headers} lf-string '{shape(code, message, request_id)}'"
