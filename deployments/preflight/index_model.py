"""Which models an index was made by, against the model that a configuration names.

Only names are compared, without loading a model: a deployment that would refuse the index is
found before it is begun. What names cannot tell is left to the deployment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deployments.checking.config import GRAPH
from deployments.preflight.checks import FAILED, OK, WARNING, Check
from deployments.settings.locations import located
from deployments.settings.service import ServiceSettings, TextModelSettings
from retrieval.clip.sentence_spec import SentenceSpec
from retrieval.photograph_mark import IDENTITY
from retrieval.store.fingerprint import Fingerprint

NAME = "index"
MINILM = "all-MiniLM-L6-v2"
"""The text model where none is configured; `retrieval.clip.towers.minilm` needs torch."""


def check(config: Mapping[str, Any]) -> Check:
    """Look whether the index of our application was made by the configured model."""
    for app in config["applications"]:
        if app.get("import_path") == GRAPH:
            return of(located(ServiceSettings.model_validate(app.get("args") or {})))
    return Check(NAME, OK, "the configuration has no index of ours")


def of(settings: ServiceSettings) -> Check:
    """Look at the index that whole settings name."""
    uri, wanted = settings.index.uri, settings.model.model
    if "://" not in uri and not Path(uri).exists():
        return Check(NAME, OK, f"there is no index at {uri} yet")
    try:
        made_by = asyncio.run(_recorded(uri, dict(settings.index.storage_options)))
    except Exception as error:
        # Of a store that cannot be reached, a broken file, a newer format: said, not guessed.
        said = f"the index at {uri} cannot be read: {type(error).__name__}: {error}"
        return Check(NAME, WARNING, " ".join(said.split())[:300])
    if made_by is None:
        return Check(NAME, OK, f"the index at {uri} holds no vectors yet")
    if not names_match(wanted, settings.model.pretrained, made_by.image_model):
        return _refused(uri, made_by.image_model, wanted)
    text = text_name(settings.text_model)
    if made_by.text_model.partition("@")[0] != text:
        return _refused(uri, f"the text model {made_by.text_model}", text)
    return Check(NAME, OK, f"the index at {uri} was made by {made_by.image_model}")


def _refused(uri: str, recorded: str, wanted: str) -> Check:
    said = (
        f"the index at {uri} was made by {recorded}, the configuration names {wanted}: "
        "change one of them, or `brainwav reembed` the documents"
    )
    return Check(NAME, FAILED, said)


def text_name(settings: TextModelSettings | None) -> str:
    """Return what the name of the text model begins with in an index."""
    if settings is None:
        return MINILM
    return Path(SentenceSpec(settings.model).name).name


def names_match(wanted: str, pretrained: str | None, recorded: str) -> bool:
    """Return whether a recorded name is what a model's settings are kept as.

    `retrieval.clip.encoder` makes it of the model and the weights' file, without their folder; a
    checksum may follow, or what the embedded model learned since.
    """
    name = wanted if pretrained is None else f"{wanted}/{Path(pretrained).name}"
    return recorded.partition("@")[0].removesuffix(IDENTITY) == name


async def _recorded(uri: str, options: dict[str, str]) -> Fingerprint | None:
    from retrieval.store.connection import connect
    from retrieval.store.settings_table import FINGERPRINT_KEY, read_settings

    db = await connect(uri, options)
    try:
        text = (await read_settings(db)).get(FINGERPRINT_KEY)
    finally:
        db.close()
    return None if text is None else Fingerprint.from_json(text)
