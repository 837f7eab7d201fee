"""Train the embedded model's picture tower against frozen MiniLM caption vectors (LiT).

Zhai et al., LiT: Zero-Shot Transfer with Locked-image text Tuning, CVPR 2022 – here the
text tower is the locked one. A caption matches every picture that it is true of, so targets
are spread over all true captions of a batch.
"""

import argparse
import hashlib
import json
import math
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from tqdm import tqdm

from retrieval.catalogue import wording
from retrieval.catalogue.drawing import Look, draw
from retrieval.catalogue.products import PICTURE_PX, looks
from retrieval.catalogue.shapes import SHAPES
from retrieval.catalogue.surfaces import COLOURS, PATTERNS
from retrieval.clip.tower_protocol import TextTower
from retrieval.clip.towers.demo_tower import ImageTower, to_pixels
from retrieval.clip.towers.minilm import MiniLM
from scripts.dev.demo_model_card import save
from scripts.dev.unrelated_texts import UNRELATED, UNSEEN_UNRELATED

PROJECT = Path(__file__).resolve().parents[2]
WEIGHTS = PROJECT / "retrieval" / "clip" / "weights"
HELD_OUT_SHARE = 0.15
DrawingJob = tuple[Look, int, int]
"""A look, the seed of a run and the picture's number in it."""


@dataclass(frozen=True)
class CaptionBank:
    """Captions with the attributes they name; -1 where they name none."""

    vectors: torch.Tensor
    """Shape (n, 384), L2-normalised."""
    attributes: torch.Tensor
    """Shape (n, 3): kind, colour, pattern as numbers, or -1."""


def held_out(look: Look) -> bool:
    """Decide by a hash of the look, so that the split never depends on an order."""
    digest = hashlib.sha256(f"{look.kind}/{look.colour}/{look.pattern}".encode()).digest()
    return digest[0] / 256 < HELD_OUT_SHARE


def attributes(look: Look) -> tuple[int, int, int]:
    """Return a look as numbers."""
    return (
        list(SHAPES).index(look.kind),
        list(COLOURS).index(look.colour),
        PATTERNS.index(look.pattern),
    )


def draw_one(job: DrawingJob) -> Image.Image:
    """Draw one picture; sizes vary so that resampling is learnt too."""
    look, seed, number = job
    rng = np.random.default_rng([seed, number])
    size_px = int(rng.choice([64, 96, PICTURE_PX]))
    return draw(look, size_px, rng)


def draw_pixels(job: DrawingJob) -> np.ndarray:
    """Draw one picture as the tower sees it."""
    return to_pixels(draw_one(job))


def held_out_jobs(seed: int = 0) -> list[DrawingJob]:
    """Return what is judged by: pictures of the looks that no training picture has."""
    return jobs_of([look for look in looks() if held_out(look)], 12, seed + 1_000_003)


def jobs_of(these: list[Look], per_look: int, seed: int) -> list[DrawingJob]:
    """Return looks, each so many times."""
    return [(look, seed, i) for i, look in enumerate(these * per_look)]


def pictures(jobs: list[DrawingJob], what: str) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels, shape (n, 3, 64, 64), and attributes, shape (n, 3)."""
    with ProcessPoolExecutor() as pool:
        drawn = pool.map(draw_pixels, jobs, chunksize=64)
        pixels = np.stack(list(tqdm(drawn, f"drawing {what}", len(jobs), unit="picture")))
    return pixels, np.array([attributes(look) for look, _, _ in jobs])


def caption_bank(these: list[Look], text: MiniLM) -> CaptionBank:
    """Encode captions of every level of detail; never one of a held-out combination."""
    rows: dict[tuple[str, tuple[int, int, int]], None] = {}
    for look in these:
        kind, colour, pattern = attributes(look)
        for caption in wording.full_captions(look):
            rows[caption, (kind, colour, pattern)] = None
        two = [(kind, colour, -1)] * 2 + [(kind, -1, pattern)] * 2 + [(-1, colour, pattern)]
        for caption, named in zip(wording.pair_captions(look), two, strict=True):
            rows[caption, named] = None
        for caption in wording.kind_captions(look.kind):
            rows[caption, (kind, -1, -1)] = None
        for caption in wording.colour_captions(look.colour):
            rows[caption, (-1, colour, -1)] = None
        for caption in wording.pattern_captions(look.pattern):
            rows[caption, (-1, -1, pattern)] = None
    captions = [caption for caption, _ in rows]
    return CaptionBank(encode(text, captions), torch.tensor([named for _, named in rows]))


def encode(text: TextTower, captions: list[str]) -> torch.Tensor:
    """Return unit vectors of captions."""
    parts = [text.encode(text.prepare(captions[i : i + 256])) for i in range(0, len(captions), 256)]
    return F.normalize(torch.from_numpy(np.concatenate(parts)), dim=1)


def true_of(captions: torch.Tensor, looks_: torch.Tensor) -> torch.Tensor:
    """Return shape (looks, captions): does the caption hold for the look?"""
    named = captions[None] >= 0
    return ((captions[None] == looks_[:, None]) | ~named).all(-1)


def loss_of(
    vectors: torch.Tensor,
    texts: torch.Tensor,
    unrelated: torch.Tensor,
    true: torch.Tensor,
    scale: torch.Tensor,
) -> torch.Tensor:
    """Contrastive loss both ways, targets spread over all true pairs."""
    logits = scale * vectors @ torch.cat([texts, unrelated]).T
    wide = F.pad(true.float(), (0, len(unrelated)))
    to_text = -(F.log_softmax(logits, 1) * wide / wide.sum(1, keepdim=True)).sum(1).mean()
    narrow, back = true.float(), logits[:, : len(texts)]
    to_picture = -(F.log_softmax(back, 0) * narrow / narrow.sum(0, keepdim=True)).sum(0).mean()
    return (to_text + to_picture) / 2


def train(args: argparse.Namespace, bank: CaptionBank, unrelated: torch.Tensor, data) -> ImageTower:
    """Run the training loop and return the tower."""
    pixels, labels = torch.from_numpy(data[0]), torch.from_numpy(data[1])
    tower = ImageTower().to(memory_format=torch.channels_last)
    log_scale = torch.nn.Parameter(torch.tensor(math.log(20.0)))
    optimiser = torch.optim.AdamW([*tower.parameters(), log_scale], lr=args.lr, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, args.lr, total_steps=args.steps, pct_start=0.1
    )
    generator = torch.Generator().manual_seed(args.seed)
    every_true = true_of(bank.attributes, labels)
    # Levels of detail are drawn alike, though there are far more full captions than others.
    level = (bank.attributes >= 0).sum(1)
    weights = torch.stack([(level == n) / max(1, int((level == n).sum())) for n in (1, 2, 3)]).sum(
        0
    )
    progress = tqdm(range(args.steps), "training", unit="step")
    for _ in progress:
        rows = torch.randint(len(pixels), (args.batch,), generator=generator)
        columns = torch.multinomial(weights, args.texts, replacement=False, generator=generator)
        true = every_true[rows][:, columns]
        keep = true.any(0)
        columns, true = columns[keep], true[:, keep]
        covered = true.any(1)
        rows, true = rows[covered], true[covered]
        with torch.autocast("cpu", torch.bfloat16, enabled=args.bf16):
            vectors = tower(augmented(pixels[rows], generator))
        vectors = F.normalize(vectors.float(), dim=1)
        loss = loss_of(
            vectors, bank.vectors[columns], unrelated, true, log_scale.exp().clamp(max=100)
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        progress.set_postfix(loss=f"{loss.item():.3f}")
    return tower


def augmented(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Shift, and vary brightness a little; never mirror: it costs nothing and helps little."""
    shift = torch.randint(-4, 5, (2,), generator=generator).tolist()
    moved = torch.roll(pixels, shift, (2, 3)).float()
    gain = 1 + 0.1 * (torch.rand((len(pixels), 1, 1, 1), generator=generator) - 0.5)
    return (moved * gain).clamp(0, 255)


def vectors_of(tower: ImageTower, pixels: np.ndarray) -> torch.Tensor:
    """Encode many pictures."""
    with torch.inference_mode():
        parts = [tower(torch.from_numpy(pixels[i : i + 256])) for i in range(0, len(pixels), 256)]
    return F.normalize(torch.cat(parts).float(), dim=1)


def zero_shot(vectors: torch.Tensor, prompts: list[list[str]], text: TextTower) -> torch.Tensor:
    """Classify by the nearest mean of each class's prompt vectors."""
    means = torch.stack([encode(text, group).mean(0) for group in prompts])
    return (vectors @ F.normalize(means, dim=1).T).argmax(1)


def accuracies(vectors: torch.Tensor, truth: torch.Tensor, text: TextTower) -> dict[str, float]:
    """Return shares of pictures whose kind, colour and pattern are told by text prompts alone.

    Args:
        vectors: Shape (n, 384), L2-normalised.
        truth: Shape (n, 3), attributes.
    """
    prompts = (
        [wording.kind_prompts(kind) for kind in SHAPES],
        [wording.colour_prompts(colour) for colour in COLOURS],
        [wording.pattern_prompts(pattern) for pattern in PATTERNS],
    )
    right = (zero_shot(vectors, prompts[i], text) == truth[:, i] for i in range(3))
    shares = (round(each.float().mean().item(), 4) for each in right)
    return dict(zip(("object", "colour", "pattern"), shares, strict=True))


def evaluate(tower: ImageTower, data, text: MiniLM) -> dict[str, float]:
    """Return accuracies by text prompts alone, and what unrelated texts score."""
    pixels, labels = data
    vectors = vectors_of(tower, pixels)
    truth = torch.from_numpy(labels)
    figures = accuracies(vectors, truth, text)
    every = looks()
    names = encode(text, [f"a {look.pattern} {look.colour} {look.kind}" for look in every])
    best = (vectors @ names.T).argmax(1)
    found = torch.tensor([attributes(look) for look in every])[best]
    figures["whole_look_of_1000"] = round((found == truth).all(1).float().mean().item(), 4)
    own = names[[_row(every, label) for label in labels]]
    unrelated = vectors @ encode(text, list(UNSEEN_UNRELATED)).T
    figures["cosine_fitting_p05"] = round((vectors * own).sum(1).quantile(0.05).item(), 4)
    figures["cosine_fitting_p50"] = round((vectors * own).sum(1).quantile(0.5).item(), 4)
    figures["cosine_unrelated_p50"] = round(unrelated.flatten().quantile(0.5).item(), 4)
    figures["cosine_unrelated_max"] = round(unrelated.max().item(), 4)
    return figures


def _row(every: list[Look], label: np.ndarray) -> int:
    look = Look(list(SHAPES)[label[0]], list(COLOURS)[label[1]], PATTERNS[label[2]])
    return every.index(look)


def main() -> None:
    """Draw, train, judge and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-look", type=int, default=26, help="training pictures of each look")
    parser.add_argument("--steps", type=int, default=1400)
    parser.add_argument("--batch", type=int, default=192)
    parser.add_argument("--texts", type=int, default=512)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-bf16", dest="bf16", action="store_false")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    args = parser.parse_args()
    start_s = time.monotonic()
    torch.manual_seed(args.seed)
    seen = [look for look in looks() if not held_out(look)]
    text = MiniLM()
    data = pictures(jobs_of(seen, args.per_look, args.seed), "for training")
    kept = held_out_jobs(args.seed)
    judged = pictures(kept, "held-out looks")
    bank = caption_bank(seen, text)
    tower = train(args, bank, encode(text, list(UNRELATED)), data).eval()
    figures = evaluate(tower, judged, text)
    settings = {
        "pictures": len(data[0]),
        "held_out_looks": len({look for look, _, _ in kept}),
        "held_out_pictures": len(judged[0]),
        "steps": args.steps,
        "batch": args.batch,
        "lr": args.lr,
        "seed": args.seed,
        "minutes": (time.monotonic() - start_s) / 60,
        "threads": torch.get_num_threads(),
    }
    save(tower, figures, settings, args.out)
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
