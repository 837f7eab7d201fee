"""What a model needs of the hub, fetched before anything is deployed: seen, resumed, checked.

An Embedder fetches them too, where nobody looks: it starts late or again and again, and says why in
a log. Here each fault is one line within seconds. `HF_ENDPOINT` names a mirror, `HF_HUB_OFFLINE`
keeps to the cache, as everywhere in the hub's library.
"""

import json
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from deployments import home
from deployments.checking.config import GRAPH
from deployments.checking.hub_places import (
    HubPlace,
    config_place_of,
    place_of,
    places_of_texts,
)
from deployments.checking.known_models import CONFIG, FOLDER, architecture_config
from deployments.home import Say
from deployments.settings.service import ServiceSettings
from retrieval.clip.weights_file import sha256_of

ANSWER_WITHIN_S = 5.0
SPARE_BYTES = 64 * 1024 * 1024
"""That stay free on the disk."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MIB = 1024 * 1024


class NotFetched(Exception):
    """A file is neither in the cache nor to be had; the message is one line."""


class NotThere(NotFetched):
    """The hub answers, and has no such file."""


def fetch(config: Mapping[str, Any], say: Say) -> None:
    """Have in the cache what our application's model needs.

    Raises:
        NotFetched: They cannot be had.
    """
    for app in config["applications"]:
        if app.get("import_path") == GRAPH:
            model = ServiceSettings.model_validate(app.get("args") or {}).model
            fetch_model(model.model, model.pretrained, say)


def fetch_model(
    model: str,
    pretrained: str | None,
    say: Say,
    endpoint: str | None = None,
    cache: Path | None = None,
) -> None:
    """Have in the cache what a model needs: configuration, weights, what its texts need.

    Args:
        model: As in the settings, like ``pretrained``.
        say: See ``fetched``, also of ``endpoint`` and ``cache``.

    Raises:
        NotFetched: It cannot be had.
    """
    if (config := config_place_of(model)) is not None:
        text_config = _text_config(fetched(config, say, endpoint, cache))
    elif model.startswith(FOLDER):
        text_config = _text_config(home.whole(model.removeprefix(FOLDER)) / CONFIG)
    else:
        text_config = architecture_config(model).get("text_cfg", {})
    if (weights := place_of(model, pretrained)) is not None:
        fetched(weights, say, endpoint, cache)
    for place in places_of_texts(model, text_config):
        if _cached(place, cache) is None:
            _fetch_every(place, say, endpoint, cache)


def _fetch_every(place: HubPlace, say: Say, endpoint: str | None, cache: Path | None) -> None:
    """Have every file of a place that is there, at least one."""
    found = 0
    for one in place.each():
        with suppress(NotThere):
            fetched(one, say, endpoint, cache)
            found += 1
    if not found:
        raise NotThere(f"{place.repository} holds none of {', '.join(place.files)}")


def _text_config(file: Path) -> Mapping[str, Any]:
    try:
        whole = json.loads(file.read_text())
        return whole["model_cfg"]["text_cfg"]
    except (OSError, ValueError, KeyError, TypeError):
        raise NotFetched(f"{file} is no configuration of open_clip's") from None


def fetched(
    place: HubPlace, say: Say, endpoint: str | None = None, cache: Path | None = None
) -> Path:
    """Return the file, from the cache or downloaded into it.

    Args:
        place: On the hub.
        say: Is told what is downloaded.
        endpoint: Of the hub; the library's own, or `HF_ENDPOINT`, if it is not given.
        cache: The library's own, if it is not given.

    Raises:
        NotFetched: It cannot be had, or is not what the hub says it is.
    """
    # Imported here: `up` with the embedded model does without.
    from huggingface_hub import constants

    if (known := _cached(place, cache)) is not None:
        return known
    if constants.HF_HUB_OFFLINE:
        raise NotFetched(
            f"the {place.what} of {place.repository} are not in the cache, and HF_HUB_OFFLINE is "
            "set"
        )
    name, size, digest = _asked(place, endpoint)
    _check_room(size, cache or Path(constants.HF_HUB_CACHE))
    say(f"downloading {place.repository}/{name}, {-(-size // _MIB)} MiB, once")
    path = _downloaded(place, name, endpoint, cache)
    if digest is not None and sha256_of(path) != digest:
        path.resolve().unlink()
        raise NotFetched(
            f"{place.repository}/{name} is not what the hub says it is (SHA-256 {digest}): it was "
            "deleted; try again, or another mirror by HF_ENDPOINT"
        )
    return path


def _cached(place: HubPlace, cache: Path | None) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    for name in place.files:
        known = try_to_load_from_cache(place.repository, name, cache, place.revision)
        if isinstance(known, str):
            return Path(known)
    return None


def _asked(place: HubPlace, endpoint: str | None) -> tuple[str, int, str | None]:
    """Return the first file that is there, its bytes, and its SHA-256 where the hub knows it."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url
    from huggingface_hub.errors import (
        EntryNotFoundError,
        HTTPError,  # type: ignore[reportPrivateImportUsage]
        RepositoryNotFoundError,
    )

    where = host(endpoint)
    for name in place.files:
        url = hf_hub_url(place.repository, name, revision=place.revision, endpoint=endpoint)
        try:
            found = get_hf_file_metadata(url, timeout=ANSWER_WITHIN_S, endpoint=endpoint)
        except EntryNotFoundError:
            continue
        except RepositoryNotFoundError:
            raise NotFetched(
                f"{where} has no repository {place.repository}, or it needs a token (HF_TOKEN)"
            ) from None
        except (OSError, HTTPError) as error:
            raise NotFetched(
                f"the {place.what} of {place.repository} are not in the cache and {where} does not "
                f"answer ({type(error).__name__}): name a mirror by HF_ENDPOINT, or a local file "
                "as `pretrained`"
            ) from None
        etag = (found.etag or "").lower()
        return name, found.size or 0, etag if _SHA256.fullmatch(etag) else None
    raise NotThere(f"{place.repository} holds none of {', '.join(place.files)}")


def host(endpoint: str | None) -> str:
    """Return the address of the hub that is asked."""
    from huggingface_hub import constants

    return endpoint or constants.ENDPOINT


def _check_room(size: int, cache: Path) -> None:
    folder = next(path for path in (cache, *cache.absolute().parents) if path.exists())
    free = shutil.disk_usage(folder).free
    if size + SPARE_BYTES > free:
        raise NotFetched(
            f"the file has {size // _MIB} MiB, and {folder} has {free // _MIB} MiB free: make "
            "room, or name another cache by HF_HOME"
        )


def _downloaded(place: HubPlace, name: str, endpoint: str | None, cache: Path | None) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HTTPError  # type: ignore[reportPrivateImportUsage]

    try:
        path = hf_hub_download(
            place.repository,
            name,
            revision=place.revision,
            endpoint=endpoint,
            cache_dir=cache,
            etag_timeout=ANSWER_WITHIN_S,
        )
    except (OSError, HTTPError) as error:
        said = " ".join(str(error).split())[:200]
        raise NotFetched(
            f"the download of {place.repository}/{name} broke off ({said}): the same command goes "
            "on where it stopped"
        ) from None
    return Path(path)
