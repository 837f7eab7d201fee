"""Any open_clip model loads by name, file or folder, and trimmed texts keep their vectors."""

import json
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from safetensors.torch import save_file

from retrieval.clip.encoder import ModelSpec, build_encoder
from retrieval.clip.errors import ChecksumMismatch, UnknownModel, UnusableWeights, WeightsNotFound
from retrieval.clip.pictures.decode import PictureLimits
from retrieval.clip.precision import choose
from retrieval.clip.towers.open_clip import OpenClipText, load_model
from retrieval.clip.weights_file import sha256_of
from tests.towers import picture_file

pytestmark = pytest.mark.model

TINY = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 64, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 1, "layers": 2},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as open_clip publishes models, with a tiny one in it."""
    folder = tmp_path_factory.mktemp("tiny")
    open_clip.add_model_config(_config_file(folder))
    torch.manual_seed(1)
    model = open_clip.create_model("tiny-test", pretrained=None)
    state = {k: v.contiguous() for k, v in model.state_dict().items()}
    save_file(state, folder / "open_clip_model.safetensors")
    published = {"model_cfg": TINY, "preprocess_cfg": {}}
    (folder / "open_clip_config.json").write_text(json.dumps(published))
    return folder


def _config_file(folder: Path) -> Path:
    path = folder / "tiny-test.json"
    path.write_text(json.dumps(TINY))
    return path


def test_a_local_file_is_loaded_and_its_checksum_verified(folder: Path) -> None:
    """The right digest passes, another one names both."""
    file = folder / "open_clip_model.safetensors"
    digest = sha256_of(file)
    assert load_model("tiny-test", str(file), digest) is not None
    with pytest.raises(ChecksumMismatch, match=digest):
        load_model("tiny-test", str(file), "0" * 64)


def test_the_scale_is_the_one_that_was_trained(folder: Path) -> None:
    """Of weights that were drawn there is none."""
    limits, file = PictureLimits(), str(folder / "open_clip_model.safetensors")
    logits = build_encoder(ModelSpec("tiny-test", file), limits).logits
    assert logits is not None
    assert (round(logits.scale, 3), logits.bias, logits.kind) == (14.286, None, "softmax")
    assert build_encoder(ModelSpec("tiny-test", "random"), limits).logits is None
    assert build_encoder(ModelSpec(), limits).logits is None


KINDS = {
    "pairs": {
        "init_logit_bias": -10,
        "text_cfg": {"no_causal_mask": True, "pool_type": "last", "proj_bias": True},
    },
    "convnext": {"vision_cfg": {"timm_model_name": "convnext_atto", "timm_pool": "avg"}},
    "long": {"text_cfg": {"context_length": 100}},
}


@pytest.mark.parametrize("kind", KINDS)
def test_architectures_of_every_kind_encode_a_picture_and_a_text(kind: str, tmp_path: Path) -> None:
    """In one space, with the lengths of their configurations."""
    own = KINDS[kind]
    config = {**TINY, **{key: own[key] for key in own if key not in ("text_cfg", "vision_cfg")}}
    for part in ("text_cfg", "vision_cfg"):
        config[part] = {**TINY[part], **own.get(part, {})}
    path = tmp_path / f"tiny-{kind}.json"
    path.write_text(json.dumps(config))
    open_clip.add_model_config(path)
    encoder = build_encoder(ModelSpec(f"tiny-{kind}", "random"), PictureLimits())
    picture = encoder.picture.encode([encoder.picture.prepare(picture_file())])
    text = encoder.joint_text.encode(encoder.joint_text.prepare(["a red mug"]))
    assert picture.shape == text.shape == (1, 32)
    assert np.isfinite(picture).all()
    assert np.isfinite(text).all()
    assert encoder.joint_text.context_length == config["text_cfg"]["context_length"]


def test_a_folder_is_loaded(folder: Path) -> None:
    """`local-dir:` reads architecture and weights from one place."""
    model = load_model(f"local-dir:{folder}", None, None)
    assert model.encode_text(torch.zeros((1, 77), dtype=torch.long)).shape == (1, 32)


def test_wrong_settings_say_what_is_wrong(folder: Path) -> None:
    """Architecture, tag, file and content each have their own refusal."""
    with pytest.raises(UnknownModel, match="no architecture 'ViT-Q-99'"):
        load_model("ViT-Q-99", "openai", None)
    with pytest.raises(UnknownModel, match="laion2b_s34b_b79k"):
        load_model("ViT-B-32", "no-such-tag", None)
    with pytest.raises(WeightsNotFound, match="needs `pretrained`"):
        load_model("ViT-B-32", None, None)
    with pytest.raises(WeightsNotFound, match="no weights file"):
        load_model("tiny-test", str(folder / "missing.safetensors"), None)
    other = folder / "other.safetensors"
    save_file({"unrelated": torch.zeros(3)}, other)
    with pytest.raises(UnusableWeights):
        load_model("tiny-test", str(other), None)


def test_trimmed_texts_keep_their_vectors(folder: Path) -> None:
    """Positions after the end of the text change nothing, whatever the batch's company."""
    model = load_model("tiny-test", str(folder / "open_clip_model.safetensors"), None)
    tower = OpenClipText(model, "tiny", "tiny-test", 32, "cpu")
    texts = ["a cat", "two dogs that run on a beach in the evening sun", "x " * 200, "mug"]
    trimmed = tower.encode(tower.prepare(texts))
    with torch.inference_mode():
        whole = model.encode_text(open_clip.get_tokenizer("tiny-test")(texts)).numpy()
    assert np.allclose(trimmed, whole, atol=1e-5)


def test_a_text_longer_than_the_context_is_marked(folder: Path) -> None:
    """75 tokens fit between the two marks; 76 do not."""
    model = load_model("tiny-test", str(folder / "open_clip_model.safetensors"), None)
    tower = OpenClipText(model, "tiny", "tiny-test", 32, "cpu")
    prepared = tower.prepare(["cat " * 75, "cat " * 76])
    assert [item.truncated for item in prepared] == [False, True]


def test_the_same_weights_by_file_give_an_encoder_of_two_spaces(folder: Path) -> None:
    """The picture side is CLIP's, the text side stays MiniLM; bf16 stays close."""
    spec = ModelSpec("tiny-test", str(folder / "open_clip_model.safetensors"))
    encoder = build_encoder(spec, PictureLimits())
    assert not encoder.one_space
    assert encoder.joint_text.dimension == encoder.picture.dimension == 32
    assert encoder.text.dimension == 384
    vector = encoder.picture.encode([encoder.picture.prepare(picture_file("red", (40, 30)))])
    assert vector.shape == (1, 32)
    _, choice = choose(encoder, "auto")
    assert choice.min_cosine is not None
