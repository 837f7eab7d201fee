"""Running totals: of the service, and by endpoint, client, deployment, domain and mode."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

MOST_NAMES = 1000
"""Of one kind; the rest share an account, so that clients cannot fill the memory."""
OTHERS = "(others)"

AccountName = tuple[str, str]
"""Kind (`endpoint`, `client`, …) and name."""


@dataclass(slots=True)
class EnergyAccount:
    """What was used under one name."""

    energy_j: float = 0.0
    emissions_g: float = 0.0
    work_s: float = 0.0
    """CPU seconds, and busy seconds of accelerators."""
    requests: int = 0
    units: float = 0.0


@dataclass(slots=True)
class Totals:
    """The service since its first start; the first equals the sum of the next three."""

    measured_j: float = 0.0
    requests_j: float = 0.0
    overhead_j: float = 0.0
    idle_j: float = 0.0
    emissions_g: float = 0.0
    seconds: float = 0.0
    """Metered."""
    since_utc_s: float = 0.0

    @property
    def conservation_error_j(self) -> float:
        """Return what is missing from the sum: rounding, and nothing else."""
        return self.measured_j - (self.requests_j + self.overhead_j + self.idle_j)

    @property
    def loaded_factor(self) -> float:
        """Return what turns a request's joules into its part of everything that was measured."""
        return self.measured_j / self.requests_j if self.requests_j > 0 else 1.0

    def to_json(self) -> dict[str, float]:
        """Return the fields."""
        return asdict(self)


class Accounts:
    """Accounts by kind and name; remembers which changed since they were written."""

    def __init__(self) -> None:
        self._accounts: dict[AccountName, EnergyAccount] = {}
        self._names: dict[str, int] = {}
        self._changed: set[AccountName] = set()
        self._taken: set[AccountName] = set()
        """Given out to be written, and perhaps not written."""

    def of(self, kind: str, name: str) -> EnergyAccount:
        """Return an account to add to; it counts as changed."""
        key = (kind, name)
        if key not in self._accounts:
            if self._names.get(kind, 0) >= MOST_NAMES:
                key = (kind, OTHERS)
            if key not in self._accounts:
                self._names[kind] = self._names.get(kind, 0) + 1
                self._accounts[key] = EnergyAccount()
        self._changed.add(key)
        return self._accounts[key]

    def each(self, kind: str) -> Iterator[tuple[str, EnergyAccount]]:
        """Return the accounts of a kind."""
        for (own, name), account in self._accounts.items():
            if own == kind:
                yield name, account

    def unwritten(self) -> list[tuple[AccountName, EnergyAccount]]:
        """Return copies of all that changed since the last that is known to be written.

        Memory follows the commit: until ``written`` is called they are returned again.
        """
        self._taken |= self._changed
        self._changed.clear()
        return [(key, replace(self._accounts[key])) for key in self._taken]

    def written(self) -> None:
        """Note that what was last returned as unwritten is written; later changes are not."""
        self._taken.clear()

    def restore(self, key: AccountName, account: EnergyAccount) -> None:
        """Put back what was written."""
        self._names[key[0]] = self._names.get(key[0], 0) + (key not in self._accounts)
        self._accounts[key] = account
