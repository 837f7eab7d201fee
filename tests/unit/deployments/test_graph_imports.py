"""What composing the graph costs: every start waits for it, before any replica begins."""

import subprocess
import sys

from tests.serve.conftest import PROJECT


def test_composing_the_graph_loads_no_model_library() -> None:
    """Only replicas that compute need torch, which takes seconds."""
    code = "import sys, graph; print({'torch', 'transformers', 'open_clip'} & set(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "set()"
