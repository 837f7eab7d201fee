"""Draw the demonstration catalogue into a folder: products.jsonl and pictures/*.png."""

import argparse
import json
import sys
from pathlib import Path

from tqdm import tqdm

from retrieval.catalogue.products import Product, products


def main() -> None:
    """Parse arguments and draw; the same arguments give byte-identical files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("catalogue"))
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if args.count < 1:
        parser.error(f"--count is at least 1, not {args.count}")
    if args.seed < 0:
        parser.error(f"--seed is not negative: {args.seed}")
    pictures = args.out / "pictures"
    try:
        pictures.mkdir(parents=True, exist_ok=True)
        with (args.out / "products.jsonl").open("w", encoding="utf-8") as lines:
            for product in tqdm(products(args.count, args.seed), "drawing", args.count):
                (pictures / f"{product.sku}.png").write_bytes(product.picture)
                lines.write(json.dumps(row(product), ensure_ascii=False) + "\n")
    except OSError as error:
        sys.exit(f"brAInwav: {error}")
    print(f"{args.count} products in {args.out}")


def row(product: Product) -> dict[str, object]:
    """Return a product as a line of products.jsonl."""
    return {
        "sku": product.sku,
        "name": product.name,
        "description": product.description,
        "brand": product.brand,
        "price": product.price,
        "kind": product.look.kind,
        "colour": product.look.colour,
        "pattern": product.look.pattern,
        "picture": f"pictures/{product.sku}.png",
        "created_at": product.created_at.isoformat(),
    }


if __name__ == "__main__":
    main()
