"""Whether the commands can ask the service that a configuration describes.

`up` waits for it, and `status`, `search` and the others ask it, at http://127.0.0.1 and its port.
Elsewhere `brainwav deploy --service ADDRESS` knows another address.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from deployments.checking.config import GRAPH
from deployments.preflight.checks import FAILED, OK, Check

NAME = "address"
HOSTS = ("127.0.0.1", "localhost", "0.0.0.0", "::")
"""Of HTTP: all of them answer at 127.0.0.1."""


def check(config: Mapping[str, Any]) -> Check:
    """Look whether the service will answer where it is asked."""
    http = config.get("http_options") or {}
    url = f"http://127.0.0.1:{http.get('port', 8000)}/"
    if found := list(_elsewhere(config, http)):
        said = f"the service is asked at {url}, and it would not answer there: {'; '.join(found)}"
        return Check(NAME, FAILED, f"{said} (`brainwav deploy --service` knows other addresses)")
    return Check(NAME, OK, f"the service is asked at {url}")


def _elsewhere(config: Mapping[str, Any], http: Mapping[str, Any]) -> Iterator[str]:
    host = http.get("host", HOSTS[0])
    if host not in HOSTS:
        yield f"http_options.host is {host}, not one of {', '.join(HOSTS)}"
    if http.get("ssl_certfile") is not None:
        yield "with http_options.ssl_certfile it speaks TLS; let a proxy before it do that"
    for index, app in enumerate(config["applications"]):
        prefix = app.get("route_prefix", "/")
        if app.get("import_path") == GRAPH and prefix != "/":
            yield f"applications[{index}].route_prefix is {prefix}, not /"
