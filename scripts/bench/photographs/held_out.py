"""Whether drawn pictures are told as before: looks of no training picture, through the whole tower.

Held to what the drawn tower alone was trained for (`scripts.dev.train_demo_clip`, its model card).
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np
import torch
from PIL import Image

from retrieval.clip.encoder import Encoder
from retrieval.photograph_mark import are_photographs
from scripts.bench.support.service import row
from scripts.dev.train_demo_clip import accuracies, attributes, draw_one, held_out_jobs

BATCH = 16
BARS = {"object": 0.97, "colour": 0.98, "pattern": 0.95}


def held_out_rows(encoder: Encoder) -> Iterator[dict[str, Any]]:
    """Yield how many are told, by text prompts alone, and how many are taken for photographs."""
    jobs = held_out_jobs()
    files = [_png(draw_one(job)) for job in jobs]
    parts = [files[at : at + BATCH] for at in range(0, len(files), BATCH)]
    tower = encoder.picture
    made = [tower.encode([tower.prepare(file) for file in part]) for part in parts]
    vectors = torch.nn.functional.normalize(torch.from_numpy(np.concatenate(made)), dim=1)
    truth = torch.tensor([attributes(look) for look, _, _ in jobs])
    for name, share in accuracies(vectors, truth, encoder.joint_text).items():
        what = f"{len(jobs)} drawn pictures of looks that were held out: {name}"
        yield row(what, share, f"≥ {BARS[name]}", share >= BARS[name], "by text prompts alone")
    taken = float(are_photographs(vectors.numpy()).mean())
    yield row("of these, taken for photographs", taken, "0", taken == 0)


def _png(picture: Image.Image) -> bytes:
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
