"""Clients that generators make of the OpenAPI document compile, and search."""

import json
from pathlib import Path

import httpx
import pytest

from tests.environments import node_with_clients, python_with_clients, run

pytestmark = pytest.mark.slow
HERE = Path(__file__).parent / "generated"
STRICT = ["--strict", "--target", "es2022", "--module", "nodenext", "--skipLibCheck"]


@pytest.fixture
def document(url: str, tmp_path: Path) -> Path:
    """The service's own document in a file."""
    path = tmp_path / "openapi.json"
    path.write_bytes(httpx.get(f"{url}/openapi.json").raise_for_status().content)
    return path


def test_a_generated_client_for_python_searches(url: str, document: Path, tmp_path: Path) -> None:
    """Every module compiles; documents and filters are types."""
    python = python_with_clients(tmp_path / "venv")
    settings = tmp_path / "settings.yaml"
    settings.write_text("package_name_override: brainwav_api\npost_hooks: []\n")
    generator = [str(Path(python).with_name("openapi-python-client")), "generate"]
    generator += ["--path", str(document), "--meta", "none", "--config", str(settings)]
    made = tmp_path / "made" / "brainwav_api"
    run(*generator, "--output-path", str(made))
    functions = {path.stem for path in (made / "api").glob("*/*.py")} - {"__init__"}
    paths = json.loads(document.read_text())["paths"].values()
    assert functions == {each["operationId"] for methods in paths for each in methods.values()}
    run(python, "-W", "error", "-m", "compileall", "-q", str(tmp_path / "made"))
    found = run(python, str(HERE / "search.py"), str(tmp_path / "made"), url)
    assert json.loads(found) == ["cheap"]


def test_a_generated_client_for_typescript_searches(
    url: str, document: Path, tmp_path: Path
) -> None:
    """The types are strict: a filter with an unknown operator does not compile."""
    folder = node_with_clients(tmp_path, HERE / "search.ts")
    (folder / "package.json").write_text('{"type": "module"}')
    # Otherwise every member that has a default is one that has to be sent.
    options = [document.name, "-o", "schema.ts", "--default-non-nullable=false"]
    run("npx", "--no-install", "openapi-typescript", *options, cwd=folder)
    run("npx", "--no-install", "tsc", *STRICT, "search.ts", cwd=folder)
    assert json.loads(run("node", "search.js", url, cwd=folder)) == ["cheap"]
    wrong = (folder / "search.ts").read_text().replace('"lt"', '"less"')
    (folder / "wrong.ts").write_text(wrong)
    with pytest.raises(AssertionError, match="less"):
        run("npx", "--no-install", "tsc", *STRICT, "--noEmit", "wrong.ts", cwd=folder)
