"""Grams of CO2 equivalent in a kilowatt hour of the grid, here and now.

Sources, from the most exact down: an online service (off by default), a file of hours, the
yearly table by country that comes with codecarbon. One that fails is replaced by the next
below it, and the report names the one in use.
"""

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Protocol

from sustainability.errors import BadIntensityFile, IntensityDown, UnknownCountry

WORLD = "WORLD"
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Intensity:
    """Location-based emissions of the grid."""

    g_per_kwh: float
    source: str


class IntensitySource(Protocol):
    """Knows intensities."""

    def at(self, utc_s: float) -> Intensity:
        """Return the intensity at a moment.

        Raises:
            IntensityDown: It is not known now.
        """
        ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """One figure for all times."""

    intensity: Intensity

    def at(self, utc_s: float) -> Intensity:
        """Return the figure."""
        return self.intensity


def of_country(iso_code: str) -> Fixed:
    """Return a country's yearly mean by its three letters, or the world's by ``WORLD``.

    Raises:
        UnknownCountry: The table has no such country.
    """
    if iso_code == WORLD:
        mean = _table("carbon_intensity_per_source.json")["world_average"]
        return Fixed(Intensity(float(mean), "world average (codecarbon's table)"))
    entry = _table("global_energy_mix.json").get(iso_code)
    if entry is None or entry.get("carbon_intensity") is None:
        raise UnknownCountry(
            f"no intensity is known for country {iso_code!r:.40}: use three letters such as "
            f"DEU, or {WORLD}"
        )
    source = f"{entry['country_name']}, mean of {entry['year']} (codecarbon's table)"
    return Fixed(Intensity(float(entry["carbon_intensity"]), source))


@cache
def _table(name: str) -> dict:
    file = resources.files("codecarbon").joinpath("data", "private_infra", name)
    return json.loads(file.read_text(encoding="utf-8"))


class HourlyFile:
    """Hours of a CSV file: `hour,g_per_kwh`, the hour as `2026-11-24T13:00Z` or as `13`.

    Bare hours (0 to 23, UTC) repeat every day. Outside of dated hours nothing is known.

    Raises:
        BadIntensityFile: The file is missing or a line is wrong; the message names it.
    """

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._hours: dict[int, float] = {}
        self._daily: dict[int, float] = {}
        try:
            with path.open(newline="", encoding="utf-8") as file:
                for number, row in enumerate(csv.reader(file), 1):
                    self._read(row, number)
        except OSError as error:
            raise BadIntensityFile(f"{path}: {error.strerror}") from None
        except (UnicodeDecodeError, csv.Error) as error:
            raise BadIntensityFile(f"{path} is no CSV: {error}") from None
        if not self._hours and not self._daily:
            raise BadIntensityFile(f"{path} holds no hours")

    def at(self, utc_s: float) -> Intensity:
        """Return the hour's figure."""
        hour = int(utc_s // HOUR_S)
        value = self._hours.get(hour, self._daily.get(hour % 24))
        if value is None:
            raise IntensityDown(f"{self._name} has no figure for this hour")
        return Intensity(value, f"hours of {self._name}")

    def _read(self, row: list[str], number: int) -> None:
        if not row or (number == 1 and row[0].strip().lower() == "hour"):
            return
        try:
            hour, value = row[0].strip(), float(row[1])
            if not 0 <= value < 5000:
                raise ValueError("not between 0 and 5000 g/kWh")
            if hour.isdecimal() and int(hour) < 24:
                self._daily[int(hour)] = value
            else:
                moment = datetime.fromisoformat(hour)
                moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
                self._hours[int(moment.timestamp() // HOUR_S)] = value
        except (ValueError, IndexError) as error:
            message = f"{self._name}, line {number}: {error}"
            raise BadIntensityFile(message) from None


Fetch = Callable[[str, dict[str, str]], bytes]
"""Gets a URL with headers; raises OSError."""


class ElectricityMaps:
    """A service that answers like Electricity Maps: `GET …/carbon-intensity/latest?zone=DE`.

    Asked at most every ``refresh_s``, from the meter's own thread; between the answers, and for
    ``stale_s`` after the last good one, that one holds. How long that is goes by ``clock_s``,
    which never goes back; without one by the moments that are asked for.
    """

    def __init__(
        self,
        base_url: str,
        zone: str,
        token: str | None,
        fetch: Fetch,
        refresh_s: float = 900.0,
        stale_s: float = 7200.0,
        clock_s: Callable[[], float] | None = None,
    ) -> None:
        self._url = f"{base_url.rstrip('/')}/carbon-intensity/latest?zone={zone}"
        self._headers = {"auth-token": token} if token else {}
        self._fetch = fetch
        self._refresh_s = refresh_s
        self._stale_s = stale_s
        self._clock_s = clock_s
        self._asked_s = self._known_s = float("-inf")
        self._known: Intensity | None = None

    def at(self, utc_s: float) -> Intensity:
        """Return the last answer, asking anew when it is due."""
        now_s = utc_s if self._clock_s is None else self._clock_s()
        if now_s - self._asked_s >= self._refresh_s:
            self._asked_s = now_s
            self._ask(now_s)
        if self._known is None or now_s - self._known_s > self._stale_s:
            raise IntensityDown("the intensity service gave no figure lately")
        return self._known

    def _ask(self, now_s: float) -> None:
        try:
            answer = json.loads(self._fetch(self._url, self._headers))
            value = float(answer["carbonIntensity"])
        # Whatever it answers, or does not: the last figure holds for a while.
        except (OSError, ValueError, KeyError, TypeError):
            return
        if 0 <= value < 5000:
            zone = str(answer.get("zone", ""))[:40]
            self._known = Intensity(value, f"online, zone {zone}, {answer.get('datetime', '')}")
            self._known_s = now_s


class FirstThatKnows:
    """Asks sources in turn; the last one always knows."""

    def __init__(self, *sources: IntensitySource) -> None:
        self._sources = sources

    def at(self, utc_s: float) -> Intensity:
        """Return the first figure there is."""
        for source in self._sources[:-1]:
            try:
                return source.at(utc_s)
            except IntensityDown:
                continue
        return self._sources[-1].at(utc_s)
