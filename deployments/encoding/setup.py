"""Loading an encoder for a replica, and agreeing with the index on its precision.

Pulls in torch, which takes seconds: only the Embedder's replicas import this module.
"""

from deployments.settings.locations import loaded_from
from deployments.settings.service import ServiceSettings
from retrieval.clip.encoder import DEMO_MODEL, Encoder, ModelSpec, build_encoder
from retrieval.clip.photographs.tower import NOT_INSTALLED, packaged_weights
from retrieval.clip.pictures.decode import PictureLimits
from retrieval.clip.precision import DTYPES, Choice, choose
from retrieval.clip.runtime import default_device, keep_freed_memory, set_threads
from retrieval.clip.sentence_spec import SentenceSpec
from retrieval.encoding import EncoderInfo
from retrieval.store.fingerprint import Fingerprint

COMMON_THINGS = "common things are recognised"
OLDER_INDEX = (
    "the index is of the time before the embedded model knew photographs: of them nothing is known "
    "until `brainwav reembed` has made another"
)


def load(settings: ServiceSettings) -> tuple[Encoder, Choice]:
    """Build the encoder in the precision that is configured, or measured to be best here.

    Measured on one thread, since every forward pass runs on one.

    Raises:
        ModelError: The settings name nothing that can be loaded.
    """
    set_threads(1)
    keep_freed_memory()
    model = settings.model
    text = settings.text_model and SentenceSpec(**settings.text_model.model_dump())
    spec = ModelSpec(
        loaded_from(model.model),
        model.pretrained,
        model.sha256,
        device_of(settings),
        text,
        named=model.model,
    )
    limits = PictureLimits(**settings.pictures.model_dump())
    return choose(build_encoder(spec, limits), model.precision)


def adopt(
    encoder: Encoder,
    choice: Choice,
    agreed: Fingerprint,
    settings: ServiceSettings,
) -> tuple[Encoder, Choice]:
    """Take over what an existing index was built with: its precision, and what of photographs.

    Raises:
        ValueError: Another precision is configured; the message says what to do.
    """
    encoder, choice = _in_precision(encoder, choice, agreed.precision, settings)
    if encoder.picture.identity != agreed.image_model:
        # Claimed all the same, so it is of the time before: one index never holds both.
        encoder = encoder.without_photographs()
    return encoder, choice


def _in_precision(
    encoder: Encoder, choice: Choice, precision: str, settings: ServiceSettings
) -> tuple[Encoder, Choice]:
    if precision == choice.precision:
        return encoder, choice
    if settings.model.precision != "auto":
        raise ValueError(
            f"the index was built in {precision} and `precision` says "
            f"{settings.model.precision}: set it to auto or {precision}, or use another "
            f"`index.uri`"
        )
    reason = f"the index was built in {precision} (this machine would take {choice.reason})"
    if precision == "bf16":
        encoder.cast(DTYPES["bf16"])
        return encoder, Choice("bf16", reason)
    rebuilt, _ = load(_with_precision(settings, "fp32"))
    return rebuilt, Choice("fp32", reason)


def _with_precision(settings: ServiceSettings, precision: str) -> ServiceSettings:
    model = settings.model.model_copy(update={"precision": precision})
    return settings.model_copy(update={"model": model})


def fingerprint(encoder: Encoder, choice: Choice) -> Fingerprint:
    """Return what an index must remember of this encoder."""
    return Fingerprint(
        text_model=encoder.text.identity,
        image_model=encoder.picture.identity,
        text_dimension=encoder.text.dimension,
        image_dimension=encoder.picture.dimension,
        precision=choice.precision,
        one_space=encoder.one_space,
    )


def describe(
    encoder: Encoder, choice: Choice, threads: int, settings: ServiceSettings
) -> EncoderInfo:
    """Return what clients and health may know of the encoder."""
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
        tag=fingerprint(encoder, choice).tag,
        query_spaces=("text",) if encoder.text.tells_queries else (),
        logits=encoder.logits,
        photographs=photographs_of(encoder),
    )


def photographs_of(encoder: Encoder) -> str:
    """Say what becomes of photographs, where that is not what a model of pictures does."""
    if encoder.picture.name != DEMO_MODEL:
        return ""
    if encoder.drawn is not None:
        return COMMON_THINGS
    return NOT_INSTALLED if packaged_weights() is None else OLDER_INDEX


def model_threads(settings: ServiceSettings, threads: int) -> int:
    """Return how many forward passes run at a time: one a core, but one on a GPU."""
    return threads if device_of(settings) == "cpu" else 1


def device_of(settings: ServiceSettings) -> str:
    """Return the configured device, or the best one there is."""
    if settings.model.device != "auto":
        return settings.model.device
    return default_device()
