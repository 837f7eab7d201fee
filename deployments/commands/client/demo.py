"""Index the demonstration catalogue on a running service, then search it by text and picture."""

import base64
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import click
import httpx
import numpy as np
from tqdm import tqdm

from deployments.commands.base import Command, CommandFailed, home_option
from deployments.commands.service import answer_of, service_of, url_option
from deployments.local import cluster
from deployments.local.environment import token_file
from retrieval.catalogue.drawing import Look
from retrieval.catalogue.products import Product, png, products

NAMESPACE = "demo"
BATCH = 50
NOW = {"Prefer": "wait=60"}
"""The catalogue is asked for as soon as it is written: no job on a slow machine."""
IN_FLIGHT = 2
ATTEMPTS = 10
TEXT_QUERY = "striped red mug"
PICTURE_QUERY = Look("teapot", "blue", "dotted")


@click.command(cls=Command)
@home_option
@url_option
@click.option("--count", type=click.IntRange(1), default=1000, show_default=True, help="Products.")
def command(home: Path, url: str | None, count: int) -> None:
    """Index a drawn catalogue (what is there already is left alone) and search it twice."""
    service = service_of(home, url)
    service.announce()
    try:
        with service.client(timeout_s=120) as client:
            index(client, count)
            show(client, f'"{TEXT_QUERY}"', {"query": TEXT_QUERY})
            file = png(PICTURE_QUERY, 160, np.random.default_rng(2026))
            what = f"a drawn {PICTURE_QUERY.colour} {PICTURE_QUERY.pattern} {PICTURE_QUERY.kind}"
            show(client, what, {"image_base64": base64.b64encode(file).decode()})
    except httpx.HTTPError as error:
        raise CommandFailed(f"{service.url}: {error}") from error
    print_addresses(service.url, home)


def index(client: httpx.Client, count: int) -> None:
    """Write the catalogue; products that are there already are left alone."""
    if (there := held(client)) >= count:
        print(f"catalogue: {there} products are indexed already")
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


def held(client: httpx.Client) -> int:
    """Return how many products are there; before the first write there is no namespace."""
    answer = client.get("/documents", params={"namespace": NAMESPACE, "limit": 1})
    return 0 if answer.status_code == 404 else answer_of(answer)["total"]


def write(client: httpx.Client, batch: Sequence[Product]) -> int:
    """Write a batch of products and return how many they were."""
    body = {"namespace": NAMESPACE, "documents": [document(product) for product in batch]}
    result = answer_of(patiently(lambda: client.put("/documents", json=body, headers=NOW)))
    if result["failed"]:
        raise CommandFailed(f"not indexed: {result['failed'][0]}")
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
    found = answer_of(client.post("/search", json=body))
    print(
        f"\nsearch by {what}: {found['total_candidates']} candidates in {found['took_ms']:.1f} ms"
    )
    for hit in found["results"]:
        facts = hit["metadata"]
        look = f"{facts['colour']} {facts['pattern']} {facts['kind']}"
        print(
            f"  {hit['score']:.3f}  {hit['id']}  {look:<24} {facts['price']:>8.2f}  {facts['name']}"
        )


def batches(items: Iterator[Product], size: int) -> Iterator[Sequence[Product]]:
    """Cut an iterator into lists."""
    while batch := list(islice(items, size)):
        yield batch


def print_addresses(url: str, home: Path) -> None:
    """Say where everything is."""
    print(f"\nconsole    {url}/\nAPI        {url}\nOpenAPI    {url}/docs")
    running = cluster.recorded(home)
    if running is not None and url == f"http://127.0.0.1:{running.http}":
        print(f"dashboard  {running.dashboard_url}   (token: {token_file(home)})")


if __name__ == "__main__":
    command()
