"""At most, at least, exactly so many results."""

from scripts.goals.answers import items
from scripts.goals.case import Meaning
from scripts.goals.draw import Draw, Unlucky
from scripts.goals.phrases import count_word

AMOUNTS = (
    (
        ("at most {n} {many}", "most"),
        ("at least {n} {many}", "least"),
        ("exactly {n} {many}", "both"),
        ("{n} {many}", "both"),
    ),
    (
        ("no more than {n} {many}", "most"),
        ("up to {n} {many}", "most"),
        ("a minimum of {n} {many}", "least"),
        ("{n} or more {many}", "least"),
        ("a maximum of {n} {many}", "most"),
        ("just {n} {many}", "both"),
    ),
)


def some(d: Draw) -> Meaning:
    """ "at most five red mugs"."""
    return _some(d, "")


def some_within(d: Draw) -> Meaning:
    """ "at least two mugs below 20"."""
    return _some(d, "bound")


def _some(d: Draw, bound: str) -> Meaning:
    phrase, side = d.of(AMOUNTS)
    subject, count = d.subject(generic=0.2), d.pick((2, 3, 4, 5))
    rows, text = d.rows(subject.test), subject.many
    if bound:
        says, within = d.bound(d.measure(), rows)
        rows, text = [row for row in rows if within(row)], d.plural(f"{text} {says}")
    # One more than asked for, so that the number means something.
    if len(rows) <= count:
        raise Unlucky
    least, most = 1 if side == "most" else count, None if side == "least" else count
    said = count_word(count) if d.rng.random() < 0.6 else str(count)
    return Meaning(d.ask(phrase.format(n=said, many=text)), items(rows, least, most))


IDEAS = (some, some_within)
