"""Goals with a word that no document of their table has: a noun, or something said of one."""

from random import Random

from scripts.goals.case import Answer, GoalCase
from scripts.goals.third.figures import within
from scripts.goals.third.sought import NOUNS, PutGoal, article, draw, plural, usual

UNHEARD_NOUNS = {
    "catalogue": (
        "trampoline wheelbarrow typewriter canoe saxophone hammock microscope backpack "
        "toaster necklace carpet pillow razor telescope sledge"
    ).split(),
    "homes": (
        "lighthouse windmill caravan barn igloo monastery warehouse yurt vineyard "
        "greenhouse stable observatory"
    ).split(),
    "recipes": (
        "oyster sorbet dumpling paella meatloaf waffle kebab risotto pretzel fondue"
    ).split(),
    "papers": (
        "podcast patent screenplay poem cookbook newspaper lawsuit diary crossword "
        "biography sermon novel"
    ).split(),
}
UNHEARD_WORDS = {
    "catalogue": (
        "waterproof biodegradable foldable antique magnetic tactile inflatable luminous "
        "organic handwoven stackable collapsible rustproof reversible edible"
    ).split(),
    "homes": (
        "haunted thatched furnished subterranean beachfront soundproof moated palatial "
        "ventilated panoramic gated turreted timbered windowless fireproof"
    ).split(),
    "recipes": (
        "kosher halal fermented caramelised smokeless ketogenic charred alcoholic "
        "microwaved foraged aphrodisiac barbecued pickled caffeinated leftover"
    ).split(),
    "papers": (
        "retracted cryptographic posthumous plagiarised sociological handwritten quantum "
        "agricultural theological interactive volcanic veterinary controversial "
        "satirical geological"
    ).split(),
}

BESIDE = (
    "{a} and {x}",
    "{x} and {a}",
    "I need {x}, and {a} too",
    "{a}, {b} and {x}",
    "could you find me {x} and {a}?",
    "{x}, please",
    "how many {xs} do you have?",
    "the cheapest {xo}",
    "{xs}",
    "do you sell {xs}?",
    "{a} or {x}",
    "{xs} {limit}",
)


def noun(rng: Random) -> PutGoal | None:
    """A noun of nothing that the table has, alone or beside one that it has."""
    table = rng.choice(list(UNHEARD_NOUNS))
    found, other = usual(rng, table, 3), draw(rng, table, (NOUNS[table],))
    if found is None or other is None or found.fixed.get(NOUNS[table]) == other.fixed[NOUNS[table]]:
        return None
    word, says = rng.choice(UNHEARD_NOUNS[table]), rng.choice(BESIDE)
    limit = within(rng, table, other.rows)
    if ("cheapest" in says or "sell" in says) and table != "catalogue":
        return None
    if "{limit}" in says and limit is None:
        return None
    text = says.format(
        a=found.a,
        b=other.a,
        x=article(word),
        xs=plural(word),
        xo=word,
        limit=limit[0] if limit else "",
    )
    said = plural(word) if "{xs}" in says else word
    answer: Answer = {"kind": "ignored", "words": [said]}
    return PutGoal(table, text, answer)


SAID_OF = (
    "{word} {many}",
    "{many} that are {word}",
    "{a}, it should be {word}",
    "do you have any {word} {many}?",
    "I'm looking for {many}; they must be {word}",
    "{many} {limit}, {word} if possible",
    "how many {word} {many} are there?",
    "the {word} ones among your {many}",
    "I'd prefer {word} {many}",
)


def unheard(count: int, seed: int) -> list[GoalCase]:
    """Return goals with something said of a noun that no document explains; each word once."""
    rng = Random(seed)
    words = [(table, word) for table, own in UNHEARD_WORDS.items() for word in own]
    rng.shuffle(words)
    cases: list[GoalCase] = []
    for number, (table, word) in enumerate(words[:count]):
        answer: Answer = {"kind": "ignored", "words": [word]}
        text = _said(rng, number, table, word)
        cases.append(GoalCase(f"third-unheard-{number:02d}", table, "unexplained", text, answer))
    return cases


def _said(rng: Random, number: int, table: str, word: str) -> str:
    while True:
        found = usual(rng, table, 4)
        limit = found and within(rng, table, found.rows)
        if found and limit:
            says = SAID_OF[number % len(SAID_OF)]
            return says.format(word=word, many=found.many, a=found.a, limit=limit[0])
