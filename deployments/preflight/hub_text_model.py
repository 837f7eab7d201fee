"""What a sentence encoder needs of the hub, fetched before anything is deployed, as weights are.

Its files have no fixed names: the hub is asked which there are, and those that a replica reads are
fetched, the weights last, so that a cache with weights is a whole one.
"""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from deployments.checking.config import GRAPH
from deployments.checking.hub_places import HubPlace
from deployments.home import Say
from deployments.preflight.hub_weights import ANSWER_WITHIN_S, NotFetched, NotThere, fetched, host
from deployments.settings.service import ServiceSettings
from retrieval.clip.sentence_spec import HUB, READ

WEIGHTS = "*.safetensors"


def fetch(config: Mapping[str, Any], say: Say) -> None:
    """Have in the cache what our application's text model needs.

    Raises:
        NotFetched: It cannot be had.
    """
    for app in config["applications"]:
        if app.get("import_path") == GRAPH:
            text = ServiceSettings.model_validate(app.get("args") or {}).text_model
            if text is not None:
                fetch_text_model(text.model, say)


def fetch_text_model(
    model: str, say: Say, endpoint: str | None = None, cache: Path | None = None
) -> None:
    """Have in the cache what a text model needs; one that is not on the hub needs nothing.

    Args:
        model: As in the settings.
        say: See ``hub_weights.fetched``, also of ``endpoint`` and ``cache``.

    Raises:
        NotFetched: It cannot be had.
    """
    if not model.startswith(HUB):
        return
    repository, _, revision = model.removeprefix(HUB).partition("@")
    names = _names(repository, revision or None, endpoint, cache)
    if names is None:
        return
    if not any(fnmatch(name, WEIGHTS) for name in names):
        raise NotThere(f"{repository} holds no {WEIGHTS}")
    for name in sorted(names, key=lambda name: (fnmatch(name, WEIGHTS), name)):
        place = HubPlace(repository, (name,), "files", revision or None)
        fetched(place, say, endpoint, cache)


def _names(
    repository: str, revision: str | None, endpoint: str | None, cache: Path | None
) -> list[str] | None:
    """Return the files that a replica reads; None where they are cached and the hub is away."""
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import (
        HTTPError,  # type: ignore[reportPrivateImportUsage]
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    where = host(endpoint)
    try:
        found = HfApi(endpoint).model_info(repository, revision=revision, timeout=ANSWER_WITHIN_S)
    except RepositoryNotFoundError:
        raise NotFetched(
            f"{where} has no repository {repository}, or it needs a token (HF_TOKEN)"
        ) from None
    except RevisionNotFoundError:
        raise NotFetched(f"{repository} has no revision {revision}") from None
    except (OSError, HTTPError) as error:
        if _is_cached(repository, revision, cache):
            return None
        why = (
            "HF_HUB_OFFLINE is set"
            if constants.HF_HUB_OFFLINE
            else f"{where} does not answer ({type(error).__name__}): name a mirror by HF_ENDPOINT, "
            "or a folder as `local-dir:…`"
        )
        raise NotFetched(f"{repository} is not in the cache and {why}") from None
    return list(_read(sibling.rfilename for sibling in found.siblings or ()))


def _read(names: Iterator[str]) -> Iterator[str]:
    return (name for name in names if any(fnmatch(name, pattern) for pattern in READ))


def _is_cached(repository: str, revision: str | None, cache: Path | None) -> bool:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = snapshot_download(
            repository, revision=revision, cache_dir=cache, local_files_only=True
        )
    except LocalEntryNotFoundError:
        return False
    return next(Path(folder).rglob(WEIGHTS), None) is not None
