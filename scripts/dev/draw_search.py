"""Draw what a search answered, as the picture of the README: a running service is asked."""

import argparse
import textwrap
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from PIL import Image, ImageDraw, ImageFont

PAGE = Path(__file__).resolve().parents[2] / "docs" / "pictures" / "search.png"
TILE, GAP, HEAD, FOOT, SIDE, LINE = 190, 20, 62, 44, 150, 19
"""Pixels: width of a result and between two, heights above and below, a picture's side, a line."""
LINE_CHARACTERS = 26
INK, PAPER = "#24292f", "#ffffff"


def main() -> None:
    """Ask, and write the picture; the service has the catalogue of `brainwav demo`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--query", default="striped red mug")
    parser.add_argument("--out", type=Path, default=PAGE)
    args = parser.parse_args()
    with httpx.Client(base_url=args.url, timeout=60) as client:
        body = {"namespace": "demo", "query": args.query, "limit": 4}
        # The first search after a start is not what a user meets.
        client.post("/search", json=body).raise_for_status()
        answer = client.post("/search", json=body).raise_for_status()
        pictures = [_picture(client, hit["id"]) for hit in answer.json()["results"]]
    cost_j = float(answer.headers["x-energy-joules"])
    args.out.parent.mkdir(parents=True, exist_ok=True)
    drawn(args.query, answer.json(), pictures, cost_j).quantize(128).save(args.out, optimize=True)
    print(f"wrote {args.out}")


def _picture(client: httpx.Client, document_id: str) -> bytes:
    path = f"/documents/{document_id}/image"
    return client.get(path, params={"namespace": "demo"}).raise_for_status().content


def drawn(
    query: str, answer: Mapping[str, Any], pictures: Sequence[bytes], energy_j: float
) -> Image.Image:
    """Return the drawing: the query, a tile a result, and what the answer says of itself."""
    hits = answer["results"]
    size = (len(hits) * (TILE + GAP) + GAP, HEAD + SIDE + 4 * LINE + FOOT)
    canvas = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(canvas)
    pen.rectangle((0, 0, size[0] - 1, size[1] - 1), outline="#d0d7de")
    _write(pen, (GAP, 20), f'brainwav search "{query}"', 20)
    for place, hit in enumerate(hits):
        _tile(canvas, pen, GAP + place * (TILE + GAP), hit, pictures[place])
    said = (
        f"{answer['total_candidates']} candidates, answered in {answer['took_ms']:.1f} ms, "
        f"about {energy_j:.2g} joules above idle"
    )
    _write(pen, (GAP, size[1] - FOOT + 14), said, 14)
    return canvas


def _tile(
    canvas: Image.Image, pen: ImageDraw.ImageDraw, x: int, hit: Mapping[str, Any], picture: bytes
) -> None:
    with Image.open(BytesIO(picture)) as opened:
        canvas.paste(opened.convert("RGB").resize((SIDE, SIDE)), (x, HEAD))
    lines = [*cut(hit["text"]), f"{hit['id']}  score {hit['score']:.3f}"]
    for number, line in enumerate(lines):
        _write(pen, (x, HEAD + SIDE + 8 + LINE * number), line, 13)


def _write(pen: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int) -> None:
    pen.text(at, text, fill=INK, font=ImageFont.load_default(size))


def cut(text: str) -> list[str]:
    """Return the first two lines of a text; dots where there is more."""
    lines = textwrap.wrap(" ".join(text.split()), LINE_CHARACTERS)
    return [*lines[:1], lines[1] + " ..." if len(lines) > 2 else "".join(lines[1:2])]


if __name__ == "__main__":
    main()
