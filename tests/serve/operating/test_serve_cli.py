"""Ray's own commands, and the code as a zip, against a service of `brainwav up`."""

import functools
import http.server
import json
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from deployments.local import rollout
from deployments.local.dashboard_sign_in import SignIn
from deployments.local.environment import token_file
from deployments.preflight.installation import NAMES
from tests.serve.conftest import PROJECT, Service
from tests.waiting import until

pytestmark = pytest.mark.cluster
VERSION = "0.0.1+of.the.zip"


@pytest.fixture
def environment(service: Service) -> dict[str, str]:
    """What `brainwav env` says, and nothing of Ray's that this process has."""
    told = run([*BRAINWAV, "--home", str(service.state), "env", "--json"], dict(os.environ))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    return kept | json.loads(told)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[str]:
    """The code of another version behind an address, packed as a forge packs a commit."""
    file = tmp_path / "served" / "0123abc.zip"
    file.parent.mkdir()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in code():
            name = path.relative_to(PROJECT)
            text = path.read_bytes()
            if name == Path("api/version.py"):
                text = f'"""The version."""\n\nVERSION = "{VERSION}"\n'.encode()
            packed.writestr(f"brainwav-serve-0123abc/{name}", text)
    handler = functools.partial(Quiet, directory=str(file.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/{file.name}"
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and prints nothing."""

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


def test_a_browser_is_signed_in_to_the_dashboard_by_a_link(service: Service) -> None:
    """Without the link it is refused; what `brainwav dashboard` prints makes it known."""
    address = service.running.dashboard_url
    door = SignIn(address, token_file(service.state).read_text().strip())
    waiting = threading.Thread(target=door.wait, args=(60,))
    waiting.start()
    with httpx.Client(timeout=60) as browser:
        assert browser.get(f"{address}/api/serve/applications/").status_code == 401
        assert browser.get(door.link).headers["location"] == address
        assert browser.get(f"{address}/api/serve/applications/").status_code == 200
    waiting.join()


def code() -> Iterator[Path]:
    """Every file that a deployment of the code carries."""
    yield PROJECT / "graph.py"
    yield PROJECT / "serve_config.yaml"
    for name in set(NAMES) - {"graph"}:
        for path in (PROJECT / name).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


BRAINWAV = [sys.executable, "-m", "deployments.cli"]
SERVE = [str(Path(sys.executable).with_name("serve"))]


def run(command: list[str], variables: dict[str, str]) -> str:
    """Return what a command that must succeed says."""
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=variables, cwd=PROJECT
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def status(variables: dict[str, str]) -> dict[str, Any]:
    """Return what `serve status` says of our application."""
    return yaml.safe_load(run([*SERVE, "status"], variables))["applications"]["brainwav"]


def version(service: Service) -> str:
    """Return the version of the code that answers."""
    return httpx.get(f"{service.url}/openapi.json", timeout=60).json()["info"]["version"]


def test_serve_status_tells_of_the_service_whose_variables_are_set(
    environment: dict[str, str],
) -> None:
    """Every deployment of it; without the token it is told nothing."""
    told = status(environment)
    assert told["status"] == "RUNNING"
    assert len(told["deployments"]) == 9
    without = {k: v for k, v in environment.items() if not k.startswith("RAY_AUTH")}
    refused = subprocess.run(
        [*SERVE, "status"], capture_output=True, text=True, check=False, env=without
    )
    assert refused.returncode != 0
    assert "brainwav" not in refused.stdout


def test_a_zip_of_the_code_serves_and_serve_deploy_puts_another_in_its_place(
    service: Service, environment: dict[str, str], archive: str, tmp_path: Path
) -> None:
    """As the workflow deploys a commit; then as somebody with Ray's command line would."""
    file = tmp_path / "config.yaml"
    try:
        file.write_text(yaml.safe_dump(service.settings))
        order = ["deploy", "--config", str(file), "--working-dir", archive, "--gate", "none"]
        run([*BRAINWAV, "--home", str(service.state), *order], dict(os.environ))
        until(lambda: version(service) == VERSION, "the zip's code answers")
        before = rollout.rendered(service.settings, rollout.release(PROJECT))
        file.write_text(yaml.safe_dump(before))
        run([*SERVE, "deploy", str(file)], environment)
        until(lambda: status(environment)["status"] == "RUNNING", "serve deploy's code runs")
        until(lambda: version(service) != VERSION, "serve deploy's code answers")
    finally:
        service.start()
