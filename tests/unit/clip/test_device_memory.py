"""What a device has left, by the files that say so."""

from pathlib import Path

from retrieval.clip.device_memory import free_bytes

MEMINFO = "MemTotal:       24000000 kB\nMemAvailable:    1000 kB\n"


def files(folder: Path, limit: str | None, used: int = 0) -> dict[str, Path]:
    (folder / "meminfo").write_text(MEMINFO)
    if limit is not None:
        (folder / "memory.max").write_text(f"{limit}\n")
        (folder / "memory.current").write_text(f"{used}\n")
    return {"meminfo": folder / "meminfo", "cgroup": folder}


def test_the_nearer_bound_counts(tmp_path: Path) -> None:
    """The kernel's figure, or what the container may still take."""
    assert free_bytes("cpu", **files(tmp_path, None)) == 1000 * 1024
    assert free_bytes("cpu", **files(tmp_path, "max", 5)) == 1000 * 1024
    assert free_bytes("cpu", **files(tmp_path, "5000", 4000)) == 1000
    assert free_bytes("cpu", **files(tmp_path, "5000", 6000)) == 0


def test_a_machine_that_says_nothing_is_not_out_of_memory(tmp_path: Path) -> None:
    """No file, no figure."""
    assert free_bytes("cpu", tmp_path / "none", tmp_path) is None


def test_this_machine_says_something() -> None:
    """Linux does."""
    free = free_bytes("cpu")
    assert free is None or free > 0
