"""Models that tests of one room share."""

from pathlib import Path

import pytest

from tests.sentence_models import PROMPTS, Made, as_published, sentence_model


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return a folder with a model, written once for each kind and pooling."""
    kept: dict[tuple[str, str], Path] = {}

    def model(kind: str, pooling: str = "mean") -> Path:
        if (kind, pooling) not in kept:
            folder = tmp_path_factory.mktemp("model") / f"tiny-{kind}"
            prompts = {"config_sentence_transformers": {"prompts": PROMPTS}}
            kept[kind, pooling] = sentence_model(folder, kind, **as_published(pooling), **prompts)
        return kept[kind, pooling]

    return model
