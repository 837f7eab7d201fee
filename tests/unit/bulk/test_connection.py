"""A job's process works with the cluster it was told of, and never starts one."""

import os
import subprocess
import sys
from pathlib import Path

AFTER_THE_END = """
import sys
from pathlib import Path
from deployments.bulk.connection import prepare

prepare(Path(sys.argv[1]), "127.0.0.1:1")
import ray

ray.init = lambda *args, **more: print("started a cluster")
try:
    ray.put(1)
except Exception as error:
    print(type(error).__name__)
"""


def test_a_late_call_of_ray_starts_no_cluster(tmp_path: Path) -> None:
    """Threads of Serve's handles call Ray while a job that is done ends and is disconnected."""
    environment = {**os.environ, "RAY_ENABLE_AUTO_CONNECT": ""}
    done = subprocess.run(
        [sys.executable, "-c", AFTER_THE_END, str(tmp_path)],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    assert done.stdout.splitlines() == ["RaySystemError"]
