"""The part of the backend for those who run the service: what of it a client may see."""

from collections.abc import Sequence

from api.access.identity import Client
from api.operator_backend import ComponentHealth, NodeLines, OperatorBackend
from api.plan_messages import AnswerBody
from reliability.limits.holdings import Holdings
from reliability.slo.history import HistoryWindow
from sustainability.modes.profiles import EnergyMode


class ScopedOperator:
    """Figures of the whole service, for one client."""

    def __init__(self, operator: OperatorBackend, client: Client) -> None:
        self._operator, self._client = operator, client

    async def slo(self) -> AnswerBody:
        """Report on the whole service; the door keeps bound keys from asking."""
        return await self._operator.slo()

    async def slo_history(self, over: HistoryWindow) -> AnswerBody:
        """Report on the whole service; the door keeps bound keys from asking."""
        return await self._operator.slo_history(over)

    async def limits(self) -> Holdings | None:
        """Tell of all clients, to administrators that are bound to no namespace."""
        self._check_overseer()
        return await self._operator.limits()

    async def log_lines(self, request_id: str) -> NodeLines:
        """Tell of anybody's request, to administrators that are bound to no namespace."""
        self._check_overseer()
        return await self._operator.log_lines(request_id)

    async def metrics_text(self) -> bytes:
        """Tell the metrics of the whole service; the door keeps bound keys from asking."""
        return await self._operator.metrics_text()

    async def energy_report(self) -> AnswerBody:
        """Report figures of the whole service, to keys that are bound to no namespace."""
        self._client.check_unbound()
        return await self._operator.energy_report()

    async def request_energy(self, client: str, request_id: str) -> AnswerBody:
        """Look up an own request; whoever is named, nobody sees another's."""
        return await self._operator.request_energy(self._client.name, request_id)

    async def set_energy_mode(self, mode: EnergyMode) -> AnswerBody:
        """Switch the mode, as an administrator."""
        self._client.check_writer()
        self._client.check_administrator()
        return await self._operator.set_energy_mode(mode)

    async def needed_components(self) -> Sequence[ComponentHealth]:
        """Say how the components are that every request needs."""
        return await self._operator.needed_components()

    async def other_components(self) -> Sequence[ComponentHealth]:
        """Say how all others are."""
        return await self._operator.other_components()

    def _check_overseer(self) -> None:
        self._client.check_administrator()
        self._client.check_unbound()
