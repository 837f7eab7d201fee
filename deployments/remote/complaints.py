"""Why a deployment failed, in Serve's words without the way of a traceback: that is in the logs."""

import re
from collections.abc import Mapping
from typing import Any

ERROR = re.compile(r"[A-Za-z_][\w.]*(: |:?$)")
"""How a traceback's last line begins: a name in its first column."""
SHOWN = 600


def complaints(details: Mapping[str, Any]) -> str:
    """Return what Serve's account says is wrong: a line for each application and deployment."""
    lines = []
    for name, app in details["applications"].items():
        lines.append(f"{name}: {app['status']} {reason_of(app.get('message', ''))}".rstrip())
        lines += [
            f"  {deployment}: {reason_of(told['message'])}"
            for deployment, told in app.get("deployments", {}).items()
            if told.get("message")
        ]
    return "\n".join(lines)


def reason_of(message: str) -> str:
    """Return the error that a traceback ends in, or the whole message where it holds none."""
    lines = message.strip().splitlines()
    ends = [
        at
        for at in range(1, len(lines))
        if ERROR.match(lines[at]) and lines[at - 1].startswith("  ")
    ]
    return " ".join(" ".join(lines[ends[-1] if ends else 0 :]).split())[:SHOWN]
