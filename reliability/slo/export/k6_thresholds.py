"""The objectives as k6 thresholds, by route; ``scripts/k6/lib.js`` reads them.

Latency is held against answers that succeeded, as the objective says; the metrics are our
own, because k6's count a 429 among the requests as well. A threshold on a tag without samples
passes in k6, so each route must also have been asked at all.
"""

from typing import Any

from reliability.slo.objectives import Objective, Objectives, Route

DURATION = "brainwav_request_duration"
FAILED = "brainwav_request_failed"
SUCCEEDED = "brainwav_request_succeeded"


def k6_thresholds(objectives: Objectives) -> dict[str, Any]:
    """Return the content of ``scripts/k6/thresholds.json``."""
    return {
        "note": "Made from reliability/slos.yaml by `make slo`; a change here is lost.",
        "routes": {
            str(route): {
                "tag": tag_of(route),
                "thresholds": _thresholds(tag_of(route), list(kinds.values())),
            }
            for route, kinds in objectives.by_route.items()
        },
    }


def tag_of(route: Route) -> str:
    """Return a route as a word: k6 splits tags at colons and braces."""
    letters = (c if c.isalnum() else "_" for c in route.endpoint.strip("/"))
    return f"{route.method}_{''.join(letters)}".lower()


def _thresholds(tag: str, objectives: list[Objective]) -> dict[str, list[str]]:
    found = {f"{SUCCEEDED}{{route:{tag}}}": ["count>0"]}
    for objective in objectives:
        if objective.kind == "availability":
            found[f"{FAILED}{{route:{tag}}}"] = [f"rate<={objective.budget:g}"]
        elif objective.kind == "latency" and objective.most is not None:
            percent = f"{objective.target * 100:g}"
            found[f"{DURATION}{{route:{tag}}}"] = [f"p({percent})<{objective.most * 1000:g}"]
    return found
