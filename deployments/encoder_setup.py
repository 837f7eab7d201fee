"""Loading an encoder for a replica, and agreeing with the index on its precision.

Imports torch, which takes seconds: only the Embedder's replicas import this module.
"""

import torch

from deployments.settings import ServiceSettings
from retrieval.clip.encoder import Encoder, ModelSpec, build_encoder
from retrieval.clip.pictures import PictureLimits
from retrieval.clip.precision import Choice, choose
from retrieval.encoding import EncoderInfo
from retrieval.store.fingerprint import Fingerprint


def load(settings: ServiceSettings, threads: int) -> tuple[Encoder, Choice]:
    torch.set_num_threads(threads)
    model = settings.model
    spec = ModelSpec(model.model, model.pretrained, model.sha256, device_of(settings))
    limits = PictureLimits(settings.pictures.max_bytes, settings.pictures.max_pixels)
    return choose(build_encoder(spec, limits), model.precision)


def adopt(
    encoder: Encoder, choice: Choice, agreed: Fingerprint, settings: ServiceSettings
) -> tuple[Encoder, Choice]:
    """Take over the precision an existing index was built with, unless one is configured."""
    if agreed.precision == choice.precision:
        return encoder, choice
    if settings.model.precision != "auto":
        raise ValueError(
            f"the index was built in {agreed.precision} and `precision` says "
            f"{settings.model.precision}: set it to auto or {agreed.precision}, or use another "
            f"`index.uri`"
        )
    reason = f"the index was built in {agreed.precision} (this machine would take {choice.reason})"
    if agreed.precision == "bf16":
        encoder.cast(torch.bfloat16)
        return encoder, Choice("bf16", reason)
    rebuilt, _ = load(_with_precision(settings, "fp32"), torch.get_num_threads())
    return rebuilt, Choice("fp32", reason)


def _with_precision(settings: ServiceSettings, precision: str) -> ServiceSettings:
    model = settings.model.model_copy(update={"precision": precision})
    return settings.model_copy(update={"model": model})


def fingerprint(encoder: Encoder, choice: Choice) -> Fingerprint:
    return Fingerprint(
        text_model=encoder.text.name,
        image_model=encoder.picture.name,
        text_dimension=encoder.text.dimension,
        image_dimension=encoder.picture.dimension,
        precision=choice.precision,
        one_space=encoder.one_space,
    )


def describe(
    encoder: Encoder, choice: Choice, threads: int, settings: ServiceSettings
) -> EncoderInfo:
    return EncoderInfo(
        text_model=encoder.text.name,
        joint_model=encoder.picture.name,
        text_dimension=encoder.text.dimension,
        joint_dimension=encoder.picture.dimension,
        context_length=encoder.joint_text.context_length,
        precision=choice.precision,
        precision_reason=choice.reason,
        threads=threads,
        device=device_of(settings),
        one_space=encoder.one_space,
    )


def device_of(settings: ServiceSettings) -> str:
    if settings.model.device != "auto":
        return settings.model.device
    return "cuda" if torch.cuda.is_available() else "cpu"


def set_threads(threads: int) -> None:
    """Size the calling thread's parallel regions."""
    torch.set_num_threads(threads)
