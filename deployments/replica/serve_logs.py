"""Where log files lie: in Serve's own folder, so that Ray's dashboard lists them."""

import os
import tempfile
from pathlib import Path

from deployments import private


def log_folder() -> Path:
    """Return Serve's log folder; outside of Ray a temporary one."""
    import ray

    if not ray.is_initialized():
        folder = Path(tempfile.gettempdir()) / f"brainwav-logs-{os.getuid()}"
        private.folder(folder)
        return folder
    from ray.serve._private.logging_utils import get_serve_logs_dir

    return Path(get_serve_logs_dir())
