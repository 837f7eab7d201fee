"""Superlatives on any number or day by its words: the cheapest, the three largest."""

from scripts.goals.answers import best
from scripts.goals.case import Meaning
from scripts.goals.draw import Draw
from scripts.goals.phrases import count_word
from scripts.goals.words.parts import Halves


def ranking(d: Draw) -> tuple[str, Halves, bool]:
    """Draw a field, superlatives of it, and whether they mean its highest values."""
    rankings = [(m.field, m.low, False) for m in d.words.measures]
    rankings += [(m.field, m.high, True) for m in d.words.measures]
    day = d.words.day
    return d.pick([*rankings, (day.field, day.newest, True), (day.field, day.oldest, False)])


def single(d: Draw) -> Meaning:
    """ "the cheapest red mug"."""
    field, says, highest = ranking(d)
    subject = d.subject()
    the = f"the {d.of(says).format(x=subject.one)}"
    frame = d.say(
        ("{the}", "what is {the}?", "show me {the}"),
        ("which is {the}?", "find {the} for me", "I want {the}."),
    )
    text = d.sentence(frame.format(the=the))
    return Meaning(text, best(d.rows(subject.test), field, 1, highest))


def several(d: Draw) -> Meaning:
    """ "the three lightest mugs"."""
    field, says, highest = ranking(d)
    subject, count = d.subject(generic=0.3), d.pick((2, 3, 4, 5))
    said = d.say((count_word(count),), (str(count),)) if d.rng.random() < 0.6 else None
    words = d.plural(d.of(says).format(x=subject.many))
    frame = d.say(
        ("the {n} {what}", "show me the {n} {what}"),
        ("which are the {n} {what}?", "give me the {n} {what}"),
    )
    text = d.sentence(frame.format(n=said or count_word(count), what=words))
    return Meaning(text, best(d.rows(subject.test), field, count, highest))


def within(d: Draw) -> Meaning:
    """ "the largest flat below 300,000"."""
    field, says, highest = ranking(d)
    measure = d.pick([m for m in d.words.measures if m.field != field] or d.words.measures)
    subject = d.subject(generic=0.3)
    bound, passes = d.bound(measure, d.rows(subject.test))
    rows = [row for row in d.rows(subject.test) if passes(row)]
    frame = d.say(("the {what} {bound}",), ("{bound}: which is the {what}?", "the {what}, {bound}"))
    text = frame.format(what=d.of(says).format(x=subject.one), bound=bound)
    return Meaning(d.sentence(text), best(rows, field, 1, highest))


IDEAS = (single, several, within, several)
