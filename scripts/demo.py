"""Index the demonstration catalogue on a running service, then search it by text and by picture."""

import argparse
import base64
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

import httpx  # noqa: E402  (after the path, like all that follow)
import numpy as np  # noqa: E402
from tqdm import tqdm  # noqa: E402

from deployments.local import cluster  # noqa: E402
from retrieval.catalogue.drawing import Look  # noqa: E402
from retrieval.catalogue.products import Product, png, products  # noqa: E402

NAMESPACE = "demo"
BATCH = 50
IN_FLIGHT = 2
ATTEMPTS = 10
TEXT_QUERY = "striped red mug"
PICTURE_QUERY = Look("teapot", "blue", "dotted")


class DemoFailed(RuntimeError):
    """The service did not do what the demonstration asked of it."""


def main() -> None:
    """Index what is missing, search twice and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--count", type=int, default=1000)
    args = parser.parse_args()
    try:
        with httpx.Client(base_url=args.url, timeout=120) as client:
            index(client, args.count)
            show(client, f'"{TEXT_QUERY}"', {"query": TEXT_QUERY})
            file = png(PICTURE_QUERY, 160, np.random.default_rng(2026))
            what = f"a drawn {PICTURE_QUERY.colour} {PICTURE_QUERY.pattern} {PICTURE_QUERY.kind}"
            show(client, what, {"image_base64": base64.b64encode(file).decode()})
    except (httpx.HTTPError, DemoFailed) as error:
        sys.exit(f"brAInwav: {args.url}: {error}")
    print_addresses(args.url)


def index(client: httpx.Client, count: int) -> None:
    """Write the catalogue; products that are there already are left alone."""
    page = answer(client.get("/documents", params={"namespace": NAMESPACE, "limit": 1}))
    if page["total"] >= count:
        print(f"catalogue: {page['total']} products are indexed already")
        return
    progress = tqdm(total=count, desc="indexing the catalogue", unit="product")
    with progress, ThreadPoolExecutor(IN_FLIGHT) as pool:
        waiting: deque[Future[int]] = deque()
        for batch in batches(products(count), BATCH):
            # While the service works on some batches, the next one is drawn here.
            waiting.append(pool.submit(write, client, batch))
            if len(waiting) > IN_FLIGHT:
                progress.update(waiting.popleft().result())
        for future in waiting:
            progress.update(future.result())


def write(client: httpx.Client, batch: Sequence[Product]) -> int:
    """Write a batch of products and return how many they were."""
    body = {"namespace": NAMESPACE, "documents": [document(product) for product in batch]}
    result = answer(patiently(lambda: client.put("/documents", json=body)))
    if result["failed"]:
        raise DemoFailed(f"not indexed: {result['failed'][0]}")
    return len(batch)


def patiently(send: Callable[[], httpx.Response]) -> httpx.Response:
    """Return the answer, having asked again while the service said when to."""
    response = send()
    for _ in range(ATTEMPTS - 1):
        wait_s = response.headers.get("Retry-After")
        if response.status_code not in (429, 503) or wait_s is None:
            break
        time.sleep(float(wait_s))
        response = send()
    return response


def document(product: Product) -> dict[str, object]:
    """Return a product as a document."""
    return {
        "id": product.sku,
        "text": f"{product.name}. {product.description}",
        "image_base64": base64.b64encode(product.picture).decode(),
        "metadata": {
            "name": product.name,
            "brand": product.brand,
            "price": product.price,
            "kind": product.look.kind,
            "colour": product.look.colour,
            "pattern": product.look.pattern,
        },
        "created_at": product.created_at.isoformat(),
    }


def show(client: httpx.Client, what: str, query: dict[str, object]) -> None:
    """Search and print the five best."""
    body = {"namespace": NAMESPACE, "limit": 5} | query
    found = answer(client.post("/search", json=body))
    print(
        f"\nsearch by {what}: {found['total_candidates']} candidates in {found['took_ms']:.1f} ms"
    )
    for hit in found["results"]:
        facts = hit["metadata"]
        look = f"{facts['colour']} {facts['pattern']} {facts['kind']}"
        print(
            f"  {hit['score']:.3f}  {hit['id']}  {look:<24} {facts['price']:>8.2f}  {facts['name']}"
        )


def answer(response: httpx.Response) -> dict:
    """Return the body of a success, or raise with the service's own message."""
    if response.is_success:
        return response.json()
    raise DemoFailed(f"{response.status_code}: {response.text[:500]}")


def batches(items: Iterator[Product], size: int) -> Iterator[Sequence[Product]]:
    """Cut an iterator into lists."""
    while batch := list(islice(items, size)):
        yield batch


def print_addresses(url: str) -> None:
    """Say where everything is."""
    print(f"\nAPI        {url}\nOpenAPI    {url}/docs")
    running = cluster.recorded(PROJECT / ".brainwav")
    if running is not None:
        print(f"dashboard  {running.dashboard_url}   (token: .brainwav/ray_token)")


if __name__ == "__main__":
    main()
