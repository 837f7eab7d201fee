"""Memory that bodies took goes back to the system."""

import subprocess
import sys

import pytest

CHILD = """
import sys
from deployments.replica.allocator import LARGE_BYTES, return_large_blocks
from deployments.replica.process_memory import held_bytes
if sys.argv[1] == "fixed":
    assert return_large_blocks()
# Freed once: from now on glibc calls nothing of less than 24 MiB large.
del (first := [bytes(24 << 20)])[:]
before = held_bytes(["self"])
bodies = [(bytearray(b"x") * (8 << 20), bytes(1000)) for _ in range(8)]
small = [small for _, small in bodies]
above = bytes(LARGE_BYTES // 2)
del bodies
print(held_bytes(["self"]) - before)
"""


def kept_mib(how: str) -> float:
    """Return what a process keeps of 64 MiB of freed bodies."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, how], capture_output=True, text=True, check=True
    )
    return int(done.stdout) / 2**20


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mallopt is glibc's")
def test_freed_bodies_are_given_back() -> None:
    """Where glibc is left alone a small object on top of the heap keeps all of it."""
    assert kept_mib("fixed") < 8 < kept_mib("as it is")
