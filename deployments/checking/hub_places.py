"""Where on the hub open_clip's weights lie, from its source: importing it takes seconds."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from deployments.checking.known_models import (
    CONFIG,
    FOLDER,
    HUB,
    source_of_tags,
)

WEIGHTS = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
"""Of a repository that names no file, in the order in which open_clip asks for them."""
TOKENISERS = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "spiece.model",
    "sentencepiece.bpe.model",
    "config.json",
)
"""Which transformers looks for; a repository has some of them."""
_TWIN = "-quickgelu"


@dataclass(frozen=True, slots=True)
class HubPlace:
    """A repository, and the files of which the first that is there holds the weights."""

    repository: str
    files: tuple[str, ...]
    what: str = "weights"
    """What the files are, in words."""
    revision: str | None = None
    """Of the repository; None: its main branch."""

    def each(self) -> Iterator["HubPlace"]:
        """Yield every file as a place of its own."""
        for file in self.files:
            yield replace(self, files=(file,))


def config_place_of(model: str) -> HubPlace | None:
    """Return where a model's configuration lies, None where it is not fetched."""
    if not model.startswith(HUB):
        return None
    return HubPlace(model.removeprefix(HUB), (CONFIG,), "settings")


def places_of_texts(model: str, text_config: Mapping[str, Any]) -> Iterator[HubPlace]:
    """Yield what a text tower fetches from the hub when it is built: tokeniser, sizes.

    Args:
        text_config: The part `text_cfg` of the model's configuration.
    """
    tokeniser, tower = text_config.get("hf_tokenizer_name"), text_config.get("hf_model_name")
    # Of a folder open_clip takes the tokeniser that lies in it.
    if tokeniser and not model.startswith(FOLDER):
        yield HubPlace(tokeniser, TOKENISERS, what="tokeniser's files")
    if tower:
        yield HubPlace(tower, ("config.json",), what="sizes")


def place_of(model: str, pretrained: str | None) -> HubPlace | None:
    """Return where a model's weights lie, None where they are not fetched from the hub."""
    if model.startswith(HUB):
        return HubPlace(model.removeprefix(HUB), WEIGHTS)
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
