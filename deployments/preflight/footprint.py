"""What a configuration keeps on this disk: closed to other users before the service starts.

Older versions left the index, the files of state and the logs readable to everybody.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from deployments import private
from deployments.checking.config import GRAPH
from deployments.settings import locations
from deployments.settings.service import ServiceSettings

BESIDE_SQLITE = ("", "-wal", "-shm", "-journal")


def close(config: Mapping[str, Any], state: Path) -> list[str]:
    """Take from others what they may do with the service's files; return what was done.

    Raises:
        NotPrivate: The state folder is somebody else's, or others may replace it.
    """
    state = private.real(state)
    said = private.folder(state)
    for place in (state, *sorted(set(places(config)))):
        if number := private.tighten(place):
            what = "file or folder" if number == 1 else "files and folders"
            said.append(f"closed to other users of the machine: {number} {what}, {place}")
    return said


def places(config: Mapping[str, Any]) -> Iterator[Path]:
    """Yield every file and folder that our applications write or hold secrets in."""
    for app in config["applications"]:
        if app.get("import_path") == GRAPH:
            yield from _of(ServiceSettings.model_validate(app.get("args") or {}))


def is_keyless(config: Mapping[str, Any]) -> bool:
    """Whether one of our applications answers without an API key."""
    return any(
        ServiceSettings.model_validate(app.get("args") or {}).identity.keys_file is None
        for app in config["applications"]
        if app.get("import_path") == GRAPH
    )


def _of(settings: ServiceSettings) -> Iterator[Path]:
    whole = locations.located(settings)
    if "://" not in whole.index.uri:
        yield Path(whole.index.uri)
    for file in (locations.metrics_file(whole), locations.bucket_file(whole)):
        yield from _sqlite(file.parent, file.name)
    # A node puts its host name before the ending.
    books = locations.energy_file(whole)
    yield from _sqlite(books.parent, f"{books.stem}*{books.suffix}")
    maps = whole.energy.electricity_maps
    secrets = (
        whole.identity.keys_file,
        whole.llm and whole.llm.api_key_file,
        maps and maps.token_file,
    )
    yield from (Path(file) for file in secrets if file)


def _sqlite(folder: Path, pattern: str) -> Iterator[Path]:
    for ending in BESIDE_SQLITE:
        yield from folder.glob(pattern + ending)
