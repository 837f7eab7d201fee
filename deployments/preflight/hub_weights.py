"""A model's weights, fetched from the hub before anything is deployed: seen, resumed, checked.

An Embedder fetches them too, where nobody looks: it starts late or again and again, and says why in
a log. Here each fault is one line within seconds. `HF_ENDPOINT` names a mirror, `HF_HUB_OFFLINE`
keeps to the cache, as everywhere in the hub's library.
"""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deployments.checking.config import GRAPH
from deployments.checking.hub_places import HubPlace, place_of
from deployments.home import Say
from deployments.settings.service import ServiceSettings
from retrieval.clip.weights_file import sha256_of

ANSWER_WITHIN_S = 5.0
SPARE_BYTES = 64 * 1024 * 1024
"""That stay free on the disk."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MIB = 1024 * 1024


class NotFetched(Exception):
    """The weights are neither in the cache nor to be had; the message is one line."""


def fetch(config: Mapping[str, Any], say: Say) -> None:
    """Have the weights of our application's model in the cache.

    Raises:
        NotFetched: They cannot be had.
    """
    for app in config["applications"]:
        if app.get("import_path") == GRAPH:
            model = ServiceSettings.model_validate(app.get("args") or {}).model
            place = place_of(model.model, model.pretrained)
            if place is not None:
                fetched(place, say)


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
    from huggingface_hub import constants, try_to_load_from_cache

    for name in place.files:
        known = try_to_load_from_cache(place.repository, name, cache, place.revision)
        if isinstance(known, str):
            return Path(known)
    if constants.HF_HUB_OFFLINE:
        raise NotFetched(
            f"the weights of {place.repository} are not in the cache, and HF_HUB_OFFLINE is set"
        )
    name, size, digest = _asked(place, endpoint)
    _check_room(size, cache or Path(constants.HF_HUB_CACHE))
    say(f"downloading {place.repository}/{name}, {size // _MIB} MiB, once")
    path = _downloaded(place, name, endpoint, cache)
    if digest is not None and sha256_of(path) != digest:
        path.resolve().unlink()
        raise NotFetched(
            f"{place.repository}/{name} is not what the hub says it is (SHA-256 {digest}): it was "
            "deleted; try again, or another mirror by HF_ENDPOINT"
        )
    return path


def _asked(place: HubPlace, endpoint: str | None) -> tuple[str, int, str | None]:
    """Return the first file that is there, its bytes, and its SHA-256 where the hub knows it."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url
    from huggingface_hub.errors import (
        EntryNotFoundError,
        HTTPError,  # type: ignore[reportPrivateImportUsage]
        RepositoryNotFoundError,
    )

    where = _host(endpoint)
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
                f"the weights of {place.repository} are not in the cache and {where} does not "
                f"answer ({type(error).__name__}): name a mirror by HF_ENDPOINT, or a local file "
                "as `pretrained`"
            ) from None
        etag = (found.etag or "").lower()
        return name, found.size or 0, etag if _SHA256.fullmatch(etag) else None
    raise NotFetched(f"{place.repository} holds none of {', '.join(place.files)}")


def _host(endpoint: str | None) -> str:
    from huggingface_hub import constants

    return endpoint or constants.ENDPOINT


def _check_room(size: int, cache: Path) -> None:
    folder = next(path for path in (cache, *cache.absolute().parents) if path.exists())
    free = shutil.disk_usage(folder).free
    if size + SPARE_BYTES > free:
        raise NotFetched(
            f"the weights have {size // _MIB} MiB, and {folder} has {free // _MIB} MiB free: make "
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
