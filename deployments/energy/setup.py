"""From settings to the pure parts of a meter: sources, intensities, modes."""

import time
from pathlib import Path

import httpx

from deployments.settings.service import EnergySettings
from deployments.settings.tunables import EnergyTunables, ProfileSettings
from sustainability.carbon import (
    ElectricityMaps,
    FirstThatKnows,
    HourlyFile,
    IntensitySource,
    of_country,
)
from sustainability.metering.meter import Meter
from sustainability.modes.auto_policy import AutoRules
from sustainability.modes.in_force import ModeService
from sustainability.modes.profiles import Profile, Profiles
from sustainability.reporting.sci import Embodied
from sustainability.service import Thresholds
from sustainability.sources.codecarbon import CodecarbonSource
from sustainability.sources.linear import LinearSource
from sustainability.sources.nvml import installed
from sustainability.sources.readings import EnergySource

FETCH_TIMEOUT_S = 5.0


def meter_of(settings: EnergySettings) -> Meter:
    """Return the node's meter, not begun yet."""
    sources: list[EnergySource] = [_node_source(settings)]
    nvml = installed()
    if nvml is not None:
        sources.append(nvml)
    return Meter(sources, pue=settings.pue, idle_w=settings.idle_w)


def _node_source(settings: EnergySettings) -> EnergySource:
    if settings.source == "codecarbon":
        return CodecarbonSource(settings.cpu_max_w, settings.ram_w)
    assert settings.idle_w is not None
    assert settings.cpu_max_w is not None
    return LinearSource(settings.idle_w, settings.idle_w + settings.cpu_max_w)


def intensity_of(settings: EnergySettings) -> IntensitySource:
    """Return where intensities come from, the most exact first.

    Raises:
        UnknownCountry, BadIntensityFile: The settings name what is not there.
    """
    sources: list[IntensitySource] = [of_country(settings.country)]
    if settings.intensity_file is not None:
        sources.insert(0, HourlyFile(Path(settings.intensity_file)))
    maps = settings.electricity_maps
    if maps is not None:
        token = Path(maps.token_file).read_text().strip() if maps.token_file else None
        online = ElectricityMaps(
            maps.url, maps.zone, token, _fetch, maps.refresh_s, clock_s=time.monotonic
        )
        sources.insert(0, online)
    return FirstThatKnows(*sources)


def embodied_of(settings: EnergySettings) -> Embodied:
    """Return the hardware's making."""
    return Embodied(settings.embodied_g, settings.lifespan_years, settings.reserved_share)


def thresholds(tunables: EnergyTunables) -> Thresholds:
    """Return what is worth a warning."""
    return Thresholds(tunables.warn_power_w, tunables.warn_request_j)


def mode_service(tunables: EnergyTunables, before: ModeService) -> ModeService:
    """Return the modes by new settings; what was chosen and decided stays."""
    auto = tunables.auto
    service = ModeService(
        Profiles(_profile(tunables.eco), _profile(tunables.power_cap)),
        AutoRules(
            auto.eco_above_g_per_kwh,
            auto.eco_hours_utc,
            auto.power_budget_w,
            auto.min_dwell_s,
            dict(auto.latency_objectives_s),
            auto.headroom,
        ),
        tunables.power_cap_w,
        before.chosen,
        before.configured,
        before.decision,
        before.duty,
    )
    service.configure(tunables.mode)
    return service


def _profile(settings: ProfileSettings) -> Profile:
    return Profile(**settings.model_dump())


def _fetch(url: str, headers: dict[str, str]) -> bytes:
    try:
        answer = httpx.get(url, headers=headers, timeout=FETCH_TIMEOUT_S)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise OSError(str(error)) from error
    return answer.content
