"""Energy against its bars: what adds up, what is fair, and what each mode really saves.

Modes are compared under the same offered load in ABBA order, so that a drift of the machine
falls on both. CPU-seconds need no sensor and no model; joules are of the method that is named.
`--attach PORT` measures a service that runs; by default each part starts its own.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable
from typing import Any

from scripts.bench.support.energy_load import (
    SETTLE_S,
    EnergyBooks,
    EnergyGained,
    LoadAnswers,
    Make,
    Window,
    load,
    mean,
    switch_in_turn,
    used,
)
from scripts.bench.support.energy_requests import albums, mixed, pictures
from scripts.bench.support.energy_service import running
from scripts.bench.support.service import report, row

FP32 = {"model": "ViT-B-32", "pretrained": "random", "precision": "fp32"}
BF16 = {"model": "ViT-B-32", "pretrained": "random", "precision": "auto"}
DEMO = {"model": "brainwav-demo"}
CLIENTS = 16
ABBA = (0, 1, 1, 0)
WATTS_A_CORE = 4.0
"""The stated model beside codecarbon's: a busy core above idle, linear."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=list(PARTS), choices=list(PARTS))
    parser.add_argument("--minutes", type=float, default=10.0, help="of the mixed load")
    parser.add_argument("--seconds", type=float, default=40.0, help="of a window")
    parser.add_argument("--rate", type=float, default=4.0, help="requests a second offered")
    parser.add_argument("--attach", type=int, help="port of a service that runs already")
    options = parser.parse_args()
    for name in options.only:
        rows = PARTS[name](options)
        report(f"energy-{name}", rows, {"options": vars(options)})


def window(
    port: int, books: EnergyBooks, make: Make, connections: int, seconds: float, rate: float
) -> Window:
    """Send a load; return what was answered and what the books gained, all of it settled."""
    before = books.report()
    told = asyncio.run(load(port, make, connections, seconds, rate))
    time.sleep(SETTLE_S)
    return told, used(before, books.report())


def picture_figures(told: LoadAnswers, gained: EnergyGained) -> dict[str, float]:
    """Return a window's figures for a picture."""
    rows = [gained.endpoints.get(name) for name in ("/embed/multimodal", "/embed")]
    row = max((row for row in rows if row), key=lambda row: row["units"])
    units = max(1.0, row["units"])
    return {
        "cpu_s": row["cpu_s"] / units,
        "energy_j": row["energy_j"] / units,
        "stated_j": row["cpu_s"] / units * WATTS_A_CORE,
        "mean_w": gained.mean_w,
        "dynamic_w": gained.dynamic_w,
        "requests_w": gained.requests_j / gained.seconds,
        "p50_ms": told.percentile_ms(0.5),
        "p95_ms": told.percentile_ms(0.95),
        "per_s": told.answered / told.seconds,
        "failed": told.failed,
    }


def conservation(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Requests + overhead + idle against the meter; headers against the ledger."""
    with running(options, DEMO) as (port, _):
        books = EnergyBooks(f"http://127.0.0.1:{port}")
        asyncio.run(load(port, mixed(), CLIENTS, 20, options.rate))
        time.sleep(SETTLE_S)
        seconds = options.minutes * 60
        told, gained = window(port, books, mixed(), CLIENTS, seconds, options.rate)
    parts_j = gained.requests_j + gained.overhead_j + gained.idle_j
    meter_j = gained.meter_j - gained.unsettled_j
    error = abs(parts_j - meter_j) / meter_j
    settled_j = sum(endpoint["energy_j"] for endpoint in gained.endpoints.values())
    bias = told.joules / settled_j - 1
    answered = f"{told.answered} answers, {told.failed} failed, {told.seconds:.0f} s"
    split = " + ".join(f"{part:.0f}" for part in (gained.requests_j, gained.overhead_j))
    return [
        row(
            "parts against the meter, relative",
            error,
            "<= 0.001",
            error <= 0.001,
            f"{split} + {gained.idle_j:.0f} J, meter {meter_j:.0f} J; {answered}",
        ),
        row(
            "headers over settled, less one",
            bias,
            "within 0.15",
            abs(bias) <= 0.15,
            f"{told.joules:.1f} J told by {told.stated} headers, {settled_j:.1f} J settled",
        ),
    ]


def fairness(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Two clients, one sending pictures at three times the other's rate."""
    with running(options, FP32, keys=2) as (port, (admin, one, three)):
        books = EnergyBooks(f"http://127.0.0.1:{port}", admin)
        before = books.report()

        async def both() -> tuple[LoadAnswers, LoadAnswers]:
            slow, fast = options.rate / 4, options.rate * 3 / 4
            return await asyncio.gather(
                load(port, pictures(one), 4, options.seconds * 2, slow),
                load(port, pictures(three), 8, options.seconds * 2, fast),
            )

        told = asyncio.run(both())
        time.sleep(SETTLE_S)
        gained = used(before, books.report())
    joules = sorted(gained.clients.values())[-2:]
    sent = told[1].answered / told[0].answered
    ratio = joules[1] / joules[0]
    off = ratio / sent - 1
    is_fair = abs(ratio / 3 - 1) <= 0.1
    detail = f"answers {sent:.3f} to 1, joules off by {off:+.3f}"
    return [
        row("joules of the busier client over the other's", ratio, "3 within 0.3", is_fair, detail),
    ]


def compare(
    port: int, books: EnergyBooks, modes: tuple[str, str], run: Callable[[], Window]
) -> tuple[dict[str, dict[str, float]], dict[str, str]]:
    """Return both modes' mean figures over ABBA windows, and what replicas said of the second."""
    figures: dict[str, list[dict[str, float]]] = {mode: [] for mode in modes}
    said: dict[str, str] = {}
    for turn in ABBA:
        mode = modes[turn]
        books.switch(mode)
        applied = books.await_mode(mode)
        said = applied if turn else said
        figures[mode].append(picture_figures(*run()))
        print(f"  {mode}: {figures[mode][-1]}", file=sys.stderr, flush=True)
    books.switch("full")
    means = {
        mode: {name: mean([w[name] for w in windows]) for name in windows[0]}
        for mode, windows in figures.items()
    }
    return means, said


def saving(
    options: argparse.Namespace,
    model: dict[str, Any],
    bar: float | None,
    name: str,
    loads: tuple[Callable[[], Make], float],
) -> list[dict[str, Any]]:
    """Eco against full at the same offered load: what is sent, and how many of it a second."""
    make, rate = loads
    with running(options, model) as (port, _):
        books = EnergyBooks(f"http://127.0.0.1:{port}")
        asyncio.run(load(port, make(), 8, 5, rate))
        means, said = compare(
            port,
            books,
            ("full", "eco"),
            lambda: window(port, books, make(), 16, options.seconds, rate),
        )
    full, eco = means["full"], means["eco"]
    gate = next((text for key, text in said.items() if key.startswith("Embedder")), "")
    rows = [
        _saved(f"{name}: {what} saved for a picture", full[key], eco[key], bar)
        for what, key in (("CPU-seconds", "cpu_s"), ("dynamic joules", "energy_j"))
    ]
    passed = "times cheaper" in gate.split("refused")[0]
    rows.append(
        row(
            f"{name}: quality gate",
            float(passed),
            "passed" if bar else "reported",
            passed if bar else None,
            gate,
        )
    )
    return [*rows, *_costs(name, full, eco, "eco")]


def _saved(what: str, full: float, other: float, bar: float | None) -> dict[str, Any]:
    share = 1 - other / full
    met = None if bar is None else share >= bar
    return row(what, share, f">= {bar:g}" if bar else "reported", met, f"{full:.4g} to {other:.4g}")


def _costs(
    name: str, full: dict[str, float], other: dict[str, float], mode: str
) -> list[dict[str, Any]]:
    what = (
        ("mean W", "mean_w"),
        ("dynamic W of the node", "dynamic_w"),
        ("W of its requests", "requests_w"),
        ("p50 ms", "p50_ms"),
        ("p95 ms", "p95_ms"),
        ("pictures/s", "per_s"),
        ("J by 4 W a core", "stated_j"),
    )
    return [
        row(f"{name}: {label} in {mode}", other[key], "reported", None, f"full {full[key]:.4g}")
        for label, key in what
    ]


def eco_fp32(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Eco against full where the index is in fp32."""
    return saving(options, FP32, 0.6, "eco, fp32 index, eights", (albums, options.rate / 8))


def eco_singles(options: argparse.Namespace) -> list[dict[str, Any]]:
    """The same where each picture is a request of its own, with all that HTTP costs."""
    return saving(options, FP32, None, "eco, fp32 index, singles", (pictures, options.rate))


def eco_default(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Eco against full in the precision that this machine takes by itself."""
    return saving(options, BF16, None, "eco, default", (albums, options.rate / 8))


def power_cap(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Dynamic power at saturation, and what it costs in latency."""
    with running(options, FP32) as (port, _):
        books = EnergyBooks(f"http://127.0.0.1:{port}")
        means, _ = compare(
            port,
            books,
            ("full", "power_cap"),
            lambda: window(port, books, pictures(), 8, options.seconds, 0.0),
        )
    full, capped = means["full"], means["power_cap"]
    less = 1 - capped["dynamic_w"] / full["dynamic_w"]
    ratio = capped["cpu_s"] / full["cpu_s"]
    power = f"{full['dynamic_w']:.3g} to {capped['dynamic_w']:.3g} W"
    cpu = f"{full['cpu_s']:.4g} to {capped['cpu_s']:.4g}"
    rows = [
        row("power_cap: mean dynamic power below full", less, ">= 0.3", less >= 0.3, power),
        row("power_cap: CPU-seconds a picture against full", ratio, "reported", None, cpu),
    ]
    return [*rows, *_costs("power_cap", full, capped, "power_cap")]


def switching(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Every mode in turn, every three seconds, under load."""
    with running(options, DEMO) as (port, _):
        books = EnergyBooks(f"http://127.0.0.1:{port}")

        async def both() -> tuple[LoadAnswers, int]:
            return await asyncio.gather(
                load(port, mixed(), CLIENTS, options.seconds, options.rate * 2),
                switch_in_turn(books, options.seconds),
            )

        told, switches = asyncio.run(both())
        books.switch("full")
    detail = f"{told.answered} answers, {switches} switches, statuses {told.statuses}"
    return [
        row("failed requests while modes switch", told.failed, "0", told.failed == 0, detail),
    ]


def overhead(options: argparse.Namespace) -> list[dict[str, Any]]:
    """What metering adds to a request, in this process, and to the node, in the service."""
    from scripts.bench.metering import overhead_rows

    return overhead_rows()


PARTS = {
    "overhead": overhead,
    "conservation": conservation,
    "switching": switching,
    "fairness": fairness,
    "eco-fp32": eco_fp32,
    "eco-singles": eco_singles,
    "power-cap": power_cap,
    "eco-default": eco_default,
}


if __name__ == "__main__":
    main()
