"""The command of an environment of its own: of a wheel, and of `pip install -e` of a checkout."""

import subprocess
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from deployments.checking import config
from deployments.local import cluster, processes
from tests.packaging import sources_in, wheel_of
from tests.serve.conftest import PROJECT, free_port
from tests.serve.operating.running import Running

pytestmark = [pytest.mark.cluster, pytest.mark.slow]
DEPLOYMENTS = config.load(PROJECT / "serve_config.yaml")["applications"][0]["deployments"]
SITE = Path(sysconfig.get_paths()["purelib"])


@dataclass(frozen=True, slots=True)
class Installed:
    """A command, and where its code lies."""

    program: Path
    code: Path


@pytest.fixture(params=["wheel", "checkout"])
def installed(request: pytest.FixtureRequest, tmp_path: Path) -> Installed:
    """`brainwav` as it is installed, with spaces in every path.

    What it depends on is this environment's: nothing is downloaded.
    """
    environment = tmp_path / "an environment"
    venv.create(environment, symlinks=True, with_pip=False)
    (site,) = environment.glob("lib/python3*/site-packages")
    # Adds the folder alone, and nothing that files in it would add, such as our own checkout.
    (site / "dependencies.pth").write_text(f"{SITE}\n")
    source = tmp_path / "a checkout"
    source.mkdir()
    sources_in(source)
    is_wheel = request.param == "wheel"
    what = [str(wheel_of(source, tmp_path))] if is_wheel else ["--editable", str(source)]
    python = str(environment / "bin" / "python")
    install = [python, "-m", "pip", "install", "--no-deps", "--no-index", "--no-build-isolation"]
    done = subprocess.run([*install, *what], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Installed(environment / "bin" / "brainwav", site if is_wheel else source)


def test_what_is_installed_comes_up_and_searches(installed: Installed, tmp_path: Path) -> None:
    """From a folder that is nobody's; its processes run its own code, and all of them end."""
    program = installed.program
    home, port = tmp_path / "another folder" / "a home", free_port()
    home.parent.mkdir()
    try:
        up = Running(home, "up", "--port", str(port), program=program)
        assert up.wait() == 0, up.lines
        document = {"namespace": "demo", "documents": [{"id": "1", "text": "a kettle"}]}
        url = f"http://127.0.0.1:{port}/documents"
        httpx.put(url, json=document, timeout=60).raise_for_status()
        search = Running(home, "search", "kettle", program=program)
        assert search.wait() == 0, search.lines
        assert search.said("a kettle"), search.lines
        running = cluster.recorded(home)
        assert running is not None
        of_its_code = set(processes.with_variable("PYTHONPATH", str(installed.code)))
        assert len(of_its_code & set(processes.marked(running.instance))) > len(DEPLOYMENTS)
        down = Running(home, "down", program=program)
        assert down.wait() == 0, down.lines
        assert processes.marked(running.instance) == []
    finally:
        cluster.stop(home)
