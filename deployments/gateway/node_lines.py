"""A request's log lines from the files of every node."""

import json

from ray.serve.handle import DeploymentHandle

from api.operator_backend import NodeLines
from deployments.energy.calls import ask_meters
from telemetry.log_files.request_lines import FoundLines

LINES_WITHIN_S = 10.0


async def lines_of_nodes(meters: DeploymentHandle, request_id: str, within_s: float) -> NodeLines:
    """Return the lines of all nodes that answer, each once, ordered by time.

    Nodes of one machine may share a folder, and tell the same lines.
    """
    parts: list[FoundLines] = await ask_meters(meters, "log_lines", request_id, within_s=within_s)
    every = {json.dumps(line, sort_keys=True): line for part in parts for line in part.lines}
    lines = sorted(every.values(), key=lambda line: str(line.get("timestamp", "")))
    files, left_out = sum(part.files for part in parts), sum(part.left_out for part in parts)
    return NodeLines(lines, len(parts), files, left_out)
