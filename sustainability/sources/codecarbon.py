"""Processors and memory by codecarbon: RAPL where the machine has it, else its load model.

Only the offline tracker: the other one asks the internet where it is. It is read by `flush`,
when we want it; its own timer is set beyond the life of a service, and nothing is written to
disk or sent anywhere. Accelerators are left to ``nvml_source``, one counter each.
"""

import contextlib
import logging
from dataclasses import dataclass

from sustainability.sources.node_cpu import core_count
from sustainability.sources.readings import NODE, EnergyReading, MeasuringMethod
from sustainability.units import J_PER_KWH

NEVER_S = 1e8
"""Three years. Threads of the tracker would otherwise measure when they like."""
METHODS = {
    "intel_rapl": "rapl",
    "windows_emi": "rapl",
    "intel_power_gadget": "rapl",
    "cpu_load": "cpu_load",
    "constant": "constant",
}
IDLE_SHARE = 0.1
"""Of the maximum: codecarbon's load model is P = max * (0.1 + 0.9 u^3)."""


@dataclass(slots=True)
class _Latest:
    """What the tracker hands over when it is flushed; an output handler of codecarbon."""

    energy_j: float = 0.0
    ram_w: float = 0.0

    def out(self, total, delta) -> None:
        self.energy_j = (total.cpu_energy + total.ram_energy) * J_PER_KWH
        self.ram_w = total.ram_power

    def live_out(self, total, delta) -> None:
        """Leave measurements that were not asked for alone."""

    def task_out(self, data, experiment_name: str) -> None:
        """There are no tasks."""

    def exit(self) -> None:
        """Nothing is open."""


class CodecarbonSource:
    """Implements ``readings.Source``.

    Args:
        cpu_max_w: The processors' power at full load where there is no counter; None lets
            codecarbon look it up by the processor's name. With counters it is not used, as
            passing it on would switch them off.
        ram_w: The memory's power; None lets codecarbon guess it from the size.
    """

    def __init__(self, cpu_max_w: float | None = None, ram_w: float | None = None) -> None:
        self._cpu_max_w = cpu_max_w
        self._ram_w = ram_w
        self._latest = _Latest()
        self._tracker = None
        self._cpu = None

    def begin(self) -> None:
        """Find the hardware; takes about two seconds."""
        tracker = self._started(None)
        if self._cpu_max_w is not None and _mode(tracker) not in ("intel_rapl", "windows_emi"):
            _stop(tracker)
            tracker = self._started(self._cpu_max_w)
        self._tracker, self._cpu = tracker, _cpu(tracker)
        self.read()

    def read(self) -> EnergyReading:
        """Measure now."""
        assert self._tracker is not None
        self._tracker.flush()
        return EnergyReading({NODE: self._latest.energy_j})

    def methods(self) -> dict[str, MeasuringMethod]:
        """Say which of codecarbon's ways is in use."""
        mode = _mode(self._tracker)
        name = METHODS.get(mode, "constant")
        ram = f"memory {self._latest.ram_w:.3g} W constant"
        if name == "rapl":
            return {
                NODE: MeasuringMethod(name, f"codecarbon, {mode} counters of the packages, {ram}")
            }
        detail = f"codecarbon, {mode} model of {_model(self._cpu)}, at most {self._max_w():.3g} W"
        return {NODE: MeasuringMethod(name, f"{detail}, {ram}")}

    def idle_power_w(self) -> dict[str, float]:
        """Return the floor of the load model; counters have to be calibrated."""
        if _mode(self._tracker) != "cpu_load":
            return {}
        return {NODE: IDLE_SHARE * self._max_w() + self._latest.ram_w}

    def end(self) -> None:
        """Stop the tracker."""
        if self._tracker is not None:
            _stop(self._tracker)

    def _max_w(self) -> float:
        return float(getattr(self._cpu, "_tdp", None) or 0.0)

    def _started(self, cpu_max_w: float | None):
        log = logging.getLogger("codecarbon")
        # Before the import its level is INFO, and the constructor logs before it sets its own.
        log.setLevel(logging.ERROR)
        from codecarbon import OfflineEmissionsTracker

        log.setLevel(logging.ERROR)
        tracker = OfflineEmissionsTracker(
            country_iso_code="DEU",  # our own intensities are in carbon.py; it must have one
            output_methods=[],
            output_handlers=[self._latest],
            emissions_endpoint=None,
            electricitymaps_api_token=None,
            api_call_interval=-1,
            measure_power_secs=NEVER_S,
            tracking_mode="machine",
            force_cpu_power=cpu_max_w,
            force_ram_power=self._ram_w,
            force_mode_cpu_load=False,
            gpu_ids=[],
            pue=1.0,
            allow_multiple_runs=True,
            log_level="error",
        )
        _quieten(log)
        tracker.start()
        return tracker


def _quieten(log: logging.Logger) -> None:
    # Its handler writes plain text to stderr, in the midst of JSON.
    for handler in list(log.handlers):
        log.removeHandler(handler)
    log.propagate = True


def _stop(tracker) -> None:
    with contextlib.suppress(Exception):
        tracker.stop()


def _cpu(tracker):
    hardware = getattr(tracker, "_hardware", [])
    return next((item for item in hardware if hasattr(item, "_mode")), None)


def _mode(tracker) -> str:
    return str(getattr(_cpu(tracker), "_mode", "constant"))


def _model(cpu) -> str:
    name = cpu.get_model() if cpu is not None else None
    return f"{name or 'an unknown processor'} ({core_count()} cores)"
