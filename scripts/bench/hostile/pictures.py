"""Pictures made to hurt: what one client's do to another's, and how long each is worked on.

Two parts. The first starts a service of its own: one client keeps eight dear pictures in flight
while another sends small ones; quiet and hostile turns alternate in one run. Then the hostile
client hangs up, and the CPU time of the Embedder's processes is read two seconds later. The second
(`--folder`) sends every file of a folder, such as Pillow's `Tests/images`, and counts errors of the
service and answers later than a second; without a folder it sends the files of the tests.
"""

import argparse
import asyncio
import itertools
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import psutil
from PIL import Image

from reliability.identity.api_keys import issue, write_keys
from scripts.bench.support.service import multipart, report, row, service, url
from tests.http.hostile import deep_png, hostile_files, jpeg_of_scans, laborious_but_good

IN_FLIGHT = 8
TURNS = 4
ROUTE = "/embed/multimodal"
DEMO = {"model": "brainwav-demo", "threads": "all"}
CLIP = {"model": "ViT-B-32", "pretrained": "random", "threads": "all"}
SETTLE_S = 2.0
WATCHED_S = 2.0
DEADLINE_S = 60.0
OTHERS: set[int] = set()
"""Processes that ran before: another service's Embedder is not ours."""


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6.0, help="of each turn")
    parser.add_argument("--folder", type=Path, help="files to send, each once")
    parser.add_argument("--clip", action="store_true", help="ViT-B-32 instead of the demo model")
    args = parser.parse_args()
    keys = [issue(name, "client", None, "2026-01-01T00:00:00+00:00") for name in ("one", "other")]

    def change(config: dict[str, Any], state: Path) -> None:
        file = state / "keys.json"
        write_keys(file, {key.id: key for key, _ in keys})
        config["applications"][0]["args"]["identity"] = {"keys_file": str(file)}

    OTHERS.update(process.pid for process in psutil.process_iter())
    with service(CLIP if args.clip else DEMO, change=change):
        texts = [text for _, text in keys]
        rows = asyncio.run(beside(texts[0], texts[1], args.seconds))
        # At once: a large folder takes minutes.
        report("hostile-pictures", rows, {})
        files = list(folder(args.folder) if args.folder else made())
        rows += asyncio.run(each(texts[0], files))
    report("hostile-pictures", rows, {"folder": args.folder.name if args.folder else "tests"})


def dear_pictures() -> list[bytes]:
    """Return pictures that are allowed and cost seconds, and some that are refused."""
    large = BytesIO()
    Image.new("RGB", (6300, 6300), "red").save(large, "WEBP")
    return [
        deep_png(6300),
        jpeg_of_scans(90, 2_400),
        large.getvalue(),
        jpeg_of_scans(1_500),
    ]


async def beside(hostile: str, quiet: str, seconds: float) -> list[dict[str, Any]]:
    """Alternate quiet and hostile turns of another client's small picture."""
    small = BytesIO()
    Image.new("RGB", (64, 64), "teal").save(small, "PNG")
    dear = dear_pictures()
    alone_ms: list[float] = []
    beside_ms: list[float] = []
    told: Counter[str] = Counter()
    async with client(quiet) as victim, client(hostile) as attacker:
        await timed(victim, small.getvalue(), 2.0)
        for _ in range(TURNS):
            alone_ms += await timed(victim, small.getvalue(), seconds)
            crowd = [
                asyncio.create_task(keep_sending(attacker, dear, told)) for _ in range(IN_FLIGHT)
            ]
            await asyncio.sleep(1.0)
            beside_ms += await timed(victim, small.getvalue(), seconds)
            for task in crowd:
                task.cancel()
            await asyncio.gather(*crowd, return_exceptions=True)
            await asyncio.sleep(SETTLE_S)
        idle_s = await burnt_s()
        crowd = [asyncio.create_task(keep_sending(attacker, dear, told)) for _ in range(IN_FLIGHT)]
        await asyncio.sleep(2.0)
        for task in crowd:
            task.cancel()
        await asyncio.gather(*crowd, return_exceptions=True)
        await asyncio.sleep(SETTLE_S)
        after_s = await burnt_s()
    quiet_p95, beside_p95 = p95(alone_ms), p95(beside_ms)
    return [
        row(
            f"another client's picture beside {IN_FLIGHT} hostile ones, p95 over quiet p95",
            beside_p95 / quiet_p95,
            "at most 2",
            beside_p95 <= 2 * quiet_p95,
            f"{quiet_p95:.1f} ms quiet, {beside_p95:.1f} ms beside; medians "
            f"{statistics.median(alone_ms):.1f} and {statistics.median(beside_ms):.1f}; hostile "
            f"answers {dict(told)}",
        ),
        row(
            f"CPU of the Embedder's processes {SETTLE_S:g} s after the last caller hung up, "
            f"over {WATCHED_S:g} s",
            after_s,
            "as idle",
            after_s <= idle_s + 0.1 * WATCHED_S,
            f"{idle_s:.2f} s idle before",
        ),
    ]


async def each(key: str, files: Sequence[tuple[str, bytes]]) -> list[dict[str, Any]]:
    """Send every file once."""
    statuses: Counter[int] = Counter()
    times_s: list[tuple[float, str]] = []
    failed: list[str] = []
    async with client(key) as sender:
        for name, data in files:
            start_s = time.perf_counter()
            status = await send(sender, data)
            times_s.append((time.perf_counter() - start_s, name))
            statuses[status] += 1
            if status >= 500:
                failed.append(name)
    slow = sorted((t for t in times_s if t[0] > 1.0), reverse=True)
    longest_s, longest = max(times_s)
    said = f"{dict(statuses)}; longest {longest_s:.2f} s ({longest})"
    count = len(files)
    return [
        row(f"answers of 5xx to {count} files", len(failed), "0", not failed, str(failed[:5])),
        row(f"answers later than a second to {count} files", len(slow), "0", not slow, said),
    ]


def folder(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file below a folder."""
    for file in sorted(path.rglob("*")):
        if file.is_file():
            yield str(file.relative_to(path)), file.read_bytes()


def made() -> Iterator[tuple[str, bytes]]:
    """Yield the files of the tests, and good ones cut and damaged everywhere."""
    yield from hostile_files()
    yield from laborious_but_good()
    for form in ("JPEG", "PNG", "GIF", "WEBP", "BMP"):
        file = BytesIO()
        Image.effect_noise((24, 16), 50).convert("RGB").save(file, form)
        whole = file.getvalue()
        step = max(1, len(whole) // 60)
        for at in range(1, len(whole), step):
            yield f"{form} cut at {at}", whole[:at]
            flipped = bytearray(whole)
            flipped[at] ^= 1 << (at % 8)
            yield f"{form} with a bit of byte {at} flipped", bytes(flipped)


def client(key: str) -> httpx.AsyncClient:
    """Return a client with a key."""
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    return httpx.AsyncClient(
        base_url=url(), headers={"X-API-Key": key}, timeout=DEADLINE_S, limits=limits
    )


async def send(sender: httpx.AsyncClient, picture: bytes) -> int:
    """Return the status of a picture's answer."""
    body, kind = multipart(picture, {"modality": "IMAGE"})
    return (await sender.post(ROUTE, content=body, headers={"Content-Type": kind})).status_code


async def timed(sender: httpx.AsyncClient, picture: bytes, seconds: float) -> list[float]:
    """Send one picture after the other; return how long each took, in milliseconds."""
    ends_s, times_ms = time.perf_counter() + seconds, []
    while time.perf_counter() < ends_s:
        start_s = time.perf_counter()
        status = await send(sender, picture)
        if status != 200:
            raise RuntimeError(f"a good picture was answered with {status}")
        times_ms.append((time.perf_counter() - start_s) * 1000)
    return times_ms


async def keep_sending(
    sender: httpx.AsyncClient, pictures: Sequence[bytes], told: Counter[str]
) -> None:
    """Send dear pictures until cancelled."""
    for picture in itertools.cycle(pictures):
        told[str(await send(sender, picture))] += 1


async def burnt_s() -> float:
    """Return the CPU seconds that the Embedder and its decoders spend within a while."""
    before = dict(embedder())
    await asyncio.sleep(WATCHED_S)
    return sum(spent - before.get(process, 0.0) for process, spent in embedder())


def embedder() -> Iterator[tuple[psutil.Process, float]]:
    """Yield the Embedder's processes and their CPU seconds."""
    for process in psutil.process_iter():
        try:
            if process.pid not in OTHERS and "Embedder" in " ".join(process.cmdline()):
                for one in (process, *process.children(recursive=True)):
                    yield one, sum(one.cpu_times()[:2])
        except psutil.Error:
            continue


def p95(times_ms: Sequence[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(times_ms, n=20)[-1]


if __name__ == "__main__":
    main()
