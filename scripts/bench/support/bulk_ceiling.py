"""The bare model over a folder of pictures: what `bulk_jobs.py` compares a job with.

In a process of its own, since the job's rival must not share an interpreter with the bench.
Every thread reads, decodes and encodes by itself, in batches of the service's size, with one
thread a forward pass, as the service does; nothing is sent, stored or written.
"""

import json
import sys
import threading
import time
from pathlib import Path

import torch

from retrieval.clip.encoder import Encoder, ModelSpec, build_encoder
from retrieval.clip.pictures.decode import PictureLimits

BATCH_ITEMS = 32


def main() -> None:
    """Print pictures per second."""
    folder, threads, precision, seconds, model = sys.argv[1:]
    settings = json.loads(model)
    torch.set_num_threads(1)
    encoder = build_encoder(ModelSpec(settings["model"], settings["pretrained"]), PictureLimits())
    if precision == "bf16":
        encoder.cast(torch.bfloat16)
    print(rate(encoder, sorted(Path(folder).glob("*.png")), int(threads), float(seconds)))


def rate(encoder: Encoder, files: list[Path], threads: int, seconds: float) -> float:
    """Return pictures per second of all threads together."""
    counts = [0] * threads
    encoder.picture.encode([encoder.picture.prepare(files[0].read_bytes())] * BATCH_ITEMS)
    start_s = time.perf_counter()

    def work(number: int) -> None:
        at = number * BATCH_ITEMS
        while time.perf_counter() - start_s < seconds:
            chunk = [files[(at + i) % len(files)] for i in range(BATCH_ITEMS)]
            encoder.picture.encode([encoder.picture.prepare(f.read_bytes()) for f in chunk])
            counts[number] += len(chunk)
            at += threads * BATCH_ITEMS

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(counts) / (time.perf_counter() - start_s)


if __name__ == "__main__":
    main()
