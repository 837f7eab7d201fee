"""The examples of all pages work as printed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from retrieval.catalogue.products import products
from tests.markdown import Example
from tests.printed_examples import PRINTED, RUN
from tests.serve.conftest import PROJECT, Service

pytestmark = pytest.mark.cluster
PRODUCTS = 120
TIMEOUT_S = 300
EXAMPLES = [each for each in PRINTED if each.language in RUN and each.not_run is None]


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who tries what a page says: a home folder, a place to work, commands on the path."""

    service: Service
    folder: Path

    def try_out(self, example: Example) -> subprocess.CompletedProcess[str]:
        """Run an example as it stands, but for the service's port."""
        at = f"127.0.0.1:{self.service.settings['http_options']['port']}"
        text = example.text.replace("127.0.0.1:8000", at)
        python = example.language == "python"
        command = (
            [sys.executable, "-c", text] if python else ["bash", "-euo", "pipefail", "-c", text]
        )
        work = self.folder / example.page.stem
        if not work.exists():
            (work / ".venv").mkdir(parents=True)
            (work / ".venv" / "bin").symlink_to(self.folder / "bin")
        return subprocess.run(
            command,
            cwd=work,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
        )

    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "HOME": str(self.folder / "home"),
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "BRAINWAV_HOME": str(self.service.state),
            "PYTHONPATH": str(PROJECT),
            "PYTHONWARNINGS": "ignore",
        }


@pytest.fixture(scope="module")
def reader(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """With the demonstration catalogue indexed, as `make up` leaves it."""
    folder = tmp_path_factory.mktemp("reader")
    pictures = folder / "home" / "pictures"
    pictures.mkdir(parents=True)
    for product in products(4):
        (pictures / f"{product.sku}.png").write_bytes(product.picture)
    _command(folder, "brainwav", f'exec {sys.executable} -m deployments.cli "$@"')
    _command(folder, "python", f'exec {sys.executable} "$@"')
    # What a page promises to work is not answered with an error.
    _command(folder, "curl", 'exec /usr/bin/curl --fail-with-body "$@"')
    # `brainwav backup` reads where things lie from the home's own configuration.
    settings = yaml.safe_dump(service.settings)
    (service.state / "serve_config.yaml").write_text(settings)
    person = Reader(service, folder)
    demo = Example(Path("demo"), 0, "sh", f"brainwav demo --count {PRODUCTS}", None)
    done = person.try_out(demo)
    assert done.returncode == 0, done.stderr
    yield person
    (service.state / "serve_config.yaml").unlink()


def _command(folder: Path, name: str, line: str) -> None:
    path = folder / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: f"{each.page}:{each.line}")
def test_an_example_works_as_printed(reader: Reader, example: Example) -> None:
    """Exit status 0, no answer that is an error; a page's run in their order, in one folder."""
    done = reader.try_out(example)
    assert done.returncode == 0, f"{example.text}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
