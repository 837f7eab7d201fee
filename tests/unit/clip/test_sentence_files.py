"""What a sentence encoder's folder says is read, and what is not understood is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from retrieval.clip.errors import UnknownModel, UnusableWeights, WeightsNotFound
from retrieval.clip.sentence_spec import SentenceSpec
from retrieval.clip.towers.sentence_files import digest_of, folder_of, recipe_of

POOLING = {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}


def written(folder: Path, files: dict[str, Any]) -> Path:
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def parts(**kinds: str) -> dict[str, Any]:
    listed = [{"path": path, "type": f"any.module.{kind}"} for kind, path in kinds.items()]
    return {"modules.json": listed}


WHOLE = {
    **parts(Transformer="0_Transformer", Pooling="1_Pooling", Normalize="2_Normalize"),
    "1_Pooling/config.json": POOLING,
    "0_Transformer/sentence_bert_config.json": {"max_seq_length": 128, "do_lower_case": True},
    "config_sentence_transformers.json": {"prompts": {"query": "Q: ", "passage": "P: "}},
}


def test_everything_is_read_from_the_files(tmp_path: Path) -> None:
    """Each from the part that it belongs to."""
    recipe = recipe_of(SentenceSpec("local-dir:m"), written(tmp_path, WHOLE))
    assert recipe.folder == tmp_path / "0_Transformer"
    assert (recipe.pooling, recipe.max_tokens, recipe.lower_case) == ("mean", 128, True)
    assert (recipe.query_prefix, recipe.passage_prefix) == ("Q: ", "P: ")


def test_what_is_configured_goes_before(tmp_path: Path) -> None:
    """Also where it is nothing, as an empty prefix."""
    spec = SentenceSpec("local-dir:m", None, "cls", "", "text ", 2000)
    recipe = recipe_of(spec, written(tmp_path, WHOLE))
    assert (recipe.pooling, recipe.max_tokens) == ("cls", 2000)
    assert (recipe.query_prefix, recipe.passage_prefix) == ("", "text ")


def test_lengths_beyond_512_have_to_be_asked_for(tmp_path: Path) -> None:
    """One text would hold a core for seconds."""
    folder = written(
        tmp_path, WHOLE | {"0_Transformer/sentence_bert_config.json": {"max_seq_length": 8192}}
    )
    assert recipe_of(SentenceSpec("local-dir:m"), folder).max_tokens == 512
    assert recipe_of(SentenceSpec("local-dir:m", max_tokens=8192), folder).max_tokens == 8192


def test_a_plain_checkpoint_needs_its_pooling(tmp_path: Path) -> None:
    """A guess would give vectors that look like vectors."""
    with pytest.raises(UnknownModel, match="set `pooling`"):
        recipe_of(SentenceSpec("local-dir:m"), tmp_path)
    assert recipe_of(SentenceSpec("local-dir:m", pooling="cls"), tmp_path).pooling == "cls"


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"pooling_mode": "cls"}, "cls"),
        ({"pooling_mode": ["mean"]}, "mean"),
        ({"pooling_mode_cls_token": True}, "cls"),
    ],
)
def test_pooling_is_read_in_old_and_new_words(tmp_path: Path, config: Any, expected: str) -> None:
    """As releases of sentence-transformers wrote it."""
    folder = written(tmp_path, WHOLE | {"1_Pooling/config.json": config})
    assert recipe_of(SentenceSpec("local-dir:m"), folder).pooling == expected


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (parts(Transformer="", Pooling="1_Pooling", Dense="2_Dense"), "Dense"),
        ({"1_Pooling/config.json": {"pooling_mode": "lasttoken"}}, "lasttoken"),
        ({"1_Pooling/config.json": {"pooling_mode_max_tokens": True}}, "max_tokens"),
        ({"1_Pooling/config.json": POOLING | {"pooling_mode_cls_token": True}}, "cls"),
        ({"1_Pooling/config.json": POOLING | {"include_prompt": False}}, "out of pooling"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(tmp_path: Path, files: Any, said: str) -> None:
    """It would change vectors."""
    with pytest.raises(UnknownModel, match=said):
        recipe_of(SentenceSpec("local-dir:m"), written(tmp_path, WHOLE | files))


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    """By its name; it is not taken for a missing one."""
    with pytest.raises(UnusableWeights, match=r"modules\.json"):
        recipe_of(SentenceSpec("local-dir:m"), written(tmp_path, {"modules.json": "{"}))


def test_a_folder_that_is_not_there_and_a_bare_name_are_refused(tmp_path: Path) -> None:
    """A bare name might be either."""
    with pytest.raises(WeightsNotFound, match="no folder"):
        folder_of(f"local-dir:{tmp_path / 'nowhere'}")
    with pytest.raises(UnknownModel, match="hf-hub:"):
        folder_of("intfloat/e5-small")


def test_clients_see_a_name_without_places_and_revisions() -> None:
    """Neither says which vectors they get."""
    assert SentenceSpec("local-dir:/home/somebody/e5").name == "e5"
    assert SentenceSpec("hf-hub:intfloat/e5-small@main").name == "intfloat/e5-small"


def test_the_digest_is_of_what_makes_vectors(tmp_path: Path) -> None:
    """Weights and tokeniser; a page about the model, or its config, may be edited."""
    files = {"model.safetensors": "w", "tokenizer.json": "t", "config.json": "c", "README.md": "r"}
    first = digest_of(written(tmp_path, files))
    assert digest_of(written(tmp_path, {"config.json": "d", "README.md": "s"})) == first
    second = digest_of(written(tmp_path, {"tokenizer.json": "u"}))
    assert len({first, second, digest_of(written(tmp_path, {"model.safetensors": "x"}))}) == 3
