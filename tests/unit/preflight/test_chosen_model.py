"""`up --model` takes the place of the configuration's model, after a look at its name."""

import pytest

from deployments.checking.config import GRAPH, ConfigError
from deployments.preflight.chosen_model import parts_of, put


def config() -> dict:
    """Return a configuration with a model that is run in its own way."""
    model = {"model": "RN50", "pretrained": "openai", "sha256": "0" * 64, "threads": "all"}
    return {"applications": [{"import_path": GRAPH, "args": {"model": model}}, {"name": "other"}]}


def test_the_model_is_replaced_and_how_it_is_run_stays() -> None:
    """A checksum of other weights goes."""
    changed = config()
    put(changed, "ViT-B-32/laion2b_s34b_b79k")
    assert changed["applications"][0]["args"]["model"] == {
        "model": "ViT-B-32",
        "pretrained": "laion2b_s34b_b79k",
        "threads": "all",
    }
    put(changed, "brainwav-demo")
    assert changed["applications"][0]["args"]["model"] == {
        "model": "brainwav-demo",
        "threads": "all",
    }


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("ViT-B-33/openai", "did you mean"),
        ("ViT-B-32/openay", "did you mean openai"),
        ("ViT-B-32", "a tag, a local file, or random"),
        ("hf-hub:nobody", "organisation/repository"),
        ("hf-hub:some/body@main", "takes no revision; leave out @main"),
    ],
)
def test_a_name_that_does_not_exist_is_refused_in_one_line(named: str, said: str) -> None:
    """Before anything is asked or started."""
    with pytest.raises(ConfigError, match=said) as caught:
        put(config(), named)
    assert "\n" not in str(caught.value)


def test_a_repository_keeps_its_slash() -> None:
    """It is one name."""
    assert parts_of("hf-hub:a/b") == {"model": "hf-hub:a/b"}
    assert parts_of("local-dir:/a/b") == {"model": "local-dir:/a/b"}
