"""The notebook is kept as it is before it runs; `tests/serve/clients` runs it."""

import json
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
NOTEBOOK = PROJECT / "clients" / "python" / "examples" / "own_pictures.ipynb"


def test_the_notebook_is_kept_without_what_it_put_out() -> None:
    """Figures of another machine would be taken for yours."""
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert len(code) > 5
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)
