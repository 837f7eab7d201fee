"""The bare encoder in loops, as plain as one writes them."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import numpy as np
import torch
from PIL import Image

from retrieval.clip.encoder import Encoder, ModelSpec, build_encoder
from retrieval.clip.pictures.decode import PictureLimits

CLIP = {"model": "ViT-B-32", "pretrained": "random"}


def bare_encoder(settings: dict[str, str], extra: dict[str, Any]) -> Encoder:
    """Return the model as the service has it, on as many threads."""
    name = settings["model"]
    torch.set_num_threads(extra[name]["threads"])
    encoder = build_encoder(ModelSpec(name, settings.get("pretrained")), PictureLimits())
    if extra[name]["precision"] == "bf16":
        encoder.cast(torch.bfloat16)
    return encoder


def bare_pictures(
    encoder: Encoder,
    files: Sequence[bytes],
    batch: int,
    seconds: float,
    pool: ThreadPoolExecutor | None = None,
) -> float:
    """Return pictures per second of a loop that decodes and encodes.

    With a pool the next batch is decoded while this one is encoded.
    """
    tower = encoder.picture
    start_s, done, position = time.perf_counter(), 0, 0

    def take() -> list[bytes]:
        nonlocal position
        chunk = [files[(position + i) % len(files)] for i in range(batch)]
        position += batch
        return chunk

    ahead = [pool.submit(tower.prepare, file) for file in take()] if pool else []
    while time.perf_counter() - start_s < seconds:
        if pool is None:
            prepared = [tower.prepare(file) for file in take()]
        else:
            current, ahead = ahead, [pool.submit(tower.prepare, file) for file in take()]
            prepared = [future.result() for future in current]
        tower.encode(prepared)
        done += batch
    return done / (time.perf_counter() - start_s)


def naive_texts(
    encoder: Encoder, texts: Sequence[str], batch: int, seconds: float, is_clip: bool
) -> float:
    """Return captions per second of a loop without trimming."""
    encode = _untrimmed(encoder) if is_clip else _padded(encoder)
    start_s, done = time.perf_counter(), 0
    while time.perf_counter() - start_s < seconds:
        encode([texts[(done + i) % len(texts)] for i in range(batch)])
        done += batch
    return done / (time.perf_counter() - start_s)


def _untrimmed(encoder: Encoder) -> Callable[[Sequence[str]], object]:
    import open_clip

    model, tokenizer = encoder.modules[1], open_clip.get_tokenizer(CLIP["model"])

    def encode(texts: Sequence[str]) -> object:
        with torch.inference_mode():
            return model.encode_text(tokenizer(list(texts)))  # type: ignore[operator]

    return encode


def _padded(encoder: Encoder) -> Callable[[Sequence[str]], object]:
    return lambda texts: encoder.text.encode(encoder.text.prepare(texts))


def photographs(count: int) -> list[bytes]:
    """Return JPEG files of 640×427 with as much detail as photographs (about 90 KB)."""
    files = []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        coarse = rng.integers(0, 256, (54, 80, 3), dtype=np.uint8)
        picture = Image.fromarray(coarse).resize((640, 427), Image.Resampling.BICUBIC)
        file = BytesIO()
        picture.save(file, "JPEG", quality=90)
        files.append(file.getvalue())
    return files


def captions(count: int) -> list[str]:
    """Return short captions of 5 to 12 words."""
    rng = np.random.default_rng(7)
    nouns = ("dog", "car", "woman", "tree", "bicycle", "house", "boy", "horse", "table", "boat")
    adjectives = ("red", "small", "old", "wooden", "bright", "quiet", "tall", "wet", "striped")
    places = ("on a beach", "in the snow", "near a river at sunset", "outside a bakery")
    return [
        f"a photo of a {rng.choice(adjectives)} {rng.choice(nouns)} and a {rng.choice(nouns)} "
        f"{rng.choice(places)}"[: int(rng.integers(24, 70))]
        for _ in range(count)
    ]
