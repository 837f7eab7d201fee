"""What a cluster listens on, as the kernel says: by the mark of its processes, not by intent."""

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from deployments.local import processes

TCP_LISTEN = "0A"
UDP_UNCONNECTED = "07"
_NAMES = (
    (rb"^ray::ServeReplica:[^:]*:(\w+)", "replica of the {}"),
    (rb"^ray::(ServeController|ProxyActor|HAProxyManager|DashboardAgent|RuntimeEnvAgent)", "{}"),
    (rb"^ray-dashboard-(\w+Head)", "dashboard's {}"),
    (rb"/haproxy\0", "HAProxy"),
    (rb"/gcs_server\0", "GCS"),
    (rb"/raylet\0", "raylet"),
    (rb"/dashboard/dashboard\.py\0", "dashboard"),
    (rb"ray\.util\.client\.server", "Ray client"),
)


@dataclass(frozen=True, slots=True, order=True)
class ListeningPort:
    """A port that a process of the cluster is reached on."""

    process: str
    protocol: str
    address: str
    port: int

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it."""
        found = IPv6Address(self.address) if ":" in self.address else IPv4Address(self.address)
        mapped = getattr(found, "ipv4_mapped", None)
        return (mapped or found).is_loopback


def listening(instance: str) -> list[ListeningPort]:
    """Return every TCP and UDP port of an instance's processes, sorted."""
    owners: dict[int, str] = {}
    for pid in processes.family(instance):
        name = name_of(pid)
        owners.update(dict.fromkeys(_socket_inodes(pid), name))
    return sorted(
        ListeningPort(owners[inode], protocol, address, port)
        for protocol, address, port, inode in _bound()
        if inode in owners
    )


def name_of(pid: int) -> str:
    """Return what a process is in this service's words; its program where it is none of them."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return "ended"
    for pattern, name in _NAMES:
        if found := re.search(pattern, command):
            return name.format(*(group.decode() for group in found.groups()))
    return command.split(b"\0")[0].decode(errors="replace")


def _socket_inodes(pid: int) -> Iterator[int]:
    try:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            try:
                target = str(link.readlink())
            except OSError:
                continue
            if target.startswith("socket:["):
                yield int(target[8:-1])
    except OSError:
        return


def _bound() -> Iterator[tuple[str, str, int, int]]:
    for protocol, state in (("tcp", TCP_LISTEN), ("udp", UDP_UNCONNECTED)):
        for version in ("", "6"):
            table = Path(f"/proc/net/{protocol}{version}")
            for line in table.read_text().splitlines()[1:] if table.exists() else ():
                fields = line.split()
                if fields[3] == state:
                    address, port = fields[1].rsplit(":", 1)
                    yield protocol, _address(address), int(port, 16), int(fields[9])


def _address(hexadecimal: str) -> str:
    """Return an address as written; the kernel prints its words in the machine's own order."""
    words = [hexadecimal[n : n + 8] for n in range(0, len(hexadecimal), 8)]
    packed = b"".join(bytes.fromhex(word)[::-1] for word in words)
    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)
