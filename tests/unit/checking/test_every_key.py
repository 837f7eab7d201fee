"""A letter too few, too many, another or at another place: found in every key that we ship."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from deployments.checking import config
from deployments.checking.finding import one_letter_apart

PROJECT = Path(__file__).resolve().parents[3]
SHIPPED = [PROJECT / "serve_config.yaml", *sorted((PROJECT / "deploy").glob("serve-*.yaml"))]


def keys(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the place of every key."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield (*place, key)
            yield from keys(item, (*place, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from keys(item, (*place, index))


def misspelt(word: str, turn: int) -> str:
    """Return a word with one letter wrong, in one of four ways."""
    at = turn % max(1, len(word) - 1)
    if turn % 4 == 0 and word[at] != word[at + 1]:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if turn % 4 == 1:
        return word[:at] + word[at + 1 :]
    if turn % 4 == 2:
        return word[:at] + "z" + word[at:]
    return word[:at] + "z" + word[at + 1 :]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_configuration_passes(path: Path) -> None:
    """And no other file is one."""
    assert config.load(path)["applications"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_key_misspelt_by_a_letter_is_told_with_its_place(path: Path) -> None:
    """All of one file's keys at a time are too many to see one: each in turn."""
    shipped = yaml.safe_load(path.read_text())
    places, elsewhere = list(keys(shipped)), path.parent.name == "deploy"
    assert len(places) > 50
    silent = []
    for turn, place in enumerate(places):
        changed = deepcopy(shipped)
        inner: Any = changed
        for part in place[:-1]:
            inner = inner[part]
        wrong = misspelt(str(place[-1]), turn)
        inner[wrong] = inner.pop(place[-1])
        said = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in (*place[:-1], wrong))
        told = config.check(changed, elsewhere=elsewhere)
        if not any(line.startswith(f"{said.removeprefix('.')}: unknown ") for line in told):
            silent.append(said)
    assert silent == []


def test_one_letter_apart_is_what_it_says() -> None:
    """Left out, added, changed, swapped; equal words and two mistakes are not."""
    for other in ("regio", "regions", "regiun", "rgeion", "egion", "xregion"):
        assert one_letter_apart("region", other)
        assert one_letter_apart(other, "region")
    for other in ("region", "reg", "rigeon", "", "legions"):
        assert not one_letter_apart("region", other)
