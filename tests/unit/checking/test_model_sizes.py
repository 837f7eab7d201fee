"""Sizes that are shown are those of the models that are built."""

import numpy as np
import pytest

from deployments.checking import model_sizes
from deployments.checking.known_models import architectures
from deployments.checking.model_sizes import embedded, sizes
from retrieval.clip.encoder import ModelSpec, build_encoder
from retrieval.clip.photographs.efficientnet import INPUT_PX as PHOTOGRAPH_PX
from retrieval.clip.photographs.efficientnet import load_efficientnet
from retrieval.clip.photographs.table import load_table
from retrieval.clip.photographs.tower import packaged_weights
from retrieval.clip.picture_cost import BATCH, ROUNDS, picture_ms, picture_tower
from retrieval.clip.pictures.decode import PictureLimits
from retrieval.clip.tower_protocol import Prepared
from retrieval.clip.towers.demo_tower import INPUT_PX as DRAWN_PX
from tests.towers import picture_file

pytestmark = pytest.mark.model


def test_every_architecture_was_counted() -> None:
    """A new release of open_clip needs `python -m scripts.dev.size_architectures`."""
    assert set(sizes()) == set(architectures())


def test_counts_are_those_of_a_built_model() -> None:
    """Of one that is built with numbers here, though small."""
    encoder = build_encoder(ModelSpec("ViT-S-32-alt", "random"), PictureLimits())
    kept = sizes()["ViT-S-32-alt"]
    model = encoder.modules[-1]
    assert kept.parameters == sum(parameter.numel() for parameter in model.parameters())
    assert kept.dimension == encoder.picture.dimension
    prepared = encoder.picture.prepare(picture_file())
    assert kept.picture_px == f"{prepared.data.shape[2]}x{prepared.data.shape[1]}"


def test_the_embedded_model_is_counted_by_its_files() -> None:
    """All its towers, and what the classes of photographs mean."""
    encoder = build_encoder(ModelSpec(), PictureLimits())
    weights = packaged_weights()
    assert weights is not None
    modules = (*encoder.modules, load_efficientnet(weights))
    loaded = sum(p.numel() for module in modules for p in module.parameters())
    loaded += load_table("classes").numel() + load_table("looks").numel()
    assert embedded().parameters == pytest.approx(loaded, rel=0.01)
    assert embedded().dimension == encoder.picture.dimension
    assert embedded().picture_px == f"{PHOTOGRAPH_PX}x{PHOTOGRAPH_PX}"


def test_without_the_network_of_photographs_it_is_not_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It comes with a package, which may be missing."""
    whole = embedded()
    monkeypatch.setattr(model_sizes, "PHOTOGRAPHS", "no_such_package")
    assert embedded().parameters == whole.parameters - 4_631_000 - 2 * 1000 * 384
    assert embedded().picture_px == f"{DRAWN_PX}x{DRAWN_PX}"


class Counting:
    """A tower that does nothing, and counts."""

    name, dimension = "none", 1

    def __init__(self) -> None:
        self.batches: list[int] = []

    def prepare(self, picture: bytes) -> Prepared:
        return Prepared(np.frombuffer(picture, np.uint8), 1, False)

    def encode(self, batch: list[Prepared]) -> None:
        self.batches.append(len(batch))


def test_a_cost_is_the_best_of_some_batches_for_each_picture() -> None:
    """By the clock that is given: three rounds of 3.2, 1.6 and 4.8 seconds."""
    times = iter([0.0, 3.2, 10.0, 11.6, 20.0, 24.8])
    tower = Counting()
    assert picture_ms(tower, lambda: next(times)) == pytest.approx(100)  # type: ignore[arg-type]
    assert tower.batches == [BATCH] * ROUNDS


def test_towers_of_both_kinds_are_built_without_weights() -> None:
    """The embedded one, and an architecture's."""
    for name in ("brainwav-demo", "ViT-S-32-alt"):
        tower = picture_tower(name)
        assert len(tower.encode([tower.prepare(picture_file())])) == 1


def test_the_embedded_tower_that_is_timed_is_the_one_that_serves() -> None:
    """It knows photographs, which cost ten times what drawn pictures do."""
    serves = build_encoder(ModelSpec(), PictureLimits()).picture
    assert picture_tower("brainwav-demo").identity == serves.identity  # type: ignore[attr-defined]
