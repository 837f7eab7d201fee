"""What composing the graph and beginning a replica load: each process pays for it."""

import subprocess
import sys

import pytest

from tests.serve.conftest import PROJECT


def test_composing_the_graph_loads_no_model_library() -> None:
    """Only replicas that compute need torch, which takes seconds."""
    code = "import sys, graph; print({'torch', 'transformers', 'open_clip'} & set(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "set()"


@pytest.mark.parametrize(
    "modules",
    [
        ("deployments.embedder", "retrieval.store.fingerprint"),
        (
            "deployments.ingress",
            "retrieval.store.fingerprint",
            "retrieval.store.entries",
            "retrieval.store.write_result",
        ),
    ],
)
def test_who_opens_no_index_loads_no_lancedb(modules: tuple[str, ...]) -> None:
    """An Embedder knows an index's fingerprint, an Ingress its entries; neither reads a table."""
    code = f"import sys, {', '.join(modules)}; print('lancedb' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "False"


def test_the_index_is_found_by_its_package() -> None:
    """Loaded when it is asked for."""
    code = "import retrieval.store as s; print([getattr(s, n).__name__ for n in s.__all__])"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == str(["Fingerprint", "IndexReader", "IndexStore", "WriteResult"])
