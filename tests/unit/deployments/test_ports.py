"""Two clusters that start together never choose the same port."""

import os
import socket
from dataclasses import asdict
from pathlib import Path

import pytest

from deployments.local.ports import NOTE, STARTING_S, reserve

NOW_S = 1_800_000_000.0


def cluster_folder(root: Path, name: str) -> Path:
    """A cluster's run folder, as `make up` names it."""
    folder = root / f"bw-{name}"
    folder.mkdir(exist_ok=True)
    return folder


def chosen(root: Path, name: str, alive: tuple[str, ...] = (), now_s: float = NOW_S) -> set[int]:
    """Reserve ports for a cluster whose note is as old as the clock says."""
    folder = cluster_folder(root, name)
    ports = reserve(folder, name, lambda instance: instance in alive, now_s)
    os.utime(folder / NOTE, (now_s, now_s))
    return set(asdict(ports).values())


def test_a_cluster_that_has_not_bound_its_ports_yet_keeps_them(tmp_path: Path) -> None:
    """Between choosing and binding lie seconds; the note covers them."""
    assert not chosen(tmp_path, "a") & chosen(tmp_path, "b")


def test_a_running_cluster_keeps_its_ports_however_old_its_note(tmp_path: Path) -> None:
    """HAProxy binds some of them only with the first deployment."""
    first = chosen(tmp_path, "a")
    assert not first & chosen(tmp_path, "b", alive=("a",), now_s=NOW_S + 10 * STARTING_S)


def test_the_ports_of_a_dead_cluster_are_free_again(tmp_path: Path) -> None:
    """A note that nobody stands behind expires."""
    first = chosen(tmp_path, "a")
    assert first & chosen(tmp_path, "b", now_s=NOW_S + STARTING_S)


def test_a_cluster_that_starts_again_is_not_in_its_own_way(tmp_path: Path) -> None:
    """Its own note is replaced."""
    assert chosen(tmp_path, "a") & chosen(tmp_path, "a")


@pytest.mark.parametrize("torn", ["", "[]", "{}", '{"instance": "a"}', '{"ports": 3}'])
def test_a_torn_note_takes_nothing(tmp_path: Path, torn: str) -> None:
    """A start that was interrupted does not stop the next one."""
    (cluster_folder(tmp_path, "a") / NOTE).write_text(torn)
    assert chosen(tmp_path, "b")


def test_a_port_that_somebody_has_bound_is_passed_over(tmp_path: Path) -> None:
    """Whoever it is, and without a note."""
    free = chosen(tmp_path, "a")
    with socket.socket() as other:
        # As servers do: a port whose last connections have just ended can be had.
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken = next(port for port in sorted(free) if other.bind(("", port)) is None)
        other.listen()
        assert taken not in chosen(tmp_path, "a")
