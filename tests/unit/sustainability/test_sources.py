"""codecarbon as it is installed, and NVML as far as it can be had without a device."""

import logging
from types import SimpleNamespace

import pytest

from sustainability.sources.codecarbon import CodecarbonSource
from sustainability.sources.nvml import NvmlSource
from sustainability.sources.readings import NODE
from tests.unit.sustainability.energy_fakes import Dial


@pytest.fixture(scope="module")
def source():
    source = CodecarbonSource()
    source.begin()
    yield source
    source.end()


def test_codecarbon_counts_upwards_and_names_its_method(source: CodecarbonSource) -> None:
    """Whatever this machine has."""
    first_j = source.read().energy_j[NODE]
    for _ in range(200):
        second_j = source.read().energy_j[NODE]
        if second_j > first_j:
            break
        sum(range(100_000))
    assert second_j > first_j
    method = source.methods()[NODE]
    assert method.name in ("rapl", "cpu_load", "constant")
    assert "codecarbon" in method.detail


def test_codecarbons_model_says_its_own_idle_power(source: CodecarbonSource) -> None:
    """A tenth of the processors' maximum, and the memory."""
    if source.methods()[NODE].name != "cpu_load":
        pytest.skip("this machine has counters")
    assert source.idle_power_w()[NODE] > 0


def test_a_stated_maximum_is_used_where_there_are_no_counters(source: CodecarbonSource) -> None:
    """With counters it would switch them off, so it is left out."""
    stated = CodecarbonSource(cpu_max_w=50.0, ram_w=3.0)
    stated.begin()
    stated.end()
    if source.methods()[NODE].name == "rapl":
        assert stated.methods()[NODE].name == "rapl"
    else:
        assert stated.idle_power_w()[NODE] == pytest.approx(8.0)


def test_codecarbon_writes_no_plain_text_into_the_log(source: CodecarbonSource) -> None:
    """Its own handler is gone; what it reports as an error goes our way."""
    log = logging.getLogger("codecarbon")
    assert not log.handlers
    assert log.propagate
    assert log.level == logging.ERROR


class FakeNvml:
    """Two devices, the second without a counter."""

    class NVMLError(Exception):
        pass

    def __init__(self) -> None:
        self.energy_mj = 1_000_000

    def nvmlInit(self) -> None:
        pass

    def nvmlShutdown(self) -> None:
        pass

    def nvmlDeviceGetCount(self) -> int:
        return 2

    def nvmlDeviceGetHandleByIndex(self, number: int) -> int:
        return number

    def nvmlDeviceGetName(self, handle: int) -> str:
        return f"device {handle}"

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: int) -> int:
        if handle == 1:
            raise self.NVMLError("not supported")
        return self.energy_mj

    def nvmlDeviceGetUtilizationRates(self, handle: int) -> SimpleNamespace:
        return SimpleNamespace(gpu=50, memory=1)


def test_nvml_counts_joules_and_busy_seconds_of_devices_with_a_counter() -> None:
    """From the moment it began."""
    nvml, clock = FakeNvml(), Dial()
    source = NvmlSource(nvml, clock)
    source.begin()
    nvml.energy_mj += 250_000
    clock.turn(2)
    reading = source.read()
    assert reading.energy_j == {"gpu0": 250.0}
    assert reading.busy_s == {"gpu0": pytest.approx(1.0)}
    assert source.methods()["gpu0"].detail == "energy counter of device 0"
    source.end()


def test_without_a_driver_there_are_no_devices() -> None:
    """And no error."""

    class NoDriver(FakeNvml):
        def nvmlInit(self) -> None:
            raise self.NVMLError("driver not loaded")

    source = NvmlSource(NoDriver(), Dial())
    source.begin()
    assert source.read().energy_j == {}
    source.end()
