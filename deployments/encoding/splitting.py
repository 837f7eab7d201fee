"""Texts into passages, step by step: others have their turn between two steps of a long text."""

from collections.abc import Generator

from retrieval.characters import has_visible
from retrieval.clip.tower_protocol import PassageTower
from retrieval.encoding import SplitRequest
from retrieval.passages.cutting import BLOCK_CHARACTERS, Range, passages
from telemetry.logs import get_logger

log = get_logger()

STEP_CHARACTERS = 2 * BLOCK_CHARACTERS
"""Of short texts together; of a long one a step is a block or two."""


def split_steps(
    tower: PassageTower, request: SplitRequest
) -> Generator[None, None, list[list[Range]]]:
    """Cut texts; return their passages. It yields where somebody else may go on."""
    ranges: list[list[Range]] = []
    characters = 0
    for text, sections in zip(request.texts, request.sections, strict=True):
        ranges.append([])
        try:
            for block in passages(text, sections, tower.passage_tokens, tower.count):
                # A passage of characters that nobody sees has no vector.
                ranges[-1] += [part for part in block if has_visible(text[slice(*part)])]
                characters += min(len(text), BLOCK_CHARACTERS)
                if characters >= STEP_CHARACTERS:
                    characters = 0
                    yield
        # Whatever is wrong with one text: it is encoded as one passage, which says if it was cut.
        except Exception as error:
            log.error("splitting.failed", characters=len(text), exc_info=error)
            ranges[-1] = [(0, len(text))]
    return ranges
