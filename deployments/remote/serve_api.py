"""Serve's REST interface, as the dashboard offers it."""

from collections.abc import Mapping
from typing import Any

import httpx

from deployments.remote.errors import Refused, Unreachable

PATH = "/api/serve/applications/"


class ServeApi:
    """Reads and replaces the configuration of a Serve instance.

    Args:
        dashboard: Such as `http://127.0.0.1:8265`.
        token: Ray's token, where the cluster asks for one.
    """

    def __init__(self, dashboard: str, token: str | None, timeout_s: float = 120.0) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(base_url=dashboard, headers=headers, timeout=timeout_s)

    def put(self, config: Mapping[str, Any]) -> None:
        """Replace the configuration; Serve begins to build it and says nothing of the result.

        Raises:
            Refused: It does not fit Serve's schema, or the token is not right.
        """
        self._ask("PUT", json=dict(config))

    def details(self) -> dict[str, Any]:
        """Return Serve's own account of everything it runs."""
        return self._ask("GET").json()

    def _ask(self, method: str, **more: Any) -> httpx.Response:
        try:
            answer = self._client.request(method, PATH, **more)
        except httpx.HTTPError as error:
            raise Unreachable(f"{self._client.base_url}: {error}") from error
        if answer.is_success:
            return answer
        raise Refused(f"{method} {answer.url}: {answer.status_code} {answer.text[-2000:]}")


def configuration(details: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the configuration that is in force, None where nothing is deployed.

    Serve keeps the applications as they were given to it, whether they ever ran or not.
    """
    apps = [app.get("deployed_app_config") for app in details["applications"].values()]
    known = [app for app in apps if app]
    if not known:
        return None
    kept = {name: details[name] for name in ("proxy_location", "http_options") if details.get(name)}
    return {**kept, "applications": known}


def states(details: Mapping[str, Any]) -> dict[str, str]:
    """Return each application's status."""
    return {name: app["status"] for name, app in details["applications"].items()}


def replica_states(details: Mapping[str, Any]) -> set[str]:
    """Return the states that replicas are in."""
    return {
        replica["state"]
        for app in details["applications"].values()
        for deployment in app.get("deployments", {}).values()
        for replica in deployment.get("replicas", [])
    }
