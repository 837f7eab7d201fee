"""Grams per kilowatt hour from tables, files and services, and what they add up to."""

import json
from pathlib import Path

import pytest

from sustainability.carbon import (
    ElectricityMaps,
    FirstThatKnows,
    Fixed,
    HourlyFile,
    Intensity,
    of_country,
)
from sustainability.errors import BadIntensityFile, IntensityDown, UnknownCountry
from sustainability.reporting.sci import Embodied, functional_unit, sci_g
from sustainability.units import S_PER_YEAR, grams

NOON_S = 1_795_262_400.0
"""2026-11-21T12:00Z."""


def test_countries_come_from_codecarbons_table() -> None:
    """France's grid is cleaner than Poland's, and the source is named."""
    france, poland = of_country("FRA").at(0), of_country("POL").at(0)
    assert france.g_per_kwh < 100 < 500 < poland.g_per_kwh
    assert "France" in france.source
    assert of_country("WORLD").at(0).g_per_kwh == 475


def test_an_unknown_country_is_refused_by_name() -> None:
    """Two letters are not three."""
    with pytest.raises(UnknownCountry, match="'DE'"):
        of_country("DE")


def test_hours_of_a_file_are_found(tmp_path: Path) -> None:
    """Dated ones first, then those of every day."""
    path = tmp_path / "grid.csv"
    path.write_text("hour,g_per_kwh\n2026-11-21T12:00Z,150\n12,300\n13,310\n")
    file = HourlyFile(path)
    assert file.at(NOON_S + 60).g_per_kwh == 150
    assert file.at(NOON_S + 86_400).g_per_kwh == 300
    with pytest.raises(IntensityDown):
        file.at(NOON_S + 2 * 3600)


@pytest.mark.parametrize("line", ["12", "25,100", "12,-1", "12,nan", "noon,100", ""])
def test_a_wrong_line_is_named(tmp_path: Path, line: str) -> None:
    """A file without any hour is wrong as a whole."""
    path = tmp_path / "grid.csv"
    path.write_text(f"hour,g_per_kwh\n{line}\n")
    with pytest.raises(BadIntensityFile, match=r"grid\.csv"):
        HourlyFile(path)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    """A picture is no text."""
    path = tmp_path / "grid.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\xff")
    with pytest.raises(BadIntensityFile, match=r"grid\.csv"):
        HourlyFile(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """At once, not at the first hour."""
    with pytest.raises(BadIntensityFile):
        HourlyFile(tmp_path / "none.csv")


class Service:
    """An Electricity Maps that a test sets."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.answer: bytes | Exception = json.dumps({"zone": "DE", "carbonIntensity": 302}).encode()

    def __call__(self, url: str, headers: dict[str, str]) -> bytes:
        self.calls.append((url, headers))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_the_service_is_asked_when_it_is_due_and_its_token_is_a_header() -> None:
    """Not with every tick."""
    service = Service()
    source = ElectricityMaps("https://maps.test/v3/", "DE", "secret", service, refresh_s=900)
    assert source.at(0).g_per_kwh == 302
    source.at(899)
    source.at(901)
    assert (
        service.calls
        == [("https://maps.test/v3/carbon-intensity/latest?zone=DE", {"auth-token": "secret"})] * 2
    )


@pytest.mark.parametrize(
    "answer", [OSError("down"), b"<html>", b"[]", b"{}", b'{"carbonIntensity": -5}']
)
def test_a_service_that_fails_leaves_its_last_figure_and_then_the_table(answer) -> None:
    """Two hours long the last good answer holds."""
    service = Service()
    source = FirstThatKnows(
        ElectricityMaps("https://maps.test", "DE", None, service), Fixed(Intensity(381, "table"))
    )
    assert source.at(0).g_per_kwh == 302
    service.answer = answer
    assert source.at(3600).g_per_kwh == 302
    assert source.at(7300).g_per_kwh == 381


def test_grams_are_kilowatt_hours_times_intensity() -> None:
    """A kilowatt hour at 381 g."""
    assert grams(3_600_000.0, 381.0) == pytest.approx(381.0)


def test_embodied_emissions_fall_on_the_period() -> None:
    """A quarter of four years' worth, of half the machine."""
    assert Embodied(reserved_share=0.5).emissions_g(S_PER_YEAR) == pytest.approx(125_000.0)


def test_sci_is_operation_and_making_per_unit() -> None:
    """Before the first unit there is no rate."""
    assert sci_g(30.0, 20.0, 100.0) == pytest.approx(0.5)
    assert sci_g(30.0, 20.0, 0.0) is None
    assert functional_unit("/search") == "search"
    assert functional_unit("/namespaces") == "request"
