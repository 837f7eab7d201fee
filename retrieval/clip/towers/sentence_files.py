"""What a sentence encoder's folder says of itself, in the files of sentence-transformers.

`modules.json` lists its parts, each with a folder of its own; without it only the settings say
how tokens become a vector. A part that is not known here would change vectors, so it is refused.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from retrieval.clip.errors import UnknownModel, UnusableWeights, WeightsNotFound
from retrieval.clip.sentence_spec import FOLDER, HUB, READ, Pooling, SentenceSpec
from retrieval.clip.weights_file import sha256_of

MAKES_VECTORS = (
    "*.safetensors",
    "tokenizer.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "*.model",
)
"""What the vectors depend on; other files are edited without changing them."""
LONGEST_UNASKED = 512
"""A text of thousands of tokens holds a core for seconds: more than this has to be asked for."""


@dataclass(frozen=True, slots=True)
class SentenceRecipe:
    """How texts become vectors, beside tokeniser and weights."""

    folder: Path
    """Of tokeniser and weights."""
    pooling: Pooling
    query_prefix: str
    passage_prefix: str
    max_tokens: int | None
    """As configured; None: what tokeniser and model can, up to ``LONGEST_UNASKED``."""
    lower_case: bool


def folder_of(model: str) -> Path:
    """Return where a model lies here; one of the hub is fetched if it is not in the cache.

    Raises:
        UnknownModel: Neither `hf-hub:` nor `local-dir:`.
        WeightsNotFound: No such folder, or neither cached nor reachable.
    """
    if model.startswith(FOLDER):
        folder = Path(model.removeprefix(FOLDER))
        if not folder.is_dir():
            raise WeightsNotFound(f"there is no folder {folder}")
        return folder
    if not model.startswith(HUB):
        raise UnknownModel(f"text model {model!r} should begin with {HUB} or {FOLDER}")
    from huggingface_hub import snapshot_download

    repository, _, revision = model.removeprefix(HUB).partition("@")
    try:
        return Path(
            snapshot_download(repository, revision=revision or None, allow_patterns=list(READ))
        )
    except Exception as error:  # the hub client's errors share no base
        raise WeightsNotFound(
            f"{model} is not in the cache and the hub is not reachable: {error}"
        ) from error


def recipe_of(spec: SentenceSpec, folder: Path) -> SentenceRecipe:
    """Return how to use a model: as its files say, where the settings say nothing.

    Raises:
        UnknownModel: It has parts that are not known here, or nobody says how it pools.
        UnusableWeights: A file is not what it should be.
    """
    parts = dict(_parts(folder))
    inner = parts.get("Transformer", folder)
    prompts = _json(folder / "config_sentence_transformers.json").get("prompts") or {}
    of_inner = _json(inner / "sentence_bert_config.json")
    query, passage = spec.query_prefix, spec.passage_prefix
    recipe = SentenceRecipe(
        inner,
        spec.pooling or _pooling(parts.get("Pooling"), folder),
        _prompt(prompts, "query") if query is None else query,
        _prompt(prompts, "document", "passage", "corpus") if passage is None else passage,
        spec.max_tokens or _capped(of_inner.get("max_seq_length")),
        bool(of_inner.get("do_lower_case")),
    )
    if parts.get("Pooling") and (recipe.query_prefix or recipe.passage_prefix):
        _refuse_unpooled_prompt(parts["Pooling"])
    return recipe


def digest_of(folder: Path) -> str:
    """Return 12 hex digits that stand for tokeniser and weights."""
    digest = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        if any(fnmatch(file.name, pattern) for pattern in MAKES_VECTORS):
            digest.update(f"{file.name} {sha256_of(file)}\n".encode())
    return digest.hexdigest()[:12]


def _parts(folder: Path) -> Iterator[tuple[str, Path]]:
    for part in _json(folder / "modules.json", []):
        # Releases of the package moved its classes: only their names stayed.
        kind = str(part.get("type")).rpartition(".")[2]
        if kind not in ("Transformer", "Pooling", "Normalize"):
            raise UnknownModel(
                f"{folder.name} has a part {kind}, which is not supported: only Transformer, "
                "Pooling and Normalize are"
            )
        yield kind, folder / str(part.get("path") or "")


def _pooling(part: Path | None, folder: Path) -> Pooling:
    if part is None:
        raise UnknownModel(
            f"no modules.json of {folder.name} says how it pools: set `pooling` to mean or cls, "
            "as its model card says"
        )
    config = _json(part / "config.json")
    modes = config.get("pooling_mode") or [
        key for key, is_used in config.items() if key.startswith("pooling_mode_") and is_used
    ]
    names = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}
    found = [names.get(mode, mode) for mode in ([modes] if isinstance(modes, str) else modes)]
    if found == ["mean"]:
        return "mean"
    if found == ["cls"]:
        return "cls"
    raise UnknownModel(f"{folder.name} pools by {found}: only mean or cls is supported")


def _refuse_unpooled_prompt(part: Path) -> None:
    if _json(part / "config.json").get("include_prompt") is False:
        raise UnknownModel("the model leaves its prefixes out of pooling, which is not supported")


def _prompt(prompts: Mapping[str, Any], *names: str) -> str:
    return next((str(prompts[name]) for name in names if name in prompts), "")


def _capped(length: int | None) -> int | None:
    return None if length is None else min(length, LONGEST_UNASKED)


def _json(file: Path, missing: Any = None) -> Any:
    if not file.is_file():
        return {} if missing is None else missing
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UnusableWeights(f"{file.parent.name}/{file.name} is no JSON: {error}") from error
