"""NVIDIA accelerators by their energy counters: one domain for each device.

The counter (`nvmlDeviceGetTotalEnergyConsumption`, millijoules since the driver was loaded) is
read instead of the power: power readings cover a quarter of the time on recent devices
(arXiv 2312.02741).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sustainability.sources.readings import EnergyReading, MeasuringMethod

MJ_PER_J = 1000.0


@dataclass(slots=True)
class _Device:
    handle: Any
    name: str
    start_j: float
    last_s: float
    busy_s: float = 0.0


class NvmlSource:
    """Implements ``readings.Source`` over ``pynvml`` or whatever looks like it."""

    def __init__(self, nvml: Any, clock: Callable[[], float] = time.monotonic) -> None:
        self._nvml = nvml
        self._clock = clock
        self._devices: dict[str, _Device] = {}

    def begin(self) -> None:
        """Find devices that have a counter; no driver means no devices."""
        try:
            self._nvml.nvmlInit()
            count = self._nvml.nvmlDeviceGetCount()
        except self._nvml.NVMLError:
            return
        for number in range(count):
            handle = self._nvml.nvmlDeviceGetHandleByIndex(number)
            try:
                start_j = self._counter_j(handle)
            # Devices older than Volta have no counter.
            except self._nvml.NVMLError:
                continue
            name = self._nvml.nvmlDeviceGetName(handle)
            self._devices[f"gpu{number}"] = _Device(handle, str(name), start_j, self._clock())

    def read(self) -> EnergyReading:
        """Return joules and busy seconds of every device."""
        now_s = self._clock()
        energy_j: dict[str, float] = {}
        for name, device in self._devices.items():
            try:
                rates = self._nvml.nvmlDeviceGetUtilizationRates(device.handle)
                energy_j[name] = self._counter_j(device.handle) - device.start_j
            # One that has fallen off the bus leaves the others to be read.
            except self._nvml.NVMLError:
                continue
            device.busy_s += rates.gpu / 100.0 * (now_s - device.last_s)
            device.last_s = now_s
        return EnergyReading(energy_j, {name: self._devices[name].busy_s for name in energy_j})

    def methods(self) -> dict[str, MeasuringMethod]:
        """Name the devices."""
        return {
            name: MeasuringMethod("nvml", f"energy counter of {device.name}")
            for name, device in self._devices.items()
        }

    def idle_power_w(self) -> dict[str, float]:
        """Know nothing of idle power: it is calibrated."""
        return {}

    def end(self) -> None:
        """Let go of the driver."""
        if self._devices:
            self._nvml.nvmlShutdown()

    def _counter_j(self, handle: Any) -> float:
        return self._nvml.nvmlDeviceGetTotalEnergyConsumption(handle) / MJ_PER_J


def installed() -> NvmlSource | None:
    """Return the source over ``pynvml``, None where that is not installed."""
    try:
        import pynvml
    except ImportError:
        return None
    return NvmlSource(pynvml)
