"""What the index of the configuration that ran before holds, where `up` begins with an empty one.

An index never mixes models, so whoever changes the model begins with none of their documents. It is
said, since an empty answer of a search would be the only other sign.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployments.checking.config import GRAPH
from deployments.home import whole
from deployments.remote.last_run import FILES_OF_THIS_MACHINE
from deployments.settings.locations import located
from deployments.settings.service import IndexSettings, ServiceSettings


@dataclass(frozen=True, slots=True)
class Switched:
    """An index that is in use from now on, and the one that was before."""

    now: IndexSettings
    before: IndexSettings


def switched(home: Path, config: Mapping[str, Any]) -> Switched | None:
    """Return both indexes where a configuration names another than what ran before it.

    To be asked before it is deployed: what ran is written down anew afterwards.
    """
    before, now = _last_run(home), _index(config)
    if before is None or now is None or before.uri == now.uri:
        return None
    return Switched(now, before)


def left_behind(found: Switched) -> str | None:
    """Return in words what only the index that was in use before holds; None if nothing is."""
    try:
        before = _namespaces(found.before)
        if not before or _namespaces(found.now):
            return None
    except Exception as error:
        # Of a store that cannot be reached; the service runs already, and says so itself.
        return f"the index of before, {found.before.uri}, cannot be read: {type(error).__name__}"
    many = f"{len(before)} namespace{'' if len(before) == 1 else 's'}"
    return (
        f"the new index is empty; the old one ({found.before.uri}) holds {many}: to bring them "
        "over, `brainwav up` with the configuration of before, then `brainwav reembed`"
    )


def lacking(found: Switched) -> str:
    """Return the namespaces that only the index of before has, by name; empty if there are none."""
    return ", ".join(sorted(_namespaces(found.before) - _namespaces(found.now)))


def _last_run(home: Path) -> IndexSettings | None:
    files = sorted(home.glob(FILES_OF_THIS_MACHINE), key=lambda file: file.stat().st_mtime)
    try:
        return _index(json.loads(files[-1].read_text())) if files else None
    except (OSError, ValueError, KeyError, TypeError):
        # Of another version, or not whole: nothing is known then.
        return None


def _index(config: Mapping[str, Any]) -> IndexSettings | None:
    for app in config["applications"]:
        if app.get("import_path") == GRAPH:
            return located(ServiceSettings.model_validate(app.get("args") or {})).index
    return None


def _namespaces(index: IndexSettings) -> set[str]:
    uri = index.uri if "://" in index.uri else str(whole(index.uri))
    is_there = "://" in uri or Path(uri).exists()
    return asyncio.run(_listed(uri, dict(index.storage_options))) if is_there else set()


async def _listed(uri: str, options: dict[str, str]) -> set[str]:
    from retrieval.store.connection import connect
    from retrieval.store.copying import namespaces_of

    db = await connect(uri, options)
    try:
        return set(await namespaces_of(db))
    finally:
        db.close()
