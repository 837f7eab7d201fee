"""HAProxy's bounds on connections: how many, of whom, and how long one that does nothing stays.

A connection costs whoever opens it nothing, and a proxy has a fixed number of places: without a
bound for each source one address that opens them all and is silent locks everybody out.

Sources beyond their bound are refused before anything is read of them; the first few beyond it are
told so (429), since it may be somebody's pool of connections that is too large. The nearer all
places are to be taken, the fewer one source may have, so that many sources together do not
lock others out either. Trusted proxies are exempt: behind one all users are a single source, and
shares go by client in the application.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit

from deployments.haproxy.error_replies import refusal, request_id_rules
from deployments.settings.service import ConnectionSettings

FOLDER = "BRAINWAV_CONNECTIONS"
"""Names the folder of these files to the wrapper, and to the replicas that write them anew."""
SECRET = "BRAINWAV_PROXY_SECRET"
"""By it the application knows HAProxy; in the environment of both."""
MOST_SOURCES = 100_000
"""Whose connections are counted at once, in about 150 bytes each."""
SPARE_FILES = 256
TOLD = 64
"""Connections beyond a source's bound that are still read, and answered 429."""
MOST_HEAD_BYTES = 16_384
MOST_TARGET_BYTES = 8_192
BUFFER_BYTES = 32_768
"""HAProxy's: a head that does not fit is refused by a page of its own, so twice what we take."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
"""Others would be `Invalid HTTP request received.` of the server behind."""
UNWELCOME = (400, 401, 405, 408, 414, 421, 431, 501)
"""Answers after which a connection that never had a better one is closed."""
ASKING = ("/search", "/embed", "/v1/embeddings")
"""Routes whose POST changes nothing."""
CROWDED = ((3, 4, 8), (7, 8, 64))
"""When so much of all places is taken, a source may have that part of its bound."""


@dataclass(frozen=True, slots=True)
class ConnectionRules:
    """Pieces of a configuration, and the places of all."""

    most: int
    defaults: str
    frontend: str
    """Right behind `bind`, before every other rule."""
    backends: str
    nowhere: str
    """For the backend of what is no application's."""
    not_yet: str
    """For the same backend while HAProxy knows of no application: it has just begun, or Serve's
    controller has. A 404 would say that documents are not there."""

    def write(self, folder: Path) -> dict[str, str]:
        """Write all; return the environment by which the wrapper finds them."""
        for name, text in (
            ("connections_most", f"{self.most}\n"),
            ("connections_defaults.cfg", self.defaults),
            ("connections_frontend.cfg", self.frontend),
            ("connections_backends.cfg", self.backends),
            ("connections_nowhere.cfg", self.nowhere),
            ("connections_not_yet.cfg", self.not_yet),
        ):
            # Whole or not at all: HAProxy may be starting.
            fresh = folder / f"{name}.{os.getpid()}"
            fresh.touch(0o600)
            fresh.write_text(text)
            fresh.replace(folder / name)
        return {FOLDER: str(folder)}


def secret_from(token: str) -> str:
    """Return the secret of a cluster by Ray's token, which every node of it has."""
    return hashlib.sha256(f"proxy {token.strip()}".encode()).hexdigest()[:32]


def within(settings: ConnectionSettings, most_files: int) -> ConnectionSettings:
    """Return the settings that a process keeps which may open so many files.

    HAProxy needs two for a connection, two for every fourth's pipe and some hundred besides, and
    does not start if it cannot have them. No source has more than a quarter of all places.
    """
    files = most_files if most_files != RLIM_INFINITY else 2**31
    most = max(16, min(settings.most, (files - SPARE_FILES) * 2 // 5))
    bounds = {"most": most, "most_per_source": min(settings.most_per_source, most // 4)}
    return settings.model_copy(update=bounds)


def connection_rules(
    settings: ConnectionSettings, trusted: Sequence[str] = (), secret: str | None = None
) -> ConnectionRules:
    """Return the rules of the settings.

    Args:
        trusted: Networks of proxies, in which no source is bounded.
        secret: What the application knows HAProxy by; without it, it is not told the source.
    """
    # HAProxy runs beside us, under the same limit.
    settings = within(settings, getrlimit(RLIMIT_NOFILE)[1])
    frontend = [
        *_bounds(settings, trusted),
        *request_id_rules(),
        _over(settings),
        *_manners(),
        *_source(secret),
        *_of_serve(),
        _once(),
        *_keep_alive(settings),
    ]
    return ConnectionRules(
        settings.most,
        _indented(_timeouts(settings)),
        _indented(frontend),
        "backend bw_sources\n"
        f"    stick-table type ipv6 size {MOST_SOURCES} expire 10m store conn_cur\n",
        _indented([refusal(404, "not_found", "Not Found") + " if TRUE"]),
        _indented([_not_yet() + " if TRUE"]),
    )


def _not_yet() -> str:
    message = "no application is deployed, or the proxy has just begun; try again shortly"
    return refusal(503, "unavailable", message, {"Retry-After": "2"})


def _timeouts(settings: ConnectionSettings) -> Iterator[str]:
    yield f"timeout client {settings.stalled_s}s"
    yield f"timeout client-fin {settings.head_s}s"
    yield f"timeout http-request {settings.head_s}s"
    yield f"timeout http-keep-alive {settings.idle_s}s"
    # Browsers connect ahead: whoever said nothing is told nothing when its time is up.
    yield "option http-ignore-probes"


def _bounds(settings: ConnectionSettings, trusted: Sequence[str]) -> Iterator[str]:
    most = settings.most_per_source
    if trusted:
        yield f"acl bw_trusted src {' '.join(trusted)}"
    whose = " if !bw_trusted" if trusted else ""
    # An access network's customer has a /64 of IPv6, as in reliability.identity.client_address.
    yield f"tcp-request connection track-sc2 src,ipmask(32,64) table bw_sources{whose}"
    yield f"tcp-request connection reject if {{ sc2_conn_cur gt {most + TOLD} }}"
    for part, of, divisor in CROWDED:
        crowded = settings.most * part // of
        share = max(1, most // divisor)
        yield (
            f"tcp-request connection reject if {{ fe_conn gt {crowded} }} "
            f"{{ sc2_conn_cur gt {share} }}"
        )
    over = f"{{ sc2_conn_cur gt {most} }}"
    yield f"tcp-request connection set-var(sess.bw_over) bool(true) if {over}"


def _over(settings: ConnectionSettings) -> str:
    most = settings.most_per_source
    answer = refusal(
        429,
        "too_many_connections",
        f"more than {most} connections of one address at once; reuse them, or close some",
        {"Retry-After": "1", "Connection": "close"},
    )
    return f"{answer} if {{ var(sess.bw_over) -m found }}"


def _manners() -> Iterator[str]:
    """Refuse what the server behind would answer in its own words, and what nobody needs."""
    answer = refusal(431, "head_too_large", f"a head has at most {MOST_HEAD_BYTES} bytes")
    yield f"{answer} if {{ req.hdrs,length gt {MOST_HEAD_BYTES} }}"
    answer = refusal(414, "target_too_long", f"a path has at most {MOST_TARGET_BYTES} bytes")
    yield f"{answer} if {{ url,length gt {MOST_TARGET_BYTES} }}"
    answer = refusal(405, "method_not_allowed", "Method Not Allowed")
    yield f"{answer} if !{{ method {' '.join(METHODS)} }}"
    # There are no websockets here, and the server behind would answer in its own words.
    yield "http-request del-header upgrade"


def _source(secret: str | None) -> Iterator[str]:
    """Tell the application who connected, and let nobody else do so."""
    if secret is None:
        yield "http-request del-header x-brainwav-source"
    else:
        yield f'http-request set-header x-brainwav-source "{secret} %[src]"'


def _of_serve() -> Iterator[str]:
    """Decide ourselves what Serve lets a request's head decide."""
    # Serve would read a whole body into memory to learn that its client went;
    # `api.middleware.hang_ups` does it.
    yield "http-request set-header x-request-disconnect-disabled ?1"
    # Deadlines are ours, and answered in our words.
    yield "http-request del-header x-request-timeout-seconds"


def _once() -> str:
    """Have only questions sent again: by the wrapper HAProxy repeats what a replica died over.

    A write may have happened, and one without ids would happen twice.
    """
    return f"http-request disable-l7-retry unless METH_GET or {{ path {' '.join(ASKING)} }}"


def _keep_alive(settings: ConnectionSettings) -> Iterator[str]:
    """Close after an answer what did nothing of use yet, and everything while it is crowded."""
    yield "http-after-response set-var(sess.bw_welcome) bool(true) if { status lt 400 }"
    statuses = " ".join(map(str, UNWELCOME))
    close = "http-after-response set-header connection close"
    yield f"{close} if {{ status {statuses} }} !{{ var(sess.bw_welcome) -m found }}"
    part, of, _ = CROWDED[0]
    yield f"{close} if {{ fe_conn gt {settings.most * part // of} }}"


def _indented(lines: Iterator[str] | list[str]) -> str:
    return "".join(f"    {line}\n" for line in lines)
