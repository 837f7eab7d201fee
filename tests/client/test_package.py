"""The package by itself: small, installable, and its pages true."""

import ast
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import brainwav_client
from brainwav_client import errors
from deployments.checking.importable import parsed
from scripts.reference.error_table import STATUSES_AND_MEANINGS
from tests.markdown import examples
from tests.packaging import wheel_of

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = PROJECT / "clients" / "python"
SOURCES = sorted((FOLDER / "brainwav_client").rglob("*.py"))
README = FOLDER / "README.md"
EXAMPLES = [
    each
    for each in examples(README, README.read_text(encoding="utf-8"))
    if each.language == "python"
]
OPTIONAL = {"pandas": "pandas", "langchain": "langchain_core", "llama-index": "llama_index"}
"""Extras, and the package that each is for."""


def imported(path: Path) -> set[str]:
    """Return the packages that a file imports, wherever it does."""
    found = set()
    for node in ast.walk(parsed(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_it_imports_what_it_declares_and_nothing_of_the_service() -> None:
    """Whoever asks a service installs two packages, not torch."""
    assert len(SOURCES) > 10
    used = {name for path in SOURCES for name in imported(path)}
    foreign = used - set(sys.stdlib_module_names) - {"brainwav_client"}
    assert foreign == {"httpx", "pydantic", *OPTIONAL.values()}
    told = tomllib.loads((FOLDER / "pyproject.toml").read_text())["project"]
    assert {name.partition(">")[0] for name in told["dependencies"]} == {"httpx", "pydantic"}
    assert set(told["optional-dependencies"]) == set(OPTIONAL)
    assert told["version"] == brainwav_client.__version__


def test_importing_it_loads_nothing_that_is_optional() -> None:
    """A program that wants no tables does not wait for pandas."""
    code = (
        "import brainwav_client, sys; print(sorted({'pandas', 'numpy', 'PIL'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_wheel_is_typed_and_licensed(tmp_path: Path) -> None:
    """Built from a copy, without a network."""
    source = shutil.copytree(FOLDER, tmp_path / "source")
    with zipfile.ZipFile(wheel_of(source, tmp_path)) as wheel:
        names = wheel.namelist()
    assert {str(path.relative_to(FOLDER)) for path in SOURCES} <= set(names)
    assert "brainwav_client/py.typed" in names
    assert any(name.endswith("LICENSE") for name in names)
    assert (FOLDER / "LICENSE").read_bytes() == (PROJECT / "LICENSE").read_bytes()


def test_every_name_that_is_offered_is_there() -> None:
    """In the order of the alphabet."""
    assert sorted(brainwav_client.__all__) == brainwav_client.__all__
    assert [name for name in brainwav_client.__all__ if not hasattr(brainwav_client, name)] == []


def test_errors_know_the_services_codes() -> None:
    """No class stands for a code that there is not, and each status has one."""
    assert set(errors.BY_CODE) - set(STATUSES_AND_MEANINGS) == set()
    for code, (status, _) in STATUSES_AND_MEANINGS.items():
        kind = errors.class_of(int(status), code)
        plain = errors.class_of(int(status), "a code of tomorrow")
        assert issubclass(kind, plain), (code, kind)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the examples of the page are tried, one after the other."""
    return tmp_path_factory.mktemp("reader")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: str(each.line))
def test_an_example_runs_as_printed(
    example, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the order of the page; each begins with its own imports."""
    monkeypatch.setenv("BRAINWAV_URL", url)
    monkeypatch.chdir(folder)
    exec(compile(example.text, str(README), "exec"), {"__name__": "__main__"})
    assert "Client" in example.text
