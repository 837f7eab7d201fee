"""An index of the time before photographs were known goes on as it began, and says so."""

from dataclasses import replace

import pytest

from deployments.encoding import setup
from deployments.settings.service import ServiceSettings
from retrieval.clip.encoder import Encoder, ModelSpec, build_encoder
from retrieval.clip.photographs import tower
from retrieval.clip.pictures.decode import PictureLimits
from retrieval.clip.precision import Choice
from retrieval.errors import IncompatibleIndex
from retrieval.store.fingerprint import reconcile

CHOICE = Choice("fp32", "as configured")
SETTINGS = ServiceSettings()


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    """Load the embedded model once."""
    return build_encoder(ModelSpec(), PictureLimits())


def test_photographs_join_no_index_of_the_time_before(encoder: Encoder):
    """Its own tower encodes on, under its own tag, and what is served says what to do."""
    offered = setup.fingerprint(encoder, CHOICE)
    recorded = replace(offered, image_model="brainwav-demo")
    agreed = reconcile(recorded, offered)
    adopted, choice = setup.adopt(encoder, CHOICE, agreed, SETTINGS)
    assert setup.fingerprint(adopted, choice) == recorded
    assert "brainwav reembed" in setup.describe(adopted, choice, 1, SETTINGS).photographs


def test_a_new_index_is_made_with_them(encoder: Encoder):
    """And what is served says how far they are known."""
    offered = setup.fingerprint(encoder, CHOICE)
    adopted, choice = setup.adopt(encoder, CHOICE, reconcile(None, offered), SETTINGS)
    assert adopted is encoder
    assert setup.describe(adopted, choice, 1, SETTINGS).photographs == setup.COMMON_THINGS


def test_an_index_with_photographs_is_refused_without_them(encoder: Encoder):
    """Vectors of the drawn tower would stand among theirs and nobody would know."""
    offered = setup.fingerprint(encoder.without_photographs(), CHOICE)
    with pytest.raises(IncompatibleIndex, match=r"\+photographs-1"):
        reconcile(setup.fingerprint(encoder, CHOICE), offered)


def test_without_the_package_the_model_starts_and_says_so(monkeypatch):
    """It is what it was before."""
    monkeypatch.setattr(tower, "PACKAGE", "a_package_that_nobody_has")
    encoder = build_encoder(ModelSpec(), PictureLimits())
    assert encoder.picture.identity == "brainwav-demo"
    assert "is not installed" in setup.describe(encoder, CHOICE, 1, SETTINGS).photographs
