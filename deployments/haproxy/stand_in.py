"""Another HAProxy stands in for one that died or was stopped, until Serve has started a new one.

Serve notices a dead HAProxy after three failed checks and then starts its manager anew: about ten
seconds in which nobody listens. The wrapper starts this program beside each HAProxy (it uses the
standard library alone, so that it is small). It stands in with the configuration that the dead one
had, and leaves once a new one of Serve's knows the application.

Meanwhile nobody is refused: this program keeps the listening sockets of the one that it watches, so
connections that come while nobody accepts wait in the kernel for the one that stands in.

Only what the kernel says counts: that the process has ended, or that somebody stopped it. One that
runs and answers nobody is ended by HAProxy's own watchdog.
"""

import contextlib
import itertools
import os
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

NOTE = "serving"
"""Holds the process id of the HAProxy that Serve started last, as the wrapper writes it. Without it
nobody stands in."""
STANDING = "stand-in"
"""Is there while somebody does: a HAProxy that knows of no application yet then does not listen."""
LOOK_S = 0.05
LOOKS_STOPPED = 2
"""So often in a row it was seen stopped."""
STARTS_S = 2.0
LONELY_S = 300.0
"""Without a new one for so long, nobody wants a proxy here any more. On a busy machine Serve takes
a minute to see that its own died, to start a manager and to tell it of the application."""
LISTENS = "0A"
"""The kernel's number for that state of a socket."""
DRAINS_S = 60.0
HANDS_ON_S = 0.2
"""HAProxy answers at once; one that is stopped must be seen to be so."""
COUNT = struct.Struct("i")
MOST_SENT = 253
"""Descriptors that HAProxy sends at once."""
BOUND = r"^(\s*bind )[^\s@]*:(\d+)"
"""A line of its configuration by which it listens at a port."""


def main() -> None:
    """Watch the HAProxy of that process id, configuration and binary."""
    pid, config, binary = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    # Ray ends the process group of a worker that ended, and the proxy's manager ends with it.
    os.setsid()
    note = config.parent / NOTE
    door = Door(config, lambda: is_ours(note, pid))
    stopped = await_end(pid, door.keep)
    if not is_ours(note, pid):
        return
    config_text = config.read_text()
    standing = config.parent / STANDING
    standing.touch(0o600)
    try:
        stand_in = start(config_text, config.parent, binary, door.sockets)
        # Only who accepts may have them now: what comes to a socket that nobody accepts from waits.
        door.close()
        if stopped:
            # Who is connected to it waits for nothing; it would go on in the middle of that.
            os.kill(pid, signal.SIGKILL)
        await_successor(note, pid, config)
    finally:
        standing.unlink(missing_ok=True)
    stand_in.send_signal(signal.SIGUSR1)
    with contextlib.suppress(subprocess.TimeoutExpired):
        stand_in.wait(DRAINS_S)
    stand_in.kill()


class Door:
    """The listening sockets of a HAProxy, kept open beside it.

    Args:
        config: Its configuration.
        is_ours: Whether it is still the one that Serve started last. One that is drained or
            followed by another must be the only one that has its sockets: what comes to them
            while it accepts nothing would wait for ever.
    """

    def __init__(self, config: Path, is_ours: Callable[[], bool]) -> None:
        self.sockets: dict[int, int] = {}
        """File descriptors by port."""
        self._config, self._is_ours = config, is_ours
        self._asked = False

    def keep(self) -> None:
        """Get the sockets once HAProxy answers; let go of them where it is ours no more."""
        if not self._is_ours():
            self.close()
        elif not self._asked:
            with contextlib.suppress(OSError):
                self.sockets = listeners(self._config.read_text())
                self._asked = True

    def close(self) -> None:
        """Keep none any more."""
        self._asked = True
        for descriptor in self.sockets.values():
            os.close(descriptor)
        self.sockets = {}


def listeners(config: str) -> dict[int, int]:
    """Return HAProxy's own listening sockets of TCP, by port, as it hands them to a successor.

    The protocol is that of ``haproxy -x`` (``_getsocks`` in HAProxy 2.8, src/cli.c): a count, then
    descriptors in groups with what they are called, each group to be acknowledged.

    Raises:
        OSError: Nobody answers yet.
    """
    admin = re.search(r"stats socket (\S+)", config)
    kept: dict[int, int] = {}
    for descriptor in handed_on(admin[1]) if admin else ():
        port = port_of(descriptor)
        if port is None or port in kept:
            os.close(descriptor)
        else:
            kept[port] = descriptor
    return kept


def handed_on(admin: str) -> list[int]:
    """Return all sockets that the HAProxy at an admin socket hands on, all of them or none.

    Raises:
        OSError: It hands nothing on now.
    """
    received: list[int] = []
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(HANDS_ON_S)
            connection.connect(admin)
            connection.sendall(b"_getsocks\n")
            count = connection.recv(COUNT.size, socket.MSG_WAITALL)
            if len(count) < COUNT.size:
                raise ConnectionError("it hung up: it has not begun, or is ending")
            (wanted,) = COUNT.unpack(count)
            while len(received) < wanted:
                _, group, _, _ = socket.recv_fds(connection, MOST_SENT * 512, MOST_SENT)
                if not group:
                    raise ConnectionError("it hung up in the middle")
                received += group
                connection.sendall(COUNT.pack(len(group)))
    except OSError:
        # What nobody accepts from must not stay open: what comes there would wait for ever.
        for descriptor in received:
            os.close(descriptor)
        raise
    return received


def port_of(descriptor: int) -> int | None:
    """Return the port at which a socket of TCP listens, None for other sockets."""
    with socket.socket(fileno=os.dup(descriptor)) as copy:
        if copy.family not in (socket.AF_INET, socket.AF_INET6):
            return None
        return copy.getsockname()[1]


def await_end(pid: int, look: Callable[[], None]) -> bool:
    """Return when a process has ended, or, with True, when it was stopped.

    Args:
        look: Called at each look.
    """
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    seen, poll = 0, select.poll()
    poll.register(process, select.POLLIN)
    while not poll.poll(LOOK_S * 1000):
        look()
        seen = seen + 1 if state_of(pid) == "T" else 0
        if seen == LOOKS_STOPPED:
            return True
    return False


def state_of(pid: int) -> str:
    """Return the letter by which the kernel says what a process does."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return ""


def is_ours(note: Path, pid: int) -> bool:
    """Whether Serve has started none since, and the proxy is still wanted."""
    with contextlib.suppress(OSError):
        return note.read_text().strip() == str(pid)
    return False


def start(
    config: str, folder: Path, binary: str, door: Mapping[int, int]
) -> subprocess.Popen[bytes]:
    """Start a HAProxy with that configuration and those sockets; return once it answers."""
    path = folder / f"{STANDING}.cfg"
    # It holds what the application knows HAProxy by.
    path.touch(0o600)
    path.write_text(with_door(with_own_sockets(config, folder), door))
    process = subprocess.Popen([binary, "-db", "-f", str(path)], pass_fds=tuple(door.values()))
    ends_s = time.monotonic() + STARTS_S
    while time.monotonic() < ends_s and not answers(folder / f"{STANDING}.sock"):
        time.sleep(LOOK_S / 5)
    return process


def with_own_sockets(config: str, folder: Path) -> str:
    """Return a configuration whose sockets are not those of Serve's HAProxy.

    By its admin socket Serve sees that it died. Names are short: HAProxy takes a path of 97
    characters, and a node's folder has a long one.
    """
    numbers = itertools.count(1)
    config = re.sub(r"(stats socket )\S+", rf"\g<1>{folder}/{STANDING}.sock", config)
    return re.sub(r"(bind unix@)\S+", lambda m: f"{m[1]}{folder}/{next(numbers)}.sock", config)


def with_door(config: str, door: Mapping[int, int]) -> str:
    """Return a configuration that listens at open sockets where there is one for a port."""

    def bound(line: re.Match[str]) -> str:
        port = int(line[2])
        return f"{line[1]}fd@{door[port]}" if port in door else line[0]

    return re.sub(BOUND, bound, config, flags=re.MULTILINE)


def answers(path: Path) -> bool:
    """Whether somebody listens at a socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(str(path)) == 0


def await_successor(note: Path, pid: int, config: Path) -> None:
    """Return when another HAProxy of Serve's knows the application, or none is wanted any more."""
    ends_s = time.monotonic() + LONELY_S
    while time.monotonic() < ends_s and note.exists():
        if not is_ours(note, pid) and knows_application(config) and listens(note, config):
            return
        time.sleep(LOOK_S)


def knows_application(config: Path) -> bool:
    """Whether a configuration sends requests anywhere."""
    with contextlib.suppress(OSError):
        return re.search(r"^\s*use_backend ", config.read_text(), re.MULTILINE) is not None
    return False


def listens(note: Path, config: Path) -> bool:
    """Whether the HAProxy that Serve started last listens at the door itself."""
    with contextlib.suppress(OSError, ValueError):
        own = sockets_of(int(note.read_text()))
        ports = {int(port) for _, port in re.findall(BOUND, config.read_text(), re.MULTILINE)}
        return bool(own & listening(ports))
    return False


def sockets_of(pid: int) -> set[str]:
    """Return the kernel's numbers of the sockets that a process has."""
    folder, numbers = f"/proc/{pid}/fd", set[str]()
    for entry in os.listdir(folder):
        with contextlib.suppress(OSError):
            if (target := os.readlink(f"{folder}/{entry}")).startswith("socket:["):
                numbers.add(target[len("socket:[") : -1])
    return numbers


def listening(ports: set[int]) -> set[str]:
    """Return the kernel's numbers of the sockets that listen at one of these ports."""
    numbers = set[str]()
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == LISTENS and int(fields[1].rpartition(":")[2], 16) in ports:
                    numbers.add(fields[9])
    return numbers


if __name__ == "__main__":
    main()
