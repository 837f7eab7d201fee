"""What listens is read from the kernel's tables, by the mark of the processes."""

import subprocess
import sys

import pytest

from deployments.local.listening import ListeningPort, listening

SERVER = """
import socket, sys
held = []
for family, kind, address in (
    (socket.AF_INET, socket.SOCK_STREAM, "127.0.0.1"),
    (socket.AF_INET, socket.SOCK_STREAM, "0.0.0.0"),
    (socket.AF_INET6, socket.SOCK_STREAM, "::1"),
    (socket.AF_INET6, socket.SOCK_STREAM, "::"),
    (socket.AF_INET6, socket.SOCK_STREAM, "::ffff:127.0.0.1"),
    (socket.AF_INET, socket.SOCK_DGRAM, "0.0.0.0"),
):
    server = socket.socket(family, kind)
    server.bind((address, 0))
    if kind == socket.SOCK_STREAM:
        server.listen()
    held.append(server)
print(*(server.getsockname()[1] for server in held), flush=True)
sys.stdin.read()
"""


def test_ports_of_marked_processes_are_found_with_their_reach() -> None:
    """A client's own port is none, and neither is that of a process without the mark."""
    mark = "test-of-listening"
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        env={"BRAINWAV_INSTANCE": mark},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        ports = [int(port) for port in process.stdout.readline().split()]
        by_port = {each.port: each for each in listening(mark)}
        assert sorted(by_port) == sorted(ports)
        reach = [by_port[port].is_local for port in ports]
        assert reach == [True, False, True, False, True, False]
        assert by_port[ports[-1]].protocol == "udp"
        assert listening("nobody's mark") == []
    finally:
        process.communicate()


HERE = ("127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1")
EVERYBODY = ("0.0.0.0", "::", "192.0.2.2", "::ffff:192.0.2.2")


@pytest.mark.parametrize(
    ("address", "local"), [(each, each in HERE) for each in (*HERE, *EVERYBODY)]
)
def test_loopback_is_this_machine_alone(address: str, local: bool) -> None:
    assert ListeningPort("some", "tcp", address, 1).is_local is local
