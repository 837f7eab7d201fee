"""Where on the hub open_clip's weights lie, from its source: importing it takes seconds."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from deployments.checking.known_models import HUB, source_of_tags

WEIGHTS = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
"""Of a repository that names no file, in the order in which open_clip asks for them."""
_TWIN = "-quickgelu"


@dataclass(frozen=True, slots=True)
class HubPlace:
    """A repository, and the files of which the first that is there holds the weights."""

    repository: str
    files: tuple[str, ...]
    revision: str | None = None


def place_of(model: str, pretrained: str | None) -> HubPlace | None:
    """Return where a model's weights lie, None where they are not fetched from the hub."""
    if model.startswith(HUB):
        repository, _, revision = model.removeprefix(HUB).partition("@")
        return HubPlace(repository, WEIGHTS, revision or None)
    if pretrained is None:
        return None
    tag = pretrained.lower().replace("-", "_")
    places = _places()
    text = places.get((model, tag)) or places.get((model.removesuffix(_TWIN), tag))
    if not text:
        return None
    repository, _, file = text.rpartition("/")
    return HubPlace(repository, _alternatives(file) if file else WEIGHTS)


def _alternatives(file: str) -> tuple[str, ...]:
    if file.endswith((".bin", ".pth")):
        return (file[:-4] + ".safetensors", file)
    return (file,)


@cache
def _places() -> dict[tuple[str, str], str]:
    """Return `repository/file` by architecture and tag."""
    tables: dict[str, dict[str, str]] = {}
    found: dict[tuple[str, str], str] = {}
    for node in source_of_tags():
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        if isinstance(node.value, ast.Call):
            tables[node.targets[0].id] = dict(_table(node.value))
        elif node.targets[0].id == "_PRETRAINED" and isinstance(node.value, ast.Dict):
            for key, value in zip(node.value.keys, node.value.values, strict=True):
                own = tables.get(value.id, {}) if isinstance(value, ast.Name) else None
                table = dict(_table(value)) if isinstance(value, ast.Call) else own or {}
                found |= {(str(ast.literal_eval(key)), tag): at for tag, at in table.items() if key}
    return found


def _table(call: ast.Call) -> Iterator[tuple[str, str]]:
    for entry in call.keywords:
        if not entry.arg or not isinstance(entry.value, ast.Call):
            continue
        for inner in entry.value.keywords:
            if inner.arg == "hf_hub" and isinstance(inner.value, ast.Constant):
                yield entry.arg, str(inner.value.value)
