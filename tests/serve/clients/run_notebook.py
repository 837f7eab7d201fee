"""Run a notebook from top to bottom; print what its cells put out, as JSON.

Run by an environment of `requirements/clients.lock`: python run_notebook.py FILE
"""

import json
import sys

import nbformat
from nbclient import NotebookClient

DEADLINE_S = 300


def main() -> None:
    """Run it; the first cell that fails ends it with its error."""
    notebook = nbformat.read(sys.argv[1], as_version=4)
    nbformat.validate(notebook)
    NotebookClient(notebook, timeout=DEADLINE_S, kernel_name="python3").execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    said = {
        "pictures": sum("image/png" in output.get("data", {}) for output in outputs),
        "text": "".join(output.get("text", "") for output in outputs),
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main()
