"""A replica tells the HAProxy of its node the settings: before Serve tells it of the replica.

HAProxy reads its rules when it starts and at each reload, and it is reloaded when replicas come
and go. So settings reach it with the deployment that changes them, by `make up` and by plain
`serve deploy` alike, on every node that has a replica.
"""

import os
from pathlib import Path

from deployments.haproxy.connection_rules import FOLDER, SECRET, connection_rules, secret_from
from deployments.settings.service import ServiceSettings
from telemetry.logs import get_logger

log = get_logger()


def tell_proxy(settings: ServiceSettings) -> str | None:
    """Write the rules of the settings; return the secret by which HAProxy is known.

    Where Ray was started without our wrapper (its environment names no folder) nothing is written,
    connections are unbounded, and the secret is None.
    """
    # What `ray start` was given on this node: neither a setting nor known to who deploys.
    folder, secret = os.environ.get(FOLDER), os.environ.get(SECRET)
    if folder is None:
        return None
    if secret is None and (token := os.environ.get("RAY_AUTH_TOKEN")):
        # So KubeRay hands it to each pod.
        secret = secret_from(token)
    rules = connection_rules(settings.http.connections, settings.identity.trusted_proxies, secret)
    try:
        rules.write(Path(folder))
    except OSError as error:
        log.error("proxy_settings.unwritten", folder=folder, error=str(error))
    return secret
