"""HAProxy's rules for repeating a refusal by itself while it holds; the wrapper puts them in.

They hold three things: which limit counts a request and who sent it, read from the same table as
the application does (``api.access.route_rules``); what the application said of its last refusal
(``api.access.proxy_memory``); the answer, alike to the application's to the byte.

A request is refused here only if the application would refuse it: whatever is not read alike by
both for certain goes through, at the cost of being decided once more. Clients are known by a
digest of what they present, so nobody but the holder of a key can reach what is remembered of it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from api.access.proxy_memory import COUNTED, FIELD, MEMORY_S
from api.access.route_rules import OTHERWISE, PREFIXES, RULES, UNLIMITED, RouteRule
from deployments.haproxy.error_replies import security_fields, shape

MOST_CLIENTS = 100_000
"""Remembered at once, in about 200 bytes each; beyond, the oldest are forgotten first."""
WRAP = 2**32
HALF = 2**31
HANDED_OVER_MS = 5
"""Before its end a refusal is the application's again: HAProxy looks at its clock when it wakes,
and who waited as told may be read by a look that is a little older."""
ONCE = ("x-request-id", "x-api-key", "authorization", "x-forwarded-for")
"""A request with two of one of these is not read alike by everybody."""
GPT = ("until", "limit", "period", "burst", "window", "reset", "ietf")
"""What is remembered of a client and class, by place in HAProxy's array."""
SUM = len(COUNTED)
NOBODY_WAITS_ON = "http-request del-header x-request-disconnect-disabled"
"""Serve lets a client ask that its request be worked on after it has hung up. Here nobody may."""


@dataclass(frozen=True, slots=True)
class RefusalRules:
    """Two pieces of a configuration."""

    frontend: str
    """For the frontend, before it chooses a backend."""
    backends: str
    """For the end of the file."""

    def write(self, folder: Path) -> dict[str, str]:
        """Write both; return the environment by which the wrapper finds them."""
        frontend, backends = folder / "refusals_frontend.cfg", folder / "refusals_backends.cfg"
        frontend.write_text(self.frontend)
        backends.write_text(self.backends)
        return {
            "BRAINWAV_REFUSALS_FRONTEND": str(frontend),
            "BRAINWAV_REFUSALS_BACKENDS": str(backends),
        }


def refusal_rules() -> RefusalRules:
    """Return the rules for the routes of this version."""
    rules = (_limit(), _client(), _remembered(), _counts(), _learned())
    frontend = [NOBODY_WAITS_ON, *chain.from_iterable(rules)]
    frontend.append("use_backend bw_refused if bw_holds")
    return RefusalRules(_indented(frontend), "\n".join(_backends()) + "\n")


def _limit() -> Iterator[str]:
    """Set ``txn.bw_class`` to the class that counts the request; unset: not ours to refuse."""
    yield "acl bw_plain method GET HEAD POST PUT PATCH DELETE"
    # The application decides by the decoded path.
    yield "acl bw_encoded path -m sub %"
    # Answers to browsers of other origins carry CORS fields.
    yield "acl bw_browser req.fhdr(origin) -m found"
    yield f"http-request set-var(txn.bw_class) str({OTHERWISE.limit})"
    # The first that fits counts, so it must be the last that is set.
    for method, prefix, rule in reversed(PREFIXES):
        yield _set_limit(rule, f"{_method(method)}{{ path_beg {prefix} }}")
    for (method, path), rule in RULES.items():
        if "{" not in path:
            yield _set_limit(rule, f"{_method(method)}{{ path {path} }}")
    yield _unset("!bw_plain || bw_encoded || bw_browser")
    for name in ONCE:
        yield _unset(f"{{ req.fhdr_cnt({name}) gt 1 }}")
    yield _unset("{ req.fhdr(x-api-key) -m found } { req.fhdr(authorization) -m found }")


def _client() -> Iterator[str]:
    """Set who it is: ``txn.bw_key`` by the credential, ``txn.bw_place`` by the address too.

    Limit and addresses hold no space and a field never begins with one, so no two clients have
    the same text.
    """
    credential = "%[req.fhdr(x-api-key)] %[req.fhdr(authorization)]"
    address = "%[src]/%[req.fhdr(x-forwarded-for),sha2(256),hex]"
    known = "{ var(txn.bw_class) -m found }"
    for name, origin in (("key", "-"), ("place", address)):
        text = f"%[var(txn.bw_class)] {origin} {credential}"
        yield f'http-request set-var-fmt(txn.bw_{name}) "{text}" if {known}'
        yield f"http-request set-var(txn.bw_{name}) var(txn.bw_{name}),sha2(256) if {known}"


def _remembered() -> Iterator[str]:
    """Set ``txn.bw_left`` to the milliseconds that a refusal still holds, if one is remembered."""
    now = f"date(0,ms),and({WRAP - 1})"
    left = f"sub(txn.bw_now),add({HALF}),and({WRAP - 1}),sub({HALF})"
    yield f"http-request set-var(txn.bw_now) {now} if {{ var(txn.bw_class) -m found }}"
    yield f"acl bw_holds var(txn.bw_left) -m int gt {HANDED_OVER_MS}"
    for name in ("key", "place"):
        until = f"var(txn.bw_{name}),table_gpt(0,bw_denied)"
        found = f"!bw_holds {{ {until} gt 0 }}"
        yield f"http-request set-var(txn.bw_client) var(txn.bw_{name}) if {found}"
        yield f"http-request set-var(txn.bw_left) {until},{left} if {found}"


def _counts() -> Iterator[str]:
    """Tell the application what was refused since it was last told."""
    field = FIELD.decode()
    each = " ".join(f"%[sc_clr_gpc({n},1)]" for n in (SUM, *range(SUM)))
    yield "http-request track-sc1 str(all) table bw_counts"
    yield f"http-request set-header {field} 0 if !bw_holds"
    yield f'http-request set-header {field} "{each}" if !bw_holds {{ sc_get_gpc({SUM},1) gt 0 }}'


def _learned() -> Iterator[str]:
    """Remember what the application told, and keep it from the client."""
    field = FIELD.decode()
    told = "{ var(txn.bw_told) -m found }"
    yield f"http-response set-var(txn.bw_told) res.fhdr({field})"
    yield f"http-response del-header {field}"
    yield "http-response unset-var(txn.bw_told) if !{ var(txn.bw_class) -m found }"
    for name in ("key", "place"):
        whose = f"{{ var(txn.bw_told),field(1,' ') -m str {name} }}"
        yield f"http-response track-sc0 var(txn.bw_{name}) table bw_denied if {whose}"
    yield f"http-response set-var(txn.bw_wait) var(txn.bw_told),field(2,' ') if {told}"
    yield f"http-response set-var(txn.bw_until) date(0,ms),add(txn.bw_wait) if {told}"
    for place in range(1, len(GPT)):
        value = f"var(txn.bw_told),field({place + 2},' ')"
        yield f"http-response sc-set-gpt({place},0) {value} if {told}"
    # Last, since it is what makes the others count.
    yield f"http-response sc-set-gpt(0,0) var(txn.bw_until),and({WRAP - 1}) if {told}"


def _backends() -> Iterator[str]:
    yield "backend bw_denied"
    size = f"size {MOST_CLIENTS} expire {MEMORY_S}s store gpt({len(GPT)})"
    yield f"    stick-table type binary len 32 {size}"
    yield "backend bw_counts"
    yield f"    stick-table type string len 4 size 16 store gpc({SUM + 1})"
    yield "backend bw_refused"
    yield _indented([*_count_refusal(), *_answer()])


def _count_refusal() -> Iterator[str]:
    # Neither Ray's access log nor its metrics: both cost more than the refusal.
    yield "http-request set-log-level silent"
    yield f"http-request sc-inc-gpc({SUM},1)"
    for place, (method, path) in enumerate(COUNTED):
        yield f"http-request sc-inc-gpc({place},1) if {_method(method)}{{ {_path(path)} }}"


def _answer() -> Iterator[str]:
    for place, name in enumerate(GPT[1:], 1):
        value = f"var(txn.bw_client),table_gpt({place},bw_denied)"
        yield f"http-request set-var(txn.bw_{name}) {value}"
    # HAProxy's clock ticks in milliseconds: one more, and who waits as told is never early.
    yield "http-request set-var(txn.bw_ms) var(txn.bw_left),add(1)"
    yield "http-request set-var(txn.bw_s) var(txn.bw_ms),add(999),div(1000)"
    yield "http-request set-var(txn.bw_utc) date"
    yield "http-request set-var(txn.bw_full) var(txn.bw_reset),sub(txn.bw_utc)"
    ietf = "{ var(txn.bw_ietf) -m int 1 }"
    name = '\\"%[var(txn.bw_class)]\\"'
    quota = f'hdr RateLimit-Policy "{name};q=%[var(txn.bw_burst)];w=%[var(txn.bw_window)]"'
    state = f'hdr RateLimit "{name};r=0;t=%[var(txn.bw_full)]"'
    yield f"{_return(quota, state)} if {ietf}"
    yield _return()


def _return(*more: str) -> str:
    fields = {
        "Date": "%[date,http_date]",
        "Retry-After": "%[var(txn.bw_s)]",
        "X-RateLimit-Limit": "%[var(txn.bw_burst)]",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": "%[var(txn.bw_reset)]",
        "X-Request-ID": "%[var(txn.bw_id)]",
    }
    fields |= security_fields()
    headers = [f'hdr {name} "{value}"' for name, value in fields.items()]
    start = "http-request return status 429 content-type application/json"
    return " ".join([start, *headers, *more, f"lf-string '{_BODY}'"])


_BODY = shape(
    "rate_limit_exceeded",
    "rate limit exceeded: %[var(txn.bw_limit)] per %[var(txn.bw_period)] s for "
    "%[var(txn.bw_class)]; try again in %[var(txn.bw_s)] s",
    "%[var(txn.bw_id)]",
    '{"limit":"%[var(txn.bw_class)]","cost":1,"remaining":0,"retry_after_ms":%[var(txn.bw_ms)]}',
)


def _method(method: str | None) -> str:
    if method is None:
        return ""
    return f"{{ method {'GET HEAD' if method == 'GET' else method} }} "


def _path(template: str) -> str:
    if "{" not in template:
        return f"path {template}"
    return "path -m reg ^" + re.sub(r"\{\w+\}", "[^/]+", template) + "$"


def _set_limit(rule: RouteRule, condition: str) -> str:
    if rule.limit == UNLIMITED or rule.access == "open":
        return _unset(condition)
    return f"http-request set-var(txn.bw_class) str({rule.limit}) if {condition}"


def _unset(condition: str) -> str:
    return f"http-request unset-var(txn.bw_class) if {condition}"


def _indented(lines: list[str]) -> str:
    return "".join(f"    {line}\n" for line in lines)
