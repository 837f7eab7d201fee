"""What a picture costs a model on this machine: decoding and a forward pass, in time of one core.

Time of the processor, so that whatever else runs meanwhile counts little. The numbers that weights
hold do not matter, so an architecture is built with random ones: nothing is fetched.
"""

import time
from collections.abc import Callable
from io import BytesIO

from PIL import Image

from retrieval.clip.encoder import DEMO_MODEL, ModelSpec, build_encoder
from retrieval.clip.pictures.decode import PictureLimits
from retrieval.clip.runtime import keep_freed_memory, set_threads
from retrieval.clip.tower_protocol import PictureTower

BATCH = 16
ROUNDS = 3
SIZE_PX = (640, 480)


def picture_tower(model: str) -> PictureTower:
    """Build the tower that a model reads pictures with.

    Args:
        model: The embedded one, an architecture, ``hf-hub:…`` or ``local-dir:…``.

    Raises:
        ModelError: It cannot be built.
    """
    if model == DEMO_MODEL:
        return build_encoder(ModelSpec(), PictureLimits()).picture
    # Imported here: the embedded model does without open_clip.
    from retrieval.clip.towers.open_clip import RANDOM, OpenClipPicture, load_model

    has_weights = model.startswith(("hf-hub:", "local-dir:"))
    built = load_model(model, None if has_weights else RANDOM, None)
    return OpenClipPicture(built, model, 0, "cpu", PictureLimits())


def picture_ms(tower: PictureTower, clock: Callable[[], float] = time.process_time) -> float:
    """Return milliseconds a picture, the best of some batches.

    Args:
        tower: On the CPU.
        clock: Seconds of this process's work.
    """
    set_threads(1)
    keep_freed_memory()
    file = BytesIO()
    Image.linear_gradient("L").resize(SIZE_PX).convert("RGB").save(file, "JPEG")
    return min(_round_s(tower, file.getvalue(), clock) for _ in range(ROUNDS)) * 1e3 / BATCH


def _round_s(tower: PictureTower, file: bytes, clock: Callable[[], float]) -> float:
    start_s = clock()
    tower.encode([tower.prepare(file) for _ in range(BATCH)])
    return clock() - start_s
