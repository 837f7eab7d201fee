"""Fixtures of this folder."""

import pytest

from tests.unit.encoding.model_samples import Model


@pytest.fixture
def model() -> Model:
    return Model()
