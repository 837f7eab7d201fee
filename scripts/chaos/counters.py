"""Every counter of `/metrics`, looked at again and again: none may go back."""

import threading

import httpx

EVERY_S = 2.0


class Counters:
    """Looks in the background; entered and left like a file."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._last: dict[str, float] = {}
        self.went_back: dict[str, tuple[float, float]] = {}
        """By series: what it was, and the less it was later."""
        self.looks = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)

    def __enter__(self) -> "Counters":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join(60)

    def told(self) -> str:
        """Return some of those that went back."""
        return ", ".join(
            f"{name} from {before:g} to {after:g}"
            for name, (before, after) in list(self.went_back.items())[:3]
        )

    def note(self, text: str) -> None:
        """Compare one answer with the one before."""
        self.looks += 1
        for name, value in _counters(text).items():
            before = self._last.get(name, value)
            # Joules and seconds are sums of floats: the last digit is not a step back.
            if value < before - 1e-6 * max(1.0, abs(before)):
                self.went_back[name] = (before, value)
            self._last[name] = value

    def _look_on(self) -> None:
        while not self._over.wait(EVERY_S):
            try:
                answer = httpx.get(f"{self._url}/metrics", timeout=10)
            except httpx.HTTPError:
                continue
            # Unreachable is said, never answered with less.
            if answer.status_code == 200:
                self.note(answer.text)


def _counters(text: str) -> dict[str, float]:
    kinds: dict[str, str] = {}
    found: dict[str, float] = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ", 3)
            kinds[name] = kind
        elif line and not line.startswith("#"):
            series, _, value = line.rpartition(" ")
            name = series.partition("{")[0]
            stem = name.removesuffix("_bucket").removesuffix("_count").removesuffix("_sum")
            if kinds.get(name) == "counter" or kinds.get(stem) == "histogram":
                found[series] = float(value)
    return found
