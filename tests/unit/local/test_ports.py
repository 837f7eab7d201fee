"""Two clusters that start together never choose the same port."""

import json
import os
import socket
from dataclasses import asdict
from pathlib import Path

import pytest

from deployments.local.environment import Ports
from deployments.local.ports import NOTE, PREFERRED, RANGE, STARTING_S, reserve
from deployments.private import NotPrivate

NOW_S = 1_800_000_000.0


def cluster_folder(root: Path, name: str) -> Path:
    """A cluster's run folder, as `make up` names it."""
    folder = root / f"bw-{name}"
    folder.mkdir(exist_ok=True)
    return folder


def chosen(
    root: Path,
    name: str,
    alive: tuple[str, ...] = (),
    now_s: float = NOW_S,
    http_port: int = 8000,
) -> set[int]:
    """Reserve ports for a cluster whose note is as old as the clock says."""
    folder = cluster_folder(root, name)
    ports = reserve(folder, name, lambda instance: instance in alive, now_s, http_port)
    os.utime(folder / NOTE, (now_s, now_s))
    return all_of(ports)


def all_of(ports: Ports) -> set[int]:
    """Every port, the whole range of the ingress replicas and of further nodes among them."""
    single = {name: port for name, port in asdict(ports).items() if name != "ingress"}
    whole = {*single.values(), *range(ports.ingress, ports.ingress + RANGE)}
    assert len(whole) == len(single) + RANGE, f"a port was chosen twice: {ports}"
    return whole


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


def test_twelve_clusters_share_no_port(tmp_path: Path) -> None:
    """Nor do their ranges overlap or reach into what Ray and the kernel hand out."""
    names = [str(number) for number in range(12)]
    found = [chosen(tmp_path, name, alive=tuple(names)) for name in names]
    assert sum(map(len, found)) == len(set().union(*found))
    ours = set().union(*found) - set(asdict(PREFERRED).values())
    assert min(ours) > 19_999
    assert max(ours) < 32_768


def test_the_fallback_proxies_ports_differ_where_both_are_taken(tmp_path: Path) -> None:
    """8500 and 9500 once gave way to the same port."""
    taken = {"instance": "a", "ports": {"one": 8500, "two": 9500, "ingress": 30000}}
    (cluster_folder(tmp_path, "a") / NOTE).write_text(json.dumps(taken))
    ports = reserve(cluster_folder(tmp_path, "b"), "b", lambda _: True, NOW_S)
    assert ports.fallback_http != ports.fallback_grpc
    all_of(ports)


@pytest.mark.parametrize("http_port", [8265, 30_000, 30_499, 21_265, 44_227])
def test_the_services_own_port_is_left_to_it(tmp_path: Path, http_port: int) -> None:
    """HAProxy binds it last; a replica of the ingress must not have it by then."""
    assert http_port not in chosen(tmp_path, "a", http_port=http_port)
    assert http_port not in chosen(tmp_path, "b", alive=("a",))


def test_a_note_of_an_older_version_counts(tmp_path: Path) -> None:
    """It names no port of HTTP."""
    old = {"instance": "old", "ports": {"gcs": 6379, "ingress": 30000}}
    (cluster_folder(tmp_path, "old") / NOTE).write_text(json.dumps(old))
    assert not chosen(tmp_path, "b", alive=("old",)) & {6379, *range(30000, 30500)}


@pytest.mark.parametrize("plant", [os.mkfifo, lambda path: path.symlink_to("/dev/zero"), os.mkdir])
def test_a_note_that_somebody_planted_is_passed_over(tmp_path: Path, plant) -> None:
    """Reading a pipe would wait for ever, and the link has no end."""
    plant(cluster_folder(tmp_path, "evil") / NOTE)
    assert chosen(tmp_path, "b")


def test_a_planted_lock_stops_the_start_with_a_word(tmp_path: Path) -> None:
    folder = cluster_folder(tmp_path, "a")
    (tmp_path / f"bw-{os.getuid()}.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotPrivate, match=r"\.lock cannot be used"):
        reserve(folder, "a", lambda _: False, NOW_S)
    assert not (tmp_path / "elsewhere").exists()


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
