"""`serve_config.yaml` read strictly: every fault is told with its place, all of them at once.

Serve ignores keys it does not know and finds out about others while it deploys.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from api.access.rate_settings import LIMIT_CLASSES
from deployments.checking import our_rules, serve_rules, yaml_document
from deployments.checking.finding import Finding, Place
from deployments.home import PROJECT

GRAPH = "graph:build"
"""This project's application."""


class ConfigError(ValueError):
    """The configuration is wrong; the message lists every place."""


def load(path: Path, elsewhere: bool | None = None) -> dict[str, Any]:
    """Read and check a configuration file.

    Files in `deploy/` are for other machines: their key files need not be here. A replica
    looks for its own when it starts (`graph.build`).

    Args:
        elsewhere: Its files are not looked for; None: so it is for those in `deploy/`.

    Raises:
        ConfigError: Not YAML, an unknown key, or a value that does not fit.
    """
    config, found = read(path, elsewhere)
    if found:
        raise ConfigError(f"{path}:\n  " + "\n  ".join(map(str, found)))
    return config


def read(path: Path, elsewhere: bool | None = None) -> tuple[Any, list[Finding]]:
    """Return a file's document and all that is wrong with it.

    Args:
        elsewhere: As of ``load``.

    Raises:
        ConfigError: There is no document in it.
    """
    try:
        config, written = yaml_document.read(path)
    except yaml_document.NotReadable as error:
        raise ConfigError(f"{path}: {error}") from error
    if elsewhere is None:
        elsewhere = path.resolve().parent == PROJECT / "deploy"
    return config, list(_once(written, _found(config, elsewhere)))


def check(config: Any, elsewhere: bool = False) -> Iterator[str]:
    """Yield every problem, each with its place, such as `applications[0].args.model.modle: …`.

    Args:
        elsewhere: It is for another machine, whose files cannot be looked at.
    """
    yield from map(str, _once([], _found(config, elsewhere)))


def _found(config: Any, elsewhere: bool) -> Iterator[Finding]:
    if not isinstance(config, Mapping):
        yield Finding((), "the file holds no mapping")
        return
    unfit = list(yaml_document.unfit(config))
    yield from unfit
    if any("holds itself" in each.text or "more than" in each.text for each in unfit):
        return
    yield from serve_rules.faults(config, GRAPH, elsewhere)
    yield from our_rules.faults(config, GRAPH, elsewhere)


def _once(before: list[Finding], after: Iterator[Finding]) -> Iterator[Finding]:
    """Yield findings, one for each place: what comes later says the same in other words."""
    told: set[Place] = set()
    for finding in (*before, *after):
        if finding.place not in told:
            yield finding
        told.add(finding.place)


def raise_limits(config: dict[str, Any], per_second: int = 1_000_000) -> None:
    """Raise every rate limit in place, for loads that are meant to find other bounds."""
    for app in config["applications"]:
        for deployment in app.get("deployments") or []:
            if deployment["name"] == "Ingress":
                tunables = deployment.setdefault("user_config", {})
                # Ten seconds' worth at once: after its owner's restart a bucket is lent to
                # replicas that do not know of each other yet.
                limit = {"limit": per_second, "period_s": 1, "burst": 10 * per_second}
                high = dict.fromkeys(LIMIT_CLASSES, limit)
                tunables["rate_limits"] = {**tunables.get("rate_limits", {}), **high}
                tunables["overload"] = {"max_concurrent_per_client": 240}
