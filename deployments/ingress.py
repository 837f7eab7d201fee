"""The Ingress deployment: the HTTP application on a replica."""

from typing import Any

from ray import serve
from ray.serve.handle import DeploymentHandle

from api.app import Service, build_app
from deployments.ray_backend import RayBackend
from deployments.settings import IngressTunables


@serve.deployment()
@serve.ingress()
class Ingress:
    """Serves `api.app` over the handles of the other deployments."""

    def __init__(
        self, embedder: DeploymentHandle, search: DeploymentHandle, writer: DeploymentHandle
    ) -> None:
        self._backend = RayBackend(embedder, search, writer)
        self._tunables = IngressTunables()
        self._service: Service | None = None

    def __serve_build_asgi_app__(self) -> Service:
        """Build the application on the replica, where nothing needs to be pickled."""
        self._service = build_app(self._backend, self._tunables.limits)
        return self._service

    async def reconfigure(self, config: dict[str, Any]) -> None:
        """Change limits and deadlines for the requests that come next."""
        self._tunables = IngressTunables.model_validate(config)
        self._backend.tunables = self._tunables
        if self._service is not None:
            self._service.set_limits(self._tunables.limits)
