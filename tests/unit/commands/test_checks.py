"""What a machine lacks is said in one line before anything is started."""

import asyncio
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deployments.local import cluster, processes
from deployments.local.environment import Ports
from deployments.preflight import checks, index_model, installation
from deployments.preflight.checks import FAILED, OK, WARNING
from deployments.settings.service import ServiceSettings
from retrieval.clip.towers.minilm import MiniLM
from retrieval.store import Fingerprint, IndexStore
from tests.unit.commands.conftest import Call

FILE = Path(checks.__file__)


def test_an_old_python_is_named_with_what_to_do() -> None:
    """Any from 3.11 will do."""
    old = checks.python((3, 10, 4))
    assert old.status == FAILED
    assert "3.10.4" in old.said
    assert "make PYTHON=python3.11" in old.said
    assert checks.python((3, 13, 0)).status == OK
    assert checks.python((4, 0, 0)).status == OK


@pytest.mark.parametrize("name", ["a\nb", "a\tb", "bell\a", "\udcff"], ids=ascii)
def test_a_path_that_cannot_be_told_is_refused(name: str) -> None:
    """A space and letters of any language are fine."""
    assert checks.path(Path("/tmp") / name).status == FAILED
    assert checks.path(Path("/tmp/ein Häuschen")).status == OK


def test_a_full_disk_is_said_with_what_is_needed(tmp_path: Path) -> None:
    """Also of a folder that does not exist yet."""
    found = checks.disk(tmp_path / "not" / "yet", 2**60)
    assert found.status == FAILED
    assert "make room" in found.said
    assert checks.disk(tmp_path, 1).status == OK


def test_a_taken_port_is_said_with_its_owner() -> None:
    """This process', which the system knows of itself."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        taken = checks.free_port(port)
        assert taken.status == FAILED
        assert f"port {port} is taken by " in taken.said
        assert "process " in taken.said
        assert "another program" in checks.free_port(port, lambda _port: "another program").said
    assert checks.free_port(port).status == OK


@pytest.mark.parametrize(
    ("available_kib", "status"), [(1_000_000, FAILED), (4_000_000, WARNING), (9_000_000, OK)]
)
def test_memory_is_what_can_be_had(available_kib: int, status: str, tmp_path: Path) -> None:
    """Not what is unused: caches are given back."""
    file = tmp_path / "meminfo"
    file.write_text(f"MemTotal: 99999999 kB\nMemAvailable: {available_kib} kB\n")
    assert checks.memory(file).status == status
    assert checks.memory(tmp_path / "none").status == WARNING


def test_a_place_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    """A file in the way; below it nothing can be made."""
    (tmp_path / "file").write_text("")
    assert checks.rights(tmp_path / "file" / "home").status == FAILED
    assert checks.rights(tmp_path / "home").status == OK


def test_before_an_installation_nothing_of_ours_is_imported(tmp_path: Path) -> None:
    """The system's Python runs the file alone, in isolation."""
    command = [sys.executable, "-I", "-S", str(FILE), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    (tmp_path / "file").write_text("")
    command[-1] = str(tmp_path / "file")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("brAInwav: ")


def test_up_starts_nothing_where_the_port_is_taken(
    call: Call, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line with the owner; no folder is made, no process started."""
    monkeypatch.setattr(cluster, "start", lambda *_arguments: pytest.fail("started"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = call("up", "--port", listener.getsockname()[1])
    assert done.exit_code == 1
    assert "is taken by" in done.output
    assert len(done.output.splitlines()) == 1
    assert not home.exists()


def test_a_running_service_keeps_its_port(
    call: Call, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Serve binds it once: another one asked for is refused in words."""
    running = cluster.Cluster("mark", Ports(*range(1, 10)), 8123)
    monkeypatch.setattr(cluster, "recorded", lambda home: running)
    done = call("up", "--port", 8124)
    assert done.exit_code == 1
    assert "listens on port 8123" in done.output


def test_a_start_that_was_interrupted_is_waited_for(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GCS first, the dashboard later; then it is worked with as it is."""
    home.mkdir(mode=0o700)
    running = cluster.Cluster("mark", Ports(*range(1, 10)), 8123)
    asked: list[int] = []

    def answers(port: int) -> bool:
        asked.append(port)
        return port != running.ports.dashboard or asked.count(port) > 3

    monkeypatch.setattr(cluster, "recorded", lambda state: running)
    monkeypatch.setattr(cluster, "check_private", lambda state: None)
    monkeypatch.setattr(cluster, "_answers", answers)
    monkeypatch.setattr(processes, "marked", lambda instance: [1])
    monkeypatch.setattr(processes, "POLL_S", 0.0)
    said: list[str] = []
    assert cluster.start(home, home, 2, 8123, said.append) is running
    assert said == ["Ray was being started already; waiting for it"]
    assert running.ports.gcs in asked


def test_ray_is_started_by_a_plain_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment below a folder with a space is reached by a link, made anew at each start."""
    # Wherever this checkout lies itself.
    monkeypatch.setattr(sys, "prefix", "/opt/plain")
    monkeypatch.setattr(sys, "executable", "/opt/plain/bin/python")
    assert cluster.interpreter(tmp_path) == Path("/opt/plain/bin/python")
    for name in ("an environment", "another one; here"):
        prefix = tmp_path / name
        (prefix / "bin").mkdir(parents=True)
        (prefix / "bin" / "python").write_text(name)
        monkeypatch.setattr(sys, "prefix", str(prefix))
        monkeypatch.setattr(sys, "executable", str(prefix / "bin" / "python"))
        found = cluster.interpreter(tmp_path)
        assert found == tmp_path / "env" / "bin" / "python"
        assert found.read_text() == name


def test_what_is_left_of_a_dead_cluster_is_stopped(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its processes ended while they were waited for: the start begins anew."""
    running = cluster.Cluster("mark", Ports(*range(1, 10)), 8123)
    stopped: list[Path] = []
    monkeypatch.setattr(cluster, "recorded", lambda state: running)
    monkeypatch.setattr(cluster, "_answers", lambda port: port == 8123)
    monkeypatch.setattr(processes, "marked", lambda instance: [])
    monkeypatch.setattr(cluster, "stop", lambda state: stopped.append(state) or 0)
    with pytest.raises(cluster.ClusterError, match="8123"):
        cluster.start(home, home, 2, 8123)
    assert stopped == [home]


def test_a_name_that_is_somebody_elses_is_named(tmp_path: Path) -> None:
    """Installed by another package, or imported from elsewhere."""
    here = FILE.parents[2]
    assert [check.status for check in installation.names(here, {})] == [OK]
    twice = list(installation.names(here, {"agents": ["openai-agents", "brainwav-serve"]}))
    assert [(check.status, "openai-agents" in check.said) for check in twice] == [(WARNING, True)]
    elsewhere = list(installation.names(tmp_path, {}))
    assert len(elsewhere) == len(installation.NAMES)
    assert {check.status for check in elsewhere} == {FAILED}


def test_the_list_of_names_is_the_packages() -> None:
    """What the wheel puts at the top, and nothing else."""
    root = FILE.parents[2]
    packages = {path.parent.name for path in root.glob("*/py.typed")}
    assert packages | {"graph"} == set(installation.NAMES)


@pytest.mark.parametrize(
    ("model", "pretrained", "recorded", "same"),
    [
        ("brainwav-demo", None, "brainwav-demo", True),
        ("brainwav-demo", None, "brainwav-demo+photographs-1", True),
        ("ViT-B-32", "laion2b", "ViT-B-32/laion2b", True),
        ("ViT-B-32", "/models/w.bin", "ViT-B-32/w.bin@0123456789ab", True),
        ("ViT-B-32", "openai", "ViT-B-32/laion2b", False),
        ("ViT-B-32", "laion2b", "ViT-B-32-quickgelu/laion2b", False),
        ("ViT-B-32", "laion2b", "brainwav-demo", False),
        ("brainwav-demo", None, "ViT-B-32/laion2b", False),
    ],
)
def test_models_are_compared_by_what_was_asked_for(
    model: str, pretrained: str | None, recorded: str, same: bool
) -> None:
    """The name that an index keeps is made of it."""
    assert index_model.names_match(model, pretrained, recorded) is same


def test_an_index_of_another_model_is_found_before_a_deployment(tmp_path: Path) -> None:
    """Written by one, configured for another; an index that is not there is none."""

    async def made() -> None:
        store = await IndexStore.open(str(tmp_path / "index"))
        await store.claim(Fingerprint("minilm", "ViT-B-32/laion2b", 4, 4, "fp32", False))
        await store.close()

    index = {"uri": str(tmp_path / "index")}
    settings = ServiceSettings.model_validate({"index": index})
    assert index_model.of(settings).status == OK
    asyncio.run(made())
    found = index_model.of(settings)
    assert found.status == FAILED
    assert "ViT-B-32/laion2b" in found.said
    assert "brainwav-demo" in found.said


def test_an_index_of_another_text_model_is_found_before_a_deployment(tmp_path: Path) -> None:
    """By the name that its identity begins with; where none is configured it is MiniLM's."""

    async def made() -> None:
        store = await IndexStore.open(str(tmp_path / "index"))
        by = "e5-small@0123456789ab mean of 512 tokens"
        await store.claim(Fingerprint(by, "brainwav-demo", 4, 4, "fp32", False))
        await store.close()

    def status(**more: object) -> str:
        given = {"index": {"uri": str(tmp_path / "index")}} | more
        return index_model.of(ServiceSettings.model_validate(given)).status

    asyncio.run(made())
    assert status() == FAILED
    assert status(text_model={"model": "hf-hub:org/e5-small@main"}) == OK
    assert status(text_model={"model": "local-dir:/models/e5-small"}) == OK
    assert status(text_model={"model": "hf-hub:org/e5-base"}) == FAILED
    assert MiniLM.name == index_model.MINILM
