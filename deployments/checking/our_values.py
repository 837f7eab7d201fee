"""What is wrong with a single value of the service's own settings."""

from collections.abc import Iterator, Mapping

from agents.engines.llm.settings import LlmSettings
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


RULES: strict_schema.FieldRules = {
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
