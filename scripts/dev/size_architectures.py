"""Count what each architecture of open_clip is made of, without memory for its weights.

On torch's meta device a model has shapes and no numbers, so parameters and the operations of a
picture are counted exactly, in about a second each. Writes what `brainwav models` shows.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from typing import Any

from deployments.checking.model_sizes import KEPT
from scripts.dev.stand_ins import stand_in


def main() -> None:
    """Count all, or those that are named, and keep it beside what was counted before."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    import open_clip

    known = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    for name in args.names or open_clip.list_models():
        known[name] = counted(name)
        print(f"{name}: {known[name]}", flush=True)
        KEPT.write_text(lines(known), encoding="utf-8")


def counted(name: str) -> dict[str, Any]:
    """Return an architecture's parameters, dimension, picture, tokens and operations."""
    import open_clip
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    stand_in()
    settings: dict[str, Any] = {"force_custom_text": True, "pretrained_text": False}
    with torch.device("meta"):
        model: Any = open_clip.create_model(name, device="meta", **settings).eval()
    # Of a parameter that is learned the counter asks a gradient's function, and finds none.
    model.requires_grad_(False)
    size = model.visual.preprocess_cfg["size"]
    height, width = (size, size) if isinstance(size, int) else size
    with FlopCounterMode(display=False) as operations, torch.no_grad():
        vector = model.encode_image(torch.empty(1, 3, height, width, device="meta"))
    return {
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "dimension": int(vector.shape[-1]),
        "picture_px": f"{width}x{height}",
        # The counter has two for a multiplication and its addition.
        "picture_gmac": round(operations.get_total_flops() / 2e9, 3),
    }


def lines(known: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the file: an architecture a line."""
    rows: Sequence[str] = [
        f"{json.dumps(name)}: {json.dumps(dict(sizes), sort_keys=True)}"
        for name, sizes in sorted(known.items())
    ]
    return "{\n" + ",\n".join(rows) + "\n}\n"


if __name__ == "__main__":
    main()
