"""Where log files lie: in Serve's own folder, so that Ray's dashboard lists them."""

import tempfile
from pathlib import Path


def log_folder() -> Path:
    """Return Serve's log folder; outside of Ray a temporary one."""
    import ray

    if not ray.is_initialized():
        return Path(tempfile.gettempdir()) / "brainwav-logs"
    from ray.serve._private.logging_utils import get_serve_logs_dir

    return Path(get_serve_logs_dir())
