"""What HAProxy answers when no replica does: the one error shape instead of Serve's bare 500.

They say when to come back and carry the request's id. A head that is malformed or never comes
whole (400, 408) is answered before HAProxy reads any rule: see `haproxy_pages`.
"""

from pathlib import Path

from api.middleware.security_headers import ALWAYS, NO_STORE, NOTHING

REPLIES = {
    400: ("invalid_request", "the body is not as its head says, or came too slowly", None),
    408: ("body_timeout", "the body paused for too long", None),
    500: ("internal_error", "the proxy failed", None),
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


def request_id_rules() -> list[str]:
    """Return rules that set ``txn.bw_id`` and have the application use it too.

    They stand before every other: who answers makes no difference.
    """
    own = "{ req.fhdr(x-request-id,1) -m reg ^[A-Za-z0-9._-]{1,64}$ }"
    return [
        "acl bw_one_id req.fhdr_cnt(x-request-id) le 1",
        "http-request set-var(txn.bw_id) uuid,regsub(-,,g)",
        f"http-request set-var(txn.bw_id) req.fhdr(x-request-id,1) if {own}",
        "http-request set-header x-request-id %[var(txn.bw_id)] if bw_one_id",
    ]


def refusal(status: int, code: str, message: str, fields: dict[str, str] | None = None) -> str:
    """Return a rule that answers with an error; a condition may follow."""
    request_id = "%[var(txn.bw_id)]"
    fields = {"X-Request-ID": request_id, **(fields or {}), **security_fields()}
    start = f"http-request return status {status} content-type application/json"
    return f"{start} {_headers(fields)} lf-string '{shape(code, message, request_id)}'"


def _headers(fields: dict[str, str]) -> str:
    return " ".join(f'hdr {name} "{value}"' for name, value in fields.items())


def _reply(status: int, code: str, message: str, retry_after_s: int | None) -> str:
    # Some are given before any rule was read.
    request_id = "%[var(txn.bw_id,unknown)]"
    fields = {"X-Request-ID": request_id} | security_fields()
    if retry_after_s is not None:
        fields["Retry-After"] = str(retry_after_s)
    start = f"http-error status {status} content-type application/json"
    return f"{start} {_headers(fields)} lf-string '{shape(code, message, request_id)}'"
