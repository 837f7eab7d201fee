"""The page of architectures, from what `scripts.dev.try_architectures` found."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deployments.checking.known_models import architectures as known
from scripts.reference.markdown import cell, code, page, table

KEPT = Path(__file__).resolve().parents[2] / "docs" / "reference" / "architectures.json"
INTRO = """Each architecture of open_clip was built with random weights and encoded one picture and
one text on a CPU, within 8 GiB (`python -m scripts.dev.try_architectures`). Any of them can be
`model` in the settings, with a `pretrained` tag or a file of your own
([how to](../how-to/use-your-own-model.md)). Where a name has an asterisk its tokeniser, and the
sizes of its text tower, come from the hub: they were stood in for here, and the first start of a
service fetches them. Memory is the most that the process held, in fp32 and with nothing else."""

UNTRIED = """Of these only shapes are known: each is built, and its picture tower gives a vector of
the length that is configured, on torch's meta device, where there are no numbers
(`python -m scripts.dev.size_architectures`; `brainwav models` shows the sizes). What memory they
take is not known."""


def architectures() -> str:
    """Return the page."""
    tried: Mapping[str, Mapping[str, Any]] = json.loads(KEPT.read_text(encoding="utf-8"))
    good = {name: each for name, each in tried.items() if each["works"]}
    large = {name for name, each in tried.items() if "8 GiB" in each["said"]}
    bad = {name: each for name, each in tried.items() if not each["works"] and name not in large}
    share = f"{len(good)} of {len(tried) - len(large)} that were tried and fit into 8 GiB work."
    untried = [name for name in known() if name not in tried]
    parts = [share, _works(good)]
    if untried:
        names = ", ".join(code(name) for name in untried)
        parts += ["## Not run with numbers yet", UNTRIED, f"{names}."]
    if bad:
        parts += ["## What does not work", _rest(bad)]
    if large:
        names = ", ".join(code(name) for name in sorted(large))
        parts += ["## Larger than 8 GiB", f"Not tried to the end: {names}."]
    return page("Architectures", f"`docs/reference/{KEPT.name}`", INTRO, *parts)


def _works(tried: Mapping[str, Mapping[str, Any]]) -> str:
    head = ("architecture", "parameters, millions", "dimension", "picture", "tokens", "MiB")
    rows = [
        (
            code(name) + ("*" if each["stands_in"] else ""),
            f"{each['parameters'] / 1e6:.0f}",
            str(each["dimension"]),
            each["picture_px"],
            str(each["context_tokens"]),
            str(each["peak_mib"]),
        )
        for name, each in sorted(tried.items())
    ]
    return table(head, rows)


def _rest(tried: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [(code(name), cell(each["said"])) for name, each in sorted(tried.items())]
    return table(("architecture", "why"), rows)
