"""Build every architecture of open_clip with random weights and encode a picture and a text.

Each in a process of its own, which may take 8 GiB. Tokenisers and configurations of text towers
that open_clip fetches from a hub are stood in for: a tokeniser of a few words, sizes as published.
Writes docs/reference/architectures.json after each, so that it may be ended and goes on later;
`python -m scripts.reference` makes the page of it.
"""

import argparse
import json
import multiprocessing
import queue
import resource
import time
import traceback
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from deployments.checking.model_sizes import sizes
from scripts.dev.stand_ins import TEXT, stand_in
from scripts.reference.architectures import KEPT

MOST_BYTES = 8 * 1024**3
ADDRESS_BYTES = MOST_BYTES + 4 * 1024**3
"""Libraries are mapped too, most of them untouched."""
TOO_LARGE = "needs more than 8 GiB"
DEADLINE_S = 300.0


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of an architecture."""

    name: str
    works: bool
    said: str
    """Why it does not work."""
    parameters: int = 0
    dimension: int = 0
    context_tokens: int = 0
    picture_px: str = ""
    peak_mib: int = 0
    stands_in: bool = False
    """Its tokeniser was stood in for."""


def main() -> None:
    """Try what is named, else what was not tried yet, and keep it beside what was found before."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    known = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    for name in args.names or untried(known):
        tried = in_process(name) if fits(name) else Tried(name, False, TOO_LARGE)
        known[name] = {key: value for key, value in asdict(tried).items() if key != "name"}
        print(
            f"{name}: {'works' if tried.works else tried.said} ({tried.peak_mib} MiB)", flush=True
        )
        text = json.dumps(known, indent=1, sort_keys=True) + "\n"
        Path(KEPT).write_text(text, encoding="utf-8")


def untried(known: Collection[str]) -> Sequence[str]:
    """Return the architectures of which nothing is known, the smallest first."""
    left = [name for name in sizes() if name not in known]
    return sorted(left, key=lambda name: sizes()[name].parameters)


def fits(name: str) -> bool:
    """Whether an architecture's weights alone leave room."""
    return name not in sizes() or sizes()[name].weights_bytes < MOST_BYTES


def in_process(name: str) -> Tried:
    """Try one in a process that may be ended."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["open_clip", "transformers"])
    answers = context.Queue()
    process = context.Process(target=_child, args=(name, answers))
    process.start()
    try:
        tried = _answer(process, answers)
    except queue.Empty:
        tried = Tried(name, False, f"no answer within {DEADLINE_S:g} s or 8 GiB")
    process.kill()
    process.join()
    return tried


def _answer(process: Any, answers: Any) -> Tried:
    end_s = time.monotonic() + DEADLINE_S
    while True:
        try:
            return Tried(**answers.get(timeout=1.0))
        except queue.Empty:
            if not process.is_alive() or time.monotonic() > end_s:
                raise


def _child(name: str, answers: Any) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_BYTES, ADDRESS_BYTES))
    try:
        tried = attempt(name)
    except MemoryError:
        tried = Tried(name, False, TOO_LARGE)
    except Exception as error:
        is_memory = "can't allocate memory" in str(error)
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        said = TOO_LARGE if is_memory else f"{type(error).__name__}: {error} ({where})"
        tried = Tried(name, False, said[:200])
    answers.put(asdict(tried))


def attempt(name: str) -> Tried:
    """Build one and encode a picture and a text by the product's own towers."""
    import numpy as np
    import open_clip
    from PIL import Image

    from retrieval.clip.pictures.decode import PictureLimits
    from retrieval.clip.towers.open_clip import OpenClipPicture, OpenClipText, load_model

    text_config = (open_clip.get_model_config(name) or {})["text_cfg"]
    stands_in = "hf_tokenizer_name" in text_config or "hf_model_name" in text_config
    stand_in()
    _draw_quickly()
    model: Any = load_model(name, "random", None)
    dimension = int((open_clip.get_model_config(name) or {})["embed_dim"])
    picture = OpenClipPicture(model, name, dimension, "cpu", PictureLimits())
    text = OpenClipText(model, name, name, dimension, "cpu")
    file = BytesIO()
    Image.linear_gradient("L").convert("RGB").save(file, "PNG")
    of_picture = picture.encode([picture.prepare(file.getvalue())])
    of_text = text.encode(text.prepare([TEXT]))
    for what, vectors in (("picture", of_picture), ("text", of_text)):
        if vectors.shape != (1, dimension) or not np.isfinite(vectors).all():
            return Tried(name, False, f"its {what} vector is of another shape, or not finite")
    geometry = picture.recipe.geometry
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    fits = peak_mib * 1024**2 <= MOST_BYTES
    return Tried(
        name,
        fits,
        "" if fits else TOO_LARGE,
        sum(parameter.numel() for parameter in model.parameters()),
        dimension,
        text.context_length,
        f"{geometry.width}x{geometry.height}",
        peak_mib,
        stands_in,
    )


def _draw_quickly() -> None:
    """Draw weights from one even distribution: others take minutes for a billion of them."""
    import timm.layers.weight_init
    import torch

    def drawn(tensor: Any, *args: Any, **settings: Any) -> Any:
        with torch.no_grad():
            return tensor.uniform_(-0.02, 0.02)

    for module in (torch.nn.init, timm.layers.weight_init):
        for kind in ("trunc_normal_", "normal_", "kaiming_uniform_", "xavier_uniform_"):
            if hasattr(module, kind):
                setattr(module, kind, drawn)
    timm.layers.weight_init.trunc_normal_tf_ = drawn


if __name__ == "__main__":
    main()
