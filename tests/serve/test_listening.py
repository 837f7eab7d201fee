"""The page that says what listens is compared with what the kernel says."""

import re
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase

import pytest

from deployments.local.listening import ListeningPort, listening
from tests.serve.conftest import PROJECT, Service

pytestmark = pytest.mark.cluster
PAGE = PROJECT / "docs" / "explanation" / "security.md"
WORKERS = range(10002, 20000)


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    processes: tuple[str, ...]
    port: str
    """A name of a chosen port, `any`, or `workers`."""

    def fits(self, found: ListeningPort, ports: dict[str, range]) -> bool:
        """Whether the line is about a port."""
        named = any(fnmatchcase(found.process, process) for process in self.processes)
        return named and (self.port == "any" or found.port in ports[self.port])


def rows() -> list[Row]:
    """The table of the page, whose first column names processes and second a port."""
    section = PAGE.read_text().split("## What listens\n")[1].split("\n## ")[0]
    lines = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| `")]
    return [Row(tuple(re.findall("`([^`]+)`", who)), port_of(port)) for who, port in lines]


def port_of(cell: str) -> str:
    if named := re.search("`([a-z_]+)`", cell):
        return named[1]
    return "any" if cell.strip() == "any" else "workers"


@pytest.fixture
def found(service: Service) -> list[ListeningPort]:
    return listening(service.running.instance)


@pytest.fixture
def ports(service: Service) -> dict[str, range]:
    """Where each name's port lies in this cluster; the ingress has five hundred."""
    running = service.running
    single = {name: range(port, port + 1) for name, port in asdict(running.ports).items()}
    more = {
        "http": range(running.http, running.http + 1),
        "ingress": range(running.ports.ingress, running.ports.ingress + 500),
        "workers": WORKERS,
    }
    return single | more


def test_every_port_is_on_the_page(found: list[ListeningPort], ports: dict[str, range]) -> None:
    table = rows()
    assert [each for each in found if not any(row.fits(each, ports) for row in table)] == []


def test_everything_on_the_page_listens(
    found: list[ListeningPort], ports: dict[str, range]
) -> None:
    """A page that names what is gone is as wrong as one that leaves something out."""
    assert found
    assert [row for row in rows() if not any(row.fits(each, ports) for each in found)] == []


def test_only_this_machine_reaches_any_of_it(found: list[ListeningPort]) -> None:
    """IPv4 and IPv6, TCP and UDP."""
    assert found
    assert [each for each in found if not each.is_local] == []
