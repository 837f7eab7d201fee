"""Words for looks: captions to learn from, prompts to be judged by, product texts to search."""

from collections.abc import Sequence

import numpy as np

from retrieval.catalogue.drawing import Look

SYNONYMS: dict[str, tuple[str, ...]] = {
    "mug": ("mug", "coffee mug", "cup"),
    "bottle": ("bottle", "water bottle", "flask"),
    "chair": ("chair", "dining chair", "seat"),
    "lamp": ("lamp", "table lamp", "reading light"),
    "table": ("table", "dining table", "desk"),
    "shirt": ("shirt", "t-shirt", "tee"),
    "hat": ("hat", "sun hat", "brimmed hat"),
    "umbrella": ("umbrella", "rain umbrella", "parasol"),
    "clock": ("clock", "alarm clock", "bedside clock"),
    "key": ("key", "door key", "house key"),
    "guitar": ("guitar", "acoustic guitar", "six-string guitar"),
    "boat": ("boat", "sailing boat", "toy sailboat"),
    "car": ("car", "toy car", "model automobile"),
    "kite": ("kite", "flying kite", "beach kite"),
    "sofa": ("sofa", "couch", "settee"),
    "vase": ("vase", "flower vase", "ceramic vase"),
    "teapot": ("teapot", "tea pot", "tea kettle"),
    "boot": ("boot", "rain boot", "wellington boot"),
    "glasses": ("glasses", "spectacles", "eyeglasses"),
    "balloon": ("balloon", "party balloon", "birthday balloon"),
}
PATTERN_WORDS: dict[str, tuple[str, ...]] = {
    "plain": ("plain", "solid", "single-coloured"),
    "striped": ("striped", "stripy", "banded"),
    "dotted": ("dotted", "polka-dot", "spotted"),
    "checked": ("checked", "chequered", "checkered"),
    "zigzag": ("zigzag", "chevron", "zigzag-patterned"),
}
WITH_PATTERN: dict[str, tuple[str, ...]] = {
    "plain": ("without any pattern", "in one solid colour"),
    "striped": ("with stripes", "with a striped pattern"),
    "dotted": ("with dots", "with polka dots"),
    "checked": ("with checks", "with a checkered pattern"),
    "zigzag": ("with zigzags", "with a zigzag pattern"),
}


def full_captions(look: Look) -> list[str]:
    """Return captions that name kind, colour and pattern, in varied words and order."""
    c, p = look.colour, look.pattern
    captions = []
    for i, noun in enumerate(SYNONYMS[look.kind]):
        adjective = PATTERN_WORDS[p][i]
        captions += [
            f"{adjective} {c} {noun}",
            f"a {c} {noun} {WITH_PATTERN[p][i % 2]}",
            f"a picture of a {c} {adjective} {noun}",
        ]
    return captions


def kind_captions(kind: str) -> list[str]:
    """Return captions that name only the kind."""
    return [
        text
        for noun in SYNONYMS[kind]
        for text in (noun, f"a {noun}", f"a drawing of a {noun}", f"an image showing a {noun}")
    ]


def colour_captions(colour: str) -> list[str]:
    """Return captions that name only the colour."""
    return [
        colour,
        f"a {colour} thing",
        f"a {colour} object",
        f"coloured {colour}",
        f"a {colour} product",
        f"something {colour} in colour",
    ]


def pattern_captions(pattern: str) -> list[str]:
    """Return captions that name only the pattern."""
    frames = ("{}", "a {} thing", "a {} object", "a {} pattern")
    named = [frame.format(word) for word in PATTERN_WORDS[pattern] for frame in frames]
    return named + [f"an object {phrase}" for phrase in WITH_PATTERN[pattern]]


def pair_captions(look: Look) -> list[str]:
    """Return captions that name two of the three."""
    noun, adjective = SYNONYMS[look.kind][0], PATTERN_WORDS[look.pattern][0]
    return [
        f"{look.colour} {noun}",
        f"a {look.colour} {noun}",
        f"{adjective} {noun}",
        f"a {noun} {WITH_PATTERN[look.pattern][0]}",
        f"a {adjective} {look.colour} object",
    ]


def kind_prompts(kind: str) -> list[str]:
    """Return the prompts that held-out pictures are judged by; fixed before training."""
    return [f"a photo of a {kind}", f"a picture of a {kind}", f"this is a {kind}"]


def colour_prompts(colour: str) -> list[str]:
    """Return the colour prompts of the evaluation."""
    return [f"a photo of something {colour}", f"the colour {colour}", f"this thing is {colour}"]


def pattern_prompts(pattern: str) -> list[str]:
    """Return the pattern prompts of the evaluation."""
    return [f"a photo of something {pattern}", f"the pattern is {pattern}", f"this is {pattern}"]


OPENINGS = (
    "A {noun} for every day.",
    "Our favourite {noun} of the season.",
    "This {noun} brightens any room.",
    "Simple, sturdy, made to last: a {noun}.",
    "The {noun} you will reach for first.",
    "Designed in small batches.",
)
BODIES = (
    "{Pattern} design in {colour}.",
    "It comes in {colour}, {with_pattern}.",
    "The {colour} finish is {pattern}.",
    "Colour: {colour}. Pattern: {pattern}.",
    "A {pattern} look, {colour} all over.",
)
CLOSINGS = (
    "Wipe clean with a damp cloth.",
    "Ships flat in recycled card.",
    "A good present.",
    "Two years of guarantee.",
    "Pairs well with the rest of the range.",
    "Limited stock.",
)
BRANDS = ("Ardenne", "Bellmoor", "Corvane", "Dunlin", "Estrel", "Fennwick", "Galloway", "Harrow")
SERIES = ("Alba", "Brisk", "Cleo", "Dawn", "Ember", "Fjord", "Grove", "Haven", "Iris", "Juno")


def product_name(look: Look, brand: str, rng: np.random.Generator) -> str:
    """Return a name that sometimes leaves the look to the description."""
    noun = _pick(SYNONYMS[look.kind], rng)
    series = _pick(SERIES, rng)
    names = (
        f"{brand} {series} {noun}",
        f"{series} {look.colour} {noun}",
        f"{_pick(PATTERN_WORDS[look.pattern], rng).capitalize()} {noun} {series}",
    )
    return _pick(names, rng)


def product_description(look: Look, rng: np.random.Generator) -> str:
    """Return two or three sentences that name kind, colour and pattern in varied words."""
    pattern = _pick(PATTERN_WORDS[look.pattern], rng)
    body = _pick(BODIES, rng).format(
        colour=look.colour,
        pattern=pattern,
        Pattern=pattern.capitalize(),
        with_pattern=_pick(WITH_PATTERN[look.pattern], rng),
    )
    opening = _pick(OPENINGS, rng).format(noun=_pick(SYNONYMS[look.kind], rng))
    sentences = [opening, body, _pick(CLOSINGS, rng)]
    return " ".join(sentences if rng.random() < 0.7 else sentences[:2])


def _pick(options: Sequence[str], rng: np.random.Generator) -> str:
    return options[int(rng.integers(len(options)))]
