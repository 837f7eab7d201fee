"""The picture tower: shapes, loading, precision, and what the shipped weights know."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from retrieval.catalogue import wording
from retrieval.catalogue.drawing import draw
from retrieval.catalogue.products import looks
from retrieval.catalogue.shapes import SHAPES
from retrieval.catalogue.surfaces import COLOURS, PATTERNS
from retrieval.clip.errors import UnusableWeights
from retrieval.clip.towers.demo_picture import WEIGHTS
from retrieval.clip.towers.demo_tower import DIMENSION, INPUT_PX, ImageTower, load_tower, to_pixels
from retrieval.clip.weights_file import sha256_of

FRESH_SEED = 7_919_001
"""Neither the training nor its evaluation drew with it."""
SIZES_PX = (64, 96, 128)
"""What a picture's size was before it was resized must not matter."""
BAR = {"object": 0.97, "colour": 0.98, "pattern": 0.95}


def noise(count):
    """Return random pixels, shape (count, 3, 64, 64)."""
    rng = np.random.default_rng(0)
    return torch.from_numpy(rng.integers(0, 256, (count, 3, INPUT_PX, INPUT_PX), np.uint8))


def encoded(tower, pixels):
    """Return unit vectors in fp32, shape (n, 384)."""
    with torch.inference_mode():
        return torch.nn.functional.normalize(tower(pixels).float(), dim=1)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_pixels_become_vectors_in_the_weights_dtype(count, dtype):
    """Callers hand bytes over whatever the precision is."""
    tower = ImageTower().fused().to(dtype)
    with torch.inference_mode():
        vectors = tower(noise(count))
    assert (vectors.shape, vectors.dtype) == ((count, DIMENSION), dtype)


def test_folding_the_normalisation_changes_no_vector():
    """The fused tower is the trained one, only faster."""
    torch.manual_seed(0)
    tower = ImageTower().train()
    tower(noise(8).float())  # moves the running means away from 0 and 1
    before = encoded(tower.eval(), noise(4))
    assert torch.allclose(encoded(tower.fused(), noise(4)), before, atol=1e-4)


def test_a_picture_does_not_depend_on_its_batch():
    """Members of a batch are strangers."""
    tower = ImageTower().fused()
    together = encoded(tower, noise(3))
    alone = torch.cat([encoded(tower, noise(3)[i : i + 1]) for i in range(3)])
    assert torch.allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize("size", [(64, 64), (1, 1), (300, 20), (20, 300), (640, 427)])
def test_a_picture_of_any_aspect_fits_the_input(size):
    """Nothing is cropped away and nothing raises."""
    pixels = to_pixels(Image.new("RGB", size, "red"))
    assert (pixels.shape, pixels.dtype) == ((3, INPUT_PX, INPUT_PX), np.uint8)


def test_weights_survive_the_file(tmp_path):
    """What was saved without batch counters loads as the same tower."""
    tower = ImageTower().eval()
    state = {k: v for k, v in tower.state_dict().items() if not k.endswith("num_batches_tracked")}
    save_file(state, tmp_path / "tower.safetensors")
    loaded = load_tower(tmp_path / "tower.safetensors")
    assert not loaded.training
    assert torch.allclose(encoded(loaded, noise(2)), encoded(tower, noise(2)), atol=1e-4)


def test_another_dimension_is_refused_by_name(tmp_path):
    """A tower of another space is an error at start, not wrong hits later."""
    state = ImageTower().state_dict()
    state["head.weight"], state["head.bias"] = torch.zeros(512, 768), torch.zeros(512)
    save_file(state, tmp_path / "other.safetensors")
    with pytest.raises(UnusableWeights, match=r"other\.safetensors"):
        load_tower(tmp_path / "other.safetensors")


def test_a_file_of_another_format_is_refused(tmp_path):
    """Bytes that are no safetensors file are named as such."""
    (tmp_path / "junk.safetensors").write_bytes(b"not weights at all")
    with pytest.raises(UnusableWeights, match=r"junk\.safetensors"):
        load_tower(tmp_path / "junk.safetensors")


@pytest.fixture(scope="module")
def fresh():
    """Return two new pictures of every held-out look, and their looks."""
    from scripts.dev.train_demo_clip import held_out

    these = [look for look in looks() if held_out(look)] * 2
    pixels = [
        to_pixels(draw(look, SIZES_PX[i % 3], np.random.default_rng([FRESH_SEED, i])))
        for i, look in enumerate(these)
    ]
    return torch.from_numpy(np.stack(pixels)), these


@pytest.fixture(scope="module")
def shipped():
    """Return the tower with the shipped weights."""
    return load_tower(WEIGHTS)


@pytest.mark.model
def test_the_shipped_weights_know_combinations_they_never_saw(fresh, shipped):
    """Held-out looks, drawn anew, are told by text prompts alone."""
    from retrieval.clip.towers.minilm import MiniLM
    from scripts.dev.train_demo_clip import zero_shot

    pixels, these = fresh
    vectors, text = encoded(shipped, pixels), MiniLM()
    questions = {
        "object": (list(SHAPES), wording.kind_prompts, [look.kind for look in these]),
        "colour": (list(COLOURS), wording.colour_prompts, [look.colour for look in these]),
        "pattern": (list(PATTERNS), wording.pattern_prompts, [look.pattern for look in these]),
    }
    found = {}
    for name, (classes, prompts, truth) in questions.items():
        guesses = zero_shot(vectors, [prompts(c) for c in classes], text).tolist()
        found[name] = np.mean([classes[g] == t for g, t in zip(guesses, truth, strict=True)])
    assert all(found[name] >= BAR[name] for name in BAR), found


@pytest.mark.model
def test_bf16_keeps_the_vectors_of_drawn_pictures(fresh, shipped):
    """The fast precision may serve an index that was written in the slow one."""
    pixels = fresh[0][:64]
    half = load_tower(WEIGHTS).to(torch.bfloat16)
    assert (encoded(half, pixels) * encoded(shipped, pixels)).sum(1).min() >= 0.999


@pytest.mark.model
def test_the_metrics_file_speaks_of_these_weights():
    """The figures beside the weights were measured on them."""
    metrics = json.loads((WEIGHTS.parent / "metrics.json").read_text())
    assert metrics["sha256"] == sha256_of(WEIGHTS)
