"""Values of the table with a slip of the finger: one letter left out, doubled or exchanged."""

import re
from random import Random

from scripts.goals.answers import items
from scripts.goals.case import Half, Meaning
from scripts.goals.draw import Draw, Unlucky
from scripts.goals.phrases import a

SHORTEST = 5
"""Letters of a word that is still known with a slip in it."""
OTHER_WORDS = frozenset(
    """char hair tale hose back cock lock shit salon geek pain plan bran brow trees goat surly
    form grin lend sting spot shift skirt chip wale hoe sole steak crake pi tar tart stow
    bowl bottles bottled humbug brown spotted tipped stripped plane gown back black write wit whist
    while range pallet pallets doted""".split()
)
"""Words of their own that a slip would make: a reader would not take them for slips."""


def _slips(word: str, half: Half) -> list[str]:
    """Return slips inside a word: the first and the last letter stay."""
    inner = range(1, len(word) - 1)
    left_out = [word[:i] + word[i + 1 :] for i in inner]
    exchanged = [word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(1, len(word) - 2)]
    doubled = [word[:i] + word[i] + word[i:] for i in inner]
    vowels = [word[:i] + other + word[i + 1 :] for i in inner for other in _other_vowels(word[i])]
    return left_out + exchanged if half == "open" else doubled + vowels + exchanged


def _other_vowels(letter: str) -> str:
    return {"a": "e", "e": "a", "i": "e", "o": "u", "u": "o"}.get(letter, "")


def misspell(word: str, half: Half, known: frozenset[str], rng: Random) -> str:
    """Return a word with a slip that makes no other word of the table."""
    lower = known | OTHER_WORDS
    good = [
        slip
        for slip in _slips(word, half)
        if slip != word and not any(_near(slip.lower(), w) for w in lower - {word.lower()})
    ]
    if not good:
        raise Unlucky
    return good[rng.randrange(len(good))]


def _near(one: str, other: str) -> bool:
    """Whether they are equal, but for one letter that is left out, put in or another."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    at = next((i for i, (x, y) in enumerate(zip(short, long, strict=False)) if x != y), len(short))
    return short[at:] == long[at + 1 :] or short[at + 1 :] == long[at + 1 :]


def _known(d: Draw) -> frozenset[str]:
    values = [str(r[f.field]) for r in d.table.records for f in d.words.facets if r[f.field]]
    nouns = [noun for pair in d.words.nouns.values() for noun in pair]
    return frozenset(
        word.lower() for text in [*values, *nouns] for word in re.findall(r"\w+", text)
    )


def _slipped(d: Draw, text: str, value: str) -> str:
    if len(value.removesuffix("s")) < SHORTEST or not value.isalpha() or value not in text.split():
        raise Unlucky
    # A value's plural is the same word: a slip of the one is allowed to be near to the other.
    known = frozenset(word for word in _known(d) if not word.startswith(value.lower()[:-1]))
    return " ".join(
        misspell(word, d.half, known, d.rng) if word == value else word for word in text.split()
    )


def value(d: Draw) -> Meaning:
    """ "a yelow mug"."""
    facet = d.pick([f for f in d.words.facets if f.field != "energy_class"])
    model = d.pick(d.rows(lambda r: r[d.words.kind] in d.words.nouns and bool(r[facet.field])))
    kind, wanted = str(model[d.words.kind]), str(model[facet.field])
    noun = d.words.nouns[kind][d.pick((0, 1))]
    said = facet.says.format(v=wanted)
    text = _slipped(d, f"{said} {noun}" if facet.before else f"{noun} {said}", wanted)
    rows = d.rows(lambda r: r[d.words.kind] == kind and r[facet.field] == wanted)
    return _asked(d, text, noun == d.words.nouns[kind][0], rows)


def noun(d: Draw) -> Meaning:
    """ "a red teapto"."""
    kind = d.kind()
    subject = d.subject(kind=kind)
    many = d.rng.random() < 0.4
    text = _slipped(d, subject.many if many else subject.one, d.words.nouns[kind][many])
    return _asked(d, text, not many, d.rows(subject.test))


def _asked(d: Draw, text: str, one: bool, rows: list) -> Meaning:
    measure = d.measure()
    says, within = d.bound(measure, rows) if d.rng.random() < 0.4 else ("", lambda _: True)
    whole = f"{a(text)} {says}" if one else d.plural(f"{text} {says}")
    return Meaning(d.ask(whole.strip()), items(row for row in rows if within(row)))


IDEAS = (value, noun, value)
