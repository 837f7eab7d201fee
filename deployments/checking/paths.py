"""Paths in settings: no shell reads them, and what lies there is of the kind that is wanted."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from deployments.checking.finding import Finding, Place
from deployments.settings import locations
from deployments.settings.service import ServiceSettings
from reliability.errors import ObjectiveFileError
from reliability.slo.file import load_objectives
from sustainability.carbon import HourlyFile
from sustainability.errors import BadIntensityFile

VARIABLE = re.compile(r"\$(\w+|\{\w+\})")


def as_written(value: str | None, place: Place) -> Iterator[Finding]:
    """Yield what only a shell would make a path of."""
    if value is None:
        return
    if not value.strip():
        yield Finding(place, "is empty: leave it out, or name one")
    elif value != value.strip():
        yield Finding(place, "begins or ends with a space")
    elif value.startswith("~"):
        yield Finding(place, "no shell reads it, and ~ would be a name: write the whole path")
    elif found := VARIABLE.search(value):
        yield Finding(place, f"no shell reads it: write what {found[0]} stands for")


def whole_as_written(value: str | None, place: Place) -> Iterator[Finding]:
    """Yield the same, and a relative path: Serve's processes have working folders of their own."""
    yield from as_written(value, place)
    if value and value.strip()[:1] not in ("/", "~", "$"):
        yield Finding(place, "should be a whole path, from /")


def files(settings: ServiceSettings, place: Place) -> Iterator[Finding]:
    """Yield what cannot be read or written where settings say; looked at on this machine.

    Args:
        settings: As they are written.
    """
    whole = locations.located(settings)
    yield from _read(whole, place)
    yield from _written(settings, whole, place)
    if "://" not in whole.index.uri and Path(whole.index.uri).is_file():
        yield Finding((*place, "index", "uri"), "is a file; an index is a folder")


def _read(whole: ServiceSettings, place: Place) -> Iterator[Finding]:
    if whole.slo.file is not None:
        try:
            load_objectives(Path(whole.slo.file))
        except ObjectiveFileError as error:
            yield Finding((*place, "slo", "file"), str(error))
    maps = whole.energy.electricity_maps
    named = {
        ("energy", "intensity_file"): whole.energy.intensity_file,
        ("energy", "electricity_maps", "token_file"): maps and maps.token_file,
        ("llm", "api_key_file"): whole.llm and whole.llm.api_key_file,
    }
    for keys, file in named.items():
        if file and not Path(file).is_file():
            yield Finding((*place, *keys), f"there is no file {file}")
        elif file and keys[-1] == "intensity_file":
            try:
                HourlyFile(Path(file))
            except BadIntensityFile as error:
                yield Finding((*place, *keys), str(error))


def _written(settings: ServiceSettings, whole: ServiceSettings, place: Place) -> Iterator[Finding]:
    """Yield folders in place of files, and files that two settings name."""
    keys_file = whole.identity.keys_file
    taken = {
        str(locations.metrics_file(whole)): "the metrics'",
        str(locations.books_file(whole)): "the writer's books'",
    }
    if keys_file is not None:
        taken[keys_file] = "identity.keys_file's"
    mine: Mapping[str, tuple[str | None, Callable[[ServiceSettings], Path]]] = {
        "identity.audit_file": (settings.identity.audit_file, locations.audit_file),
        "limiter.file": (settings.limiter.file, locations.bucket_file),
        "energy.file": (settings.energy.file, locations.energy_file),
    }
    for name, (given, find) in mine.items():
        path = find(whole)
        if given is not None and path.is_dir():
            yield Finding((*place, *name.split(".")), f"{path} is a folder; name a file")
        elif given is not None and str(path) in taken:
            text = f"is {taken[str(path)]} too: each file is one setting's"
            yield Finding((*place, *name.split(".")), text)
        taken.setdefault(str(path), f"{name}'s")


def tls(options: Mapping[str, object], place: Place, elsewhere: bool) -> Iterator[Finding]:
    """Yield what leaves a service without TLS though its options speak of it."""
    for key in ("ssl_ca_certs", "ssl_keyfile_password"):
        if options.get(key) is not None and options.get("ssl_certfile") is None:
            yield Finding((*place, key), "counts for nothing without ssl_certfile")
    if options.get("ssl_keyfile") is not None and options.get("ssl_certfile") is None:
        yield Finding((*place, "ssl_keyfile"), "serves plain HTTP without ssl_certfile")
        return
    for key in () if elsewhere else ("ssl_keyfile", "ssl_certfile", "ssl_ca_certs"):
        file = options.get(key)
        if isinstance(file, str) and file.startswith("/") and not Path(file).is_file():
            yield Finding((*place, key), f"there is no file {file}")
