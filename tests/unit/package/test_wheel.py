"""The wheel, built and installed without a network, carries all that `up` and `demo` need."""

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from api.version import VERSION
from deployments.preflight.installation import NAMES
from tests.packaging import sources_in, wheel_of

PROJECT = Path(__file__).resolve().parents[3]
CONSOLE = {
    path.relative_to(PROJECT).as_posix(): path.relative_to(PROJECT).as_posix()
    for path in (PROJECT / "api/console/static").rglob("*.*")
}
NOT_CODE = CONSOLE | {
    "deployments/serve_config.yaml": "serve_config.yaml",
    "deployments/local/haproxy_loopback.sh": "deployments/local/haproxy_loopback.sh",
    "reliability/slos.yaml": "reliability/slos.yaml",
    "retrieval/clip/weights/demo_image_tower.safetensors": (
        "retrieval/clip/weights/demo_image_tower.safetensors"
    ),
    "retrieval/clip/weights/metrics.json": "retrieval/clip/weights/metrics.json",
    "retrieval/clip/weights/MODEL_CARD.md": "retrieval/clip/weights/MODEL_CARD.md",
}
"""Files by their names in the wheel and in the repository."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy: what building leaves behind is not in the checkout."""
    source = sources_in(tmp_path_factory.mktemp("source"))
    return wheel_of(source, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Installed without its dependencies, into a folder with a space in its path."""
    target = tmp_path_factory.mktemp("an environment") / "site"
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet"]
    command += ["--disable-pip-version-check", "--no-compile", "--target", str(target), str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


def test_the_wheel_carries_what_is_not_code(wheel: Path) -> None:
    """Byte for byte, and in each package the mark that it is typed."""
    with zipfile.ZipFile(wheel) as archive:
        differing = [
            name
            for name, origin in NOT_CODE.items()
            if archive.read(name) != (PROJECT / origin).read_bytes()
        ]
        names = set(archive.namelist())
    assert differing == []
    assert {f"{name}/py.typed" for name in NAMES if name != "graph"} <= names


def test_the_wheel_carries_all_code_and_none_but_ours(wheel: Path) -> None:
    """Every module of the packages; no tests, no scripts."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if name.endswith(".py")}
    wanted = {
        str(path.relative_to(PROJECT)) for name in NAMES for path in (PROJECT / name).rglob("*.py")
    } | {"graph.py"}
    assert len(wanted) > 200
    assert names == wanted


def test_the_wheel_says_version_licence_and_command(wheel: Path) -> None:
    """The version is the API's; the licence is in full."""
    with zipfile.ZipFile(wheel) as archive:
        info = f"brainwav_serve-{VERSION}.dist-info"
        metadata = archive.read(f"{info}/METADATA").decode()
        entry = archive.read(f"{info}/entry_points.txt").decode()
        licence = archive.read(f"{info}/licenses/LICENSE").decode()
    assert f"\nVersion: {VERSION}\n" in metadata
    assert "\nLicense-Expression: Apache-2.0\n" in metadata
    assert "brainwav = deployments.cli:main" in entry
    assert "END OF TERMS AND CONDITIONS" in licence


def test_what_is_installed_knows_its_own_files(installed: Path, tmp_path: Path) -> None:
    """The configuration is the shipped one and passes its check; the home is the user's."""
    code = (
        "from deployments import home\n"
        "from deployments.cli import main\n"
        "from deployments.commands.base import shipped_config\n"
        "assert not home.is_checkout()\n"
        "print(home.default({'XDG_DATA_HOME': '/data'}))\n"
        "print(shipped_config())\n"
        "main(['check'])\n"
    )
    kept = {name: value for name, value in os.environ.items() if name != "BRAINWAV_HOME"}
    environment = kept | {"PYTHONPATH": str(installed), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    file = installed / "deployments" / "serve_config.yaml"
    assert done.stdout.splitlines() == ["/data/brainwav", str(file), f"{file}: ok"]
    assert os.access(installed / "deployments" / "local" / "haproxy_loopback.sh", os.X_OK)


def test_the_project_file_names_the_command_lines_library() -> None:
    """It comes with Ray; an own line keeps it if Ray drops it."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    assert [each for each in project["dependencies"] if each.startswith("click")]
