"""Goals over the demonstration catalogue with exact answers: what is asked, and who checks it.

The checker sees the products, not the plan: an answer is right if it holds one product
per item and every condition is true of the looks and prices they were drawn with.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations, product

from retrieval.catalogue.products import Product
from retrieval.catalogue.wording import PATTERN_WORDS, SYNONYMS

ProductsCheck = Callable[[Sequence[Product]], bool]


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal in words, how many products answer it, and whether given ones do.

    ``checks`` are per item in the goal's order, ``together`` is about all of them.
    """

    text: str
    checks: tuple[Callable[[Product], bool], ...]
    together: ProductsCheck

    def solved_by(self, answer: Sequence[Product]) -> bool:
        """Return whether these products, in the goal's order, are an answer."""
        return (
            len(answer) == len(self.checks)
            and len({item.sku for item in answer}) == len(answer)
            and all(check(item) for check, item in zip(self.checks, answer, strict=True))
            and self.together(answer)
        )

    def solved_within(self, found: Sequence[Product]) -> bool:
        """Return whether some of these products, in any order, are an answer."""
        return any(self.solved_by(chosen) for chosen in permutations(found, len(self.checks)))

    def solvable(self, catalogue: Sequence[Product]) -> bool:
        """Return whether the catalogue holds an answer."""
        fitting = [[item for item in catalogue if check(item)] for check in self.checks]
        return any(self.solved_by(chosen) for chosen in product(*fitting))


def goals(catalogue: Sequence[Product], count: int, seed: int) -> list[Goal]:
    """Return ``count`` solvable goals, drawn from nine forms in turn."""
    return _drawn(FORMS, catalogue, count, seed)


def single_goals(catalogue: Sequence[Product], count: int, seed: int) -> list[Goal]:
    """Return solvable goals about one item."""
    return _drawn((_single, _single_between), catalogue, count, seed)


def _drawn(
    forms: Sequence[Callable[[random.Random], Goal]],
    catalogue: Sequence[Product],
    count: int,
    seed: int,
) -> list[Goal]:
    rng = random.Random(seed)
    found: list[Goal] = []
    turn = 0
    while len(found) < count:
        goal = forms[turn % len(forms)](rng)
        turn += 1
        if goal.solvable(catalogue) and goal.text not in {other.text for other in found}:
            found.append(goal)
    return found


PATTERNS = tuple(PATTERN_WORDS)
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white")


def _kinds(rng: random.Random, count: int) -> list[tuple[str, str]]:
    """Return kinds, each with one of its names."""
    return [(kind, rng.choice(SYNONYMS[kind])) for kind in rng.sample(sorted(SYNONYMS), count)]


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _word(rng: random.Random, pattern: str) -> str:
    return rng.choice(PATTERN_WORDS[pattern])


def _always(found: Sequence[Product]) -> bool:
    return True


def _same(name: str) -> ProductsCheck:
    return lambda found: len({_value(item, name) for item in found}) == 1


def _different(name: str) -> ProductsCheck:
    return lambda found: len({_value(item, name) for item in found}) == len(found)


def _value(item: Product, name: str) -> str:
    return item.brand if name == "brand" else getattr(item.look, name)


def _pair_same_colour(rng: random.Random) -> Goal:
    (k1, n1), (k2, n2) = _kinds(rng, 2)
    p1, no = rng.sample(PATTERNS, 2)
    limit = rng.choice((30, 40, 50, 60))
    return Goal(
        f"{_a(f'{_word(rng, p1)} {n1}')} and {_a(n2)} of the same colour, both under {limit}, "
        f"nothing {_word(rng, no)}",
        (
            lambda x: x.look.kind == k1 and x.look.pattern == p1 and x.price < limit,
            lambda x: x.look.kind == k2 and x.look.pattern != no and x.price < limit,
        ),
        _same("colour"),
    )


def _single(rng: random.Random) -> Goal:
    ((kind, noun),) = _kinds(rng, 1)
    pattern, limit = rng.choice(PATTERNS), rng.choice((20, 30, 40))
    no = rng.sample(COLOURS, 2)
    return Goal(
        f"{_a(f'{_word(rng, pattern)} {noun}')} under {limit}, neither {no[0]} nor {no[1]}",
        (
            lambda x: (
                x.look.kind == kind
                and x.look.pattern == pattern
                and x.price < limit
                and x.look.colour not in no
            ),
        ),
        _always,
    )


def _single_between(rng: random.Random) -> Goal:
    ((kind, noun),) = _kinds(rng, 1)
    colour, low = rng.choice(COLOURS), rng.choice((5, 10, 15))
    no = rng.choice(PATTERNS)
    return Goal(
        f"{_a(f'{colour} {noun}')} priced between {low} and {low + 25} that is not "
        f"{_word(rng, no)}",
        (
            lambda x: (
                x.look.kind == kind
                and x.look.colour == colour
                and x.look.pattern != no
                and low <= x.price <= low + 25
            ),
        ),
        _always,
    )


def _same_brand_total(rng: random.Random) -> Goal:
    (k1, n1), (k2, n2) = _kinds(rng, 2)
    colour, limit = rng.choice(COLOURS), rng.choice((40, 50, 60))
    return Goal(
        f"{_a(f'{colour} {n1}')} and {_a(n2)} from the same brand, together under {limit}",
        (lambda x: x.look.kind == k1 and x.look.colour == colour, lambda x: x.look.kind == k2),
        lambda found: _same("brand")(found) and sum(item.price for item in found) < limit,
    )


def _three_same_pattern(rng: random.Random) -> Goal:
    (k1, n1), (k2, n2), (k3, n3) = _kinds(rng, 3)
    no, limit = rng.sample(COLOURS, 2), rng.choice((40, 50))

    def fits(kind: str) -> Callable[[Product], bool]:
        return lambda x: x.look.kind == kind and x.price < limit and x.look.colour not in no

    return Goal(
        f"{_a(n1)}, {_a(n2)} and {_a(n3)} with the same pattern, all under {limit}, "
        f"none of them {no[0]} or {no[1]}",
        (fits(k1), fits(k2), fits(k3)),
        _same("pattern"),
    )


def _two_different_colours(rng: random.Random) -> Goal:
    ((kind, _),) = _kinds(rng, 1)
    pattern, low = rng.choice(PATTERNS), rng.choice((5, 10))

    def check(x: Product) -> bool:
        return x.look.kind == kind and x.look.pattern == pattern and low <= x.price <= low + 30

    noun = kind if kind.endswith("s") else f"{kind}s"
    return Goal(
        f"two {_word(rng, pattern)} {noun} of different colours, each between {low} and {low + 30}",
        (check, check),
        _different("colour"),
    )


def _same_colour_different_pattern(rng: random.Random) -> Goal:
    (k1, n1), (k2, n2) = _kinds(rng, 2)
    limit = rng.choice((25, 35, 45))
    return Goal(
        f"{_a(n1)} and {_a(n2)} in the same colour but with different patterns, "
        f"each costing at most {limit}",
        (
            lambda x: x.look.kind == k1 and x.price <= limit,
            lambda x: x.look.kind == k2 and x.price <= limit,
        ),
        lambda found: _same("colour")(found) and _different("pattern")(found),
    )


def _own_limits(rng: random.Random) -> Goal:
    (k1, n1), (k2, n2) = _kinds(rng, 2)
    c1, p2 = rng.choice(COLOURS), rng.choice(PATTERNS)
    low, high = rng.choice((10, 15)), rng.choice((25, 35))
    return Goal(
        f"{_a(f'{c1} {n1}')} under {high} and {_a(f'{_word(rng, p2)} {n2}')} over {low}",
        (
            lambda x: x.look.kind == k1 and x.look.colour == c1 and x.price < high,
            lambda x: x.look.kind == k2 and x.look.pattern == p2 and x.price > low,
        ),
        _always,
    )


def _without(rng: random.Random) -> Goal:
    (k1, n1), (k2, n2) = _kinds(rng, 2)
    p2, limit = rng.choice(PATTERNS), rng.choice((60, 80))
    no = rng.choice(COLOURS)
    return Goal(
        f"{_a(n1)} and {_a(f'{_word(rng, p2)} {n2}')} with matching colours, in total at most "
        f"{limit}, nothing {no}",
        (
            lambda x: x.look.kind == k1 and x.look.colour != no,
            lambda x: x.look.kind == k2 and x.look.pattern == p2 and x.look.colour != no,
        ),
        lambda found: _same("colour")(found) and sum(item.price for item in found) <= limit,
    )


FORMS: tuple[Callable[[random.Random], Goal], ...] = (
    _pair_same_colour,
    _single,
    _single_between,
    _same_brand_total,
    _three_same_pattern,
    _two_different_colours,
    _same_colour_different_pattern,
    _own_limits,
    _without,
)
