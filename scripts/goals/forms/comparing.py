"""Comparisons with another item: a named one, the best of a kind, another one of the set."""

from scripts.goals.answers import items, rising, sets
from scripts.goals.case import Meaning, TableRow, amount
from scripts.goals.draw import Draw, Unlucky
from scripts.goals.phrases import a
from scripts.goals.words.parts import Measure


def than_named(d: Draw) -> Meaning:
    """ "a mug cheaper than the Dunlin Juno teapot"."""
    the, named = d.named()
    subject, measure, less = d.subject(generic=0.2), d.measure(), d.rng.random() < 0.5
    rows = [r for r in d.rows(subject.test) if _beats(r, named, measure, less)]
    if len(rows) == len(d.rows(subject.test)):
        raise Unlucky
    says = d.of(measure.less if less else measure.more).format(ref=the)
    if d.rng.random() < 0.5:
        return Meaning(d.ask(f"{a(subject.one)} {says}"), items(rows))
    return Meaning(d.ask(d.plural(f"{subject.many} {says}")), items(rows))


def _beats(row: TableRow, other: TableRow, measure: Measure, less: bool) -> bool:
    one, two = amount(row, measure.field), amount(other, measure.field)
    return one < two if less else one > two


def than_best(d: Draw) -> Meaning:
    """ "a mug cheaper than the cheapest blue lamp"."""
    measure, less = d.measure(), d.rng.random() < 0.5
    one, other = d.subject(generic=0), d.subject(generic=0)
    best = d.of(measure.low if less else measure.high)
    if not best.endswith("{x}") or one.one == other.one:
        raise Unlucky
    others = sorted(d.rows(other.test), key=lambda r: amount(r, measure.field))
    rows = [r for r in d.rows(one.test) if _beats(r, others[0 if less else -1], measure, less)]
    says = d.of(measure.less if less else measure.more)
    frame = d.say(("{one} {says}",), ("{one} that must be {says}", "{one}, {says}"))
    if frame.endswith("be {says}") and says.startswith(("that", "with", "built", "whose")):
        raise Unlucky
    text = frame.format(one=a(one.one), says=says.format(ref=f"the {best.format(x=other.one)}"))
    return Meaning(d.ask(text), items(rows))


def than_each_other(d: Draw) -> Meaning:
    """ "a hat and an umbrella, the hat cheaper than the umbrella"."""
    first, second = d.several(list(d.words.nouns), 2)
    measure = d.measure()
    phrase = d.of(measure.less)
    if phrase.startswith(("that", "whose", "built")):
        raise Unlucky
    one, other = d.words.nouns[first][0], d.words.nouns[second][0]
    frame = d.say(
        ("{a} and {b}, the {one} {says}", "{b} and {a}, with the {one} {says}"),
        ("{a} and {b} where the {one} is {says}", "{a} and {b}; the {one} should be {says}"),
    )
    if phrase.startswith("with") and ("is {" in frame or "be {" in frame or "with" in frame):
        raise Unlucky
    text = frame.format(a=a(one), b=a(other), one=one, says=phrase.format(ref=f"the {other}"))
    kind = d.words.kind
    slots = [(d.rows(lambda r, k=k: r[kind] == k), 1) for k in (first, second)]
    low, high = ([amount(r, measure.field) for r in rows] for rows, _ in slots)
    # True of some pairs and not of others.
    if min(low) >= max(high) or max(low) < min(high):
        raise Unlucky
    return Meaning(d.ask(text), sets(slots, [rising(measure.field)]))


IDEAS = (than_named, than_best, than_each_other, than_named)
