"""The meters of all nodes as the rest of the graph reaches them: all are asked, always.

A broadcast, since a call to any one of them would reach some other node's meter. One is the
usual number.
"""

import asyncio
from typing import Any

from ray.serve.handle import DeploymentHandle

from api.errors import Unavailable
from sustainability.errors import UnknownRequest
from sustainability.modes.profiles import EnergyMode
from sustainability.reporting.report import render
from sustainability.reporting.sci import Embodied
from sustainability.reporting.statements import summed_statement


async def ask_meters(
    handle: DeploymentHandle, method: str, *args: Any, within_s: float
) -> list[Any]:
    """Return the answers of all meters that answer.

    Raises:
        Unavailable: None does.
    """
    try:
        async with asyncio.timeout(within_s):
            response = handle.broadcast(method, *args)
            answers = await response.results_async(return_exceptions=True)
    # Ray, gRPC and Serve have an error each for a replica that is not there.
    except Exception as error:
        raise Unavailable(f"the EnergyMeter: {type(error).__name__}") from error
    good = [answer for answer in answers if not isinstance(answer, BaseException)]
    if not good:
        raise Unavailable("no EnergyMeter answers")
    return good


class EnergyCalls:
    """The energy part of ``api.backend.Backend``."""

    def __init__(self, meters: DeploymentHandle, embodied: Embodied) -> None:
        self.meters = meters
        self._embodied = embodied

    async def report(self, within_s: float) -> dict[str, Any]:
        """Return the report over all nodes."""
        snapshots = await ask_meters(self.meters, "snapshot", within_s=within_s)
        return render(snapshots, self._embodied)

    async def request(self, client: str, request_id: str, within_s: float) -> dict[str, Any]:
        """Return what a request cost on all nodes.

        Raises:
            UnknownRequest: No meter knows it.
        """
        parts = await ask_meters(self.meters, "request", client, request_id, within_s=within_s)
        known = [part for part in parts if part is not None]
        if not known:
            raise UnknownRequest(
                f"request {request_id:.64} was not metered for this client, or is no longer kept"
            )
        return summed_statement(known)

    async def choose(self, mode: EnergyMode, within_s: float) -> dict[str, Any]:
        """Switch the mode on all nodes."""
        states = await ask_meters(self.meters, "choose", mode, within_s=within_s)
        replicas = {name: s for state in states for name, s in state["replicas"].items()}
        return states[0] | {"replicas": replicas}
