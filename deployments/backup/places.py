"""What a service remembers and where: the parts that are backed up, and where they go back to.

Within a backup every part has the same name, wherever its service keeps it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pyarrow import fs

from deployments.checking import config
from deployments.filesystem import open_place
from deployments.home import CHECKOUT_HOME
from deployments.settings.locations import (
    audit_file,
    bucket_file,
    energy_file,
    located,
    metrics_file,
)
from deployments.settings.service import ServiceSettings
from reliability.books.audit_log import NAME as AUDIT_FILE

INDEX, KEYS, JOBS, SETTINGS, BESIDE = "index", "keys.json", "jobs", "settings", "state"
AUDIT = "audit"
"""Names within a backup."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where a service's memory lies.

    ``state`` is the folder of `make up`; without object storage the files of state lie beside
    the index, which by default is the same folder.
    """

    index: str
    state: Path
    beside: Path
    keys: Path
    audit: Path
    storage_options: Mapping[str, str] = field(default_factory=dict)
    settings: tuple[Path, ...] = ()
    elsewhere: Mapping[str, Path] = field(default_factory=dict)
    """Files of state that settings keep in another folder, by name."""

    @classmethod
    def below(cls, state: Path) -> "Places":
        """Return the places of a service whose memory is one folder, as it is by default."""
        state = state.resolve()
        return cls(str(state / "index"), state, state, state / KEYS, state / AUDIT_FILE)

    @classmethod
    def of(cls, config_file: Path, state: Path = CHECKOUT_HOME) -> "Places":
        """Return the places of the service that a configuration file describes.

        Raises:
            ConfigError: The file is wrong.
        """
        settings = located(_settings(config_file))
        state, beside = state.resolve(), metrics_file(settings).parent
        named_keys = settings.identity.keys_file
        keys = state / KEYS if named_keys is None else Path(named_keys)
        named = {"buckets.sqlite": bucket_file(settings), "energy.sqlite": energy_file(settings)}
        return cls(
            settings.index.uri,
            state,
            beside,
            keys,
            audit_file(settings),
            dict(settings.index.storage_options),
            (config_file.resolve(), *_named_by(settings)),
            {name: path for name, path in named.items() if path != beside / name},
        )

    @property
    def jobs(self) -> Path:
        """Where bulk jobs keep their records."""
        return self.state / JOBS

    def are_empty(self) -> bool:
        """Return whether no service left anything here; of object storage its files of state."""
        if "://" not in self.index and Path(self.index).exists():
            return False
        return not (self.keys.exists() or any(self.databases()))

    def databases(self) -> Iterator[tuple[str, Path]]:
        """Yield the SQLite files that there are, by their names within a backup."""
        # Not what a restore that was killed left half-done, under a name with a dot.
        found = {path.name: path for path in sorted(self.beside.glob("[!.]*.sqlite"))}
        for own, path in self.elsewhere.items():
            # One for each host that writes books of energy.
            for each in sorted(path.parent.glob(f"{path.stem}*{path.suffix}")):
                stem = own.removesuffix(".sqlite")
                found[f"{stem}{each.stem.removeprefix(path.stem)}.sqlite"] = each
        for name, path in found.items():
            yield f"{BESIDE}/{name}", path

    def audit_files(self) -> Iterator[tuple[str, Path]]:
        """Yield the files of the audit log, by their names within a backup."""
        for path in sorted(self.audit.parent.glob(f"{self.audit.name}*")):
            yield f"{AUDIT}/{AUDIT_FILE}{path.name.removeprefix(self.audit.name)}", path

    def target(self, name: str) -> Path:
        """Return where a file of a backup goes back to; not those of the index.

        Raises:
            KeyError: No part of a backup has that name.
        """
        part, _, rest = name.partition("/")
        if name == KEYS:
            return self.keys
        if part == JOBS:
            return self.jobs / rest
        if part == AUDIT:
            return self.audit.with_name(self.audit.name + rest.removeprefix(AUDIT_FILE))
        if part == SETTINGS:
            # Beside, not over: what is in force is for the operator to decide.
            return self.state / "settings" / rest
        if part == BESIDE:
            for own, path in self.elsewhere.items():
                stem = own.removesuffix(".sqlite")
                if rest.startswith(stem):
                    host = rest.removeprefix(stem).removesuffix(".sqlite")
                    return path.with_name(f"{path.stem}{host}{path.suffix}")
            return self.beside / rest
        raise KeyError(name)

    def open_index(self) -> tuple[fs.FileSystem, str]:
        """Return the file system of the index and the path within it."""
        return index_place(self.index, self.storage_options)


def index_place(uri: str, options: Mapping[str, str]) -> tuple[fs.FileSystem, str]:
    """Return Arrow's file system for an address that LanceDB opens with ``options``."""
    if not uri.startswith("s3://") or not options:
        return open_place(uri)
    known = {name.lower().removeprefix("aws_"): value for name, value in options.items()}
    endpoint = known.get("endpoint") or known.get("endpoint_url")
    given = {
        "access_key": known.get("access_key_id"),
        "secret_key": known.get("secret_access_key"),
        "session_token": known.get("session_token"),
        "region": known.get("region") or known.get("default_region"),
        "endpoint_override": endpoint,
        "scheme": "http" if endpoint and endpoint.startswith("http://") else None,
    }
    system = fs.S3FileSystem(**{name: value for name, value in given.items() if value})
    return system, uri.removeprefix("s3://").rstrip("/")


def _settings(config_file: Path) -> ServiceSettings:
    # What is to be brought back need not be here yet.
    loaded = config.load(config_file, elsewhere=True)
    ours = next(a for a in loaded["applications"] if a["import_path"] == config.GRAPH)
    return ServiceSettings.model_validate(ours.get("args") or {})


def _named_by(settings: ServiceSettings) -> Iterator[Path]:
    """Yield files without secrets that the settings name."""
    for file in (settings.slo.file, settings.energy.intensity_file):
        if file is not None:
            yield Path(file)
