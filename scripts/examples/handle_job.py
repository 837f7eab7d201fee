"""A job of your own on the running service: find texts that say nearly the same.

    .venv/bin/python -m scripts.examples.handle_job texts.txt

It encodes every line by Ray handle, some hundred at once, and prints pairs of lines whose
vectors nearly agree. Nothing is written anywhere.
"""

import argparse
import asyncio
import sys
from pathlib import Path

import numpy as np

from deployments.bulk.connection import connect, prepare
from retrieval.encoding import EncodeReply, EncodeRequest

PROJECT = Path(__file__).resolve().parents[2]
CALL_ITEMS = 32
UNDER_WAY = 4


async def encoded(lines: list[str]) -> np.ndarray:
    """Return a unit vector for each line, in order."""
    # Ray reads its variables when it is imported: not before ``prepare``.
    from ray import serve

    embedder = serve.get_deployment_handle("Embedder", "brainwav")
    under_way = asyncio.Semaphore(UNDER_WAY)

    async def call(part: list[str]) -> np.ndarray:
        async with under_way, asyncio.timeout(120):
            # In the background: whoever waits for an answer over HTTP goes first.
            request = EncodeRequest(part, "text", background=True)
            reply: EncodeReply = await embedder.encode.remote(request)
        for line, report in zip(part, reply.reports, strict=True):
            if report.error is not None:
                print(f"left out: {line[:60]!r}: {report.error.message}", file=sys.stderr)
        return reply.vectors

    parts = [lines[at : at + CALL_ITEMS] for at in range(0, len(lines), CALL_ITEMS)]
    return np.concatenate(await asyncio.gather(*(call(part) for part in parts)))


def main() -> None:
    """Parse arguments, encode, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="texts, one a line")
    parser.add_argument("--state", type=Path, default=PROJECT / ".brainwav")
    parser.add_argument("--cosine", type=float, default=0.9)
    args = parser.parse_args()
    lines = [line for line in args.file.read_text().splitlines() if line.strip()]
    connect(prepare(args.state, address=None))
    vectors = asyncio.run(encoded(lines))
    alike = np.triu(vectors @ vectors.T, k=1)
    for first, second in zip(*np.nonzero(alike >= args.cosine), strict=True):
        print(f"{alike[first, second]:.3f}\t{lines[first]}\t{lines[second]}")


if __name__ == "__main__":
    main()
