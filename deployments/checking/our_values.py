"""What is wrong with a single value of the service's own settings."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from agents.engines.llm.settings import LlmSettings
from api.access.route_rules import RULES as ROUTES
from api.embedding.served_models import SPACES
from deployments.checking import known_models, paths, strict_schema
from deployments.checking.finding import Finding, Place, meant
from deployments.checking.runtime_env import STORAGE_OPTIONS, near_misses
from deployments.settings.service import (
    ElectricityMapsSettings,
    EnergySettings,
    IdentitySettings,
    IndexSettings,
    LimiterSettings,
    ModelSettings,
    SloSettings,
    TextModelSettings,
)
from deployments.settings.tunables import (
    AutoSettings,
    IngressTunables,
    SearchTunables,
    WriterTunables,
)
from sustainability.carbon import of_country
from sustainability.errors import UnknownCountry

SCHEMES = ("s3", "gs", "az", "abfs", "abfss", "s3+ddb", "file", "memory", "oss", "hf")

UNFIT = {
    "memory": "each process would have an index of its own: name a folder",
    "hf": "the hub is read, not written: name a folder or an object store",
}


def _uri(value: str, place: Place) -> Iterator[Finding]:
    scheme, separator, rest = value.partition("://")
    if found := list(paths.as_written(value, place)):
        yield from found
    elif not separator and ":/" in value:
        yield Finding(place, f"{value!r} would be a folder; object storage is scheme://…")
    elif separator and (scheme not in SCHEMES or not rest):
        text = f"{value!r} should be a folder or one of {', '.join(SCHEMES[:3])}://…"
        yield Finding(place, text + meant(scheme, SCHEMES))
    elif scheme == "file" and not rest.startswith("/"):
        yield Finding(place, f"{value!r} has no whole path: file:///…")
    elif separator and scheme in UNFIT:
        yield Finding(place, UNFIT[scheme])


def _folder(value: str, place: Place) -> Iterator[Finding]:
    if value.startswith(known_models.FOLDER):
        yield from paths.as_written(value.removeprefix(known_models.FOLDER), place)


def _redis(value: str | None, place: Place) -> Iterator[Finding]:
    if value is not None and not value.startswith(("redis://", "rediss://", "unix://")):
        # Not shown: it may hold a password.
        yield Finding(place, "should begin with redis://, rediss:// or unix://")


def _options(value: Mapping[str, str], place: Place) -> Iterator[Finding]:
    yield from near_misses(value, STORAGE_OPTIONS, place)


def _country(value: str, place: Place) -> Iterator[Finding]:
    try:
        of_country(value)
    except UnknownCountry as error:
        yield Finding(place, str(error))


def _proxies(value: Sequence[str], place: Place) -> Iterator[Finding]:
    for at, network in enumerate(value):
        if network.endswith("/0"):
            yield Finding((*place, at), "is everybody: every client would choose its own address")


def _address(value: str, place: Place) -> Iterator[Finding]:
    try:
        parts = urlsplit(value)
        if not parts.hostname:
            yield Finding(place, "has no host")
        elif parts.port == 0:
            yield Finding(place, "has no port that one can ask")
    except ValueError as error:
        yield Finding(place, str(error))


def _routes(value: Mapping[str, float], place: Place) -> Iterator[Finding]:
    known = {path for _, path in ROUTES}
    for path in value:
        if path not in known:
            yield Finding((*place, path), f"is no route of the service{meant(path, known)}")


def _aliases(value: Mapping[str, str], place: Place) -> Iterator[Finding]:
    for alias, target in value.items():
        if alias in SPACES:
            yield Finding((*place, alias), "has a meaning already; give the alias another name")
        elif target in value and target not in SPACES:
            text = f"leads to {target!r}, which is another alias: name what that leads to"
            yield Finding((*place, alias), text)


def _indexes(value: Sequence[Mapping[str, Any]], place: Place) -> Iterator[Finding]:
    for at, index in enumerate(value):
        uri = index.get("uri", "")
        if "://" not in uri and not uri.startswith("/"):
            yield Finding((*place, at, "uri"), "should be a whole path here, from /")


RULES: strict_schema.FieldRules = {
    (IdentitySettings, "trusted_proxies"): _proxies,
    (LlmSettings, "base_url"): _address,
    (ElectricityMapsSettings, "url"): _address,
    (AutoSettings, "latency_objectives_s"): _routes,
    (IngressTunables, "model_aliases"): _aliases,
    (SearchTunables, "other_indexes"): _indexes,
    (WriterTunables, "other_indexes"): _indexes,
    (IndexSettings, "uri"): _uri,
    (IndexSettings, "storage_options"): _options,
    (IdentitySettings, "keys_file"): paths.as_written,
    (IdentitySettings, "audit_file"): paths.as_written,
    (LimiterSettings, "file"): paths.as_written,
    (SloSettings, "file"): paths.as_written,
    (EnergySettings, "file"): paths.as_written,
    (EnergySettings, "intensity_file"): paths.as_written,
    (ElectricityMapsSettings, "token_file"): paths.as_written,
    (LlmSettings, "api_key_file"): paths.as_written,
    (ModelSettings, "model"): _folder,
    (ModelSettings, "pretrained"): paths.as_written,
    (TextModelSettings, "model"): _folder,
    (EnergySettings, "country"): _country,
    (LimiterSettings, "redis_url"): _redis,
}
"""By model and field."""
