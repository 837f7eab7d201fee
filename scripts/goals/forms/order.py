"""Orders: all of them, or the first few, sorted by a number or a day."""

from scripts.goals.answers import order
from scripts.goals.case import Meaning
from scripts.goals.draw import Draw, Unlucky
from scripts.goals.phrases import count_word

MOST_ALL = 8
"""So many may be asked for without a number."""


def all_by_number(d: Draw) -> Meaning:
    """ "all red kites sorted by price, lowest first"."""
    subject, measure = d.subject(facets=d.pick((1, 2))), d.measure()
    rows, highest = d.rows(subject.test), d.rng.random() < 0.5
    if not 3 <= len(rows) <= MOST_ALL:
        raise Unlucky
    frame = d.say(
        (f"all {{many}} sorted by {{name}}, {'highest' if highest else 'lowest'} first",),
        (
            f"list all {{many}} by {{name}} in {'descending' if highest else 'ascending'} order",
            f"every {{one}}, ordered by {{name}} from {_from_to(highest)}",
        ),
    )
    text = frame.format(many=subject.many, one=subject.one, name=measure.name)
    return Meaning(text, order(rows, measure.field, len(rows), highest))


def _from_to(highest: bool) -> str:
    return "high to low" if highest else "low to high"


def first_by_number(d: Draw) -> Meaning:
    """ "the first five mugs by price, lowest first"."""
    subject, measure, count = d.subject(generic=0.3), d.measure(), d.pick((3, 4, 5))
    rows, highest = d.rows(subject.test), d.rng.random() < 0.5
    if len(rows) < count:
        raise Unlucky
    frame = d.say(
        (f"the first {{n}} {{many}} by {{name}}, {'highest' if highest else 'lowest'} first",),
        (f"sort the {{many}} by {{name}} from {_from_to(highest)} and give me the first {{n}}",),
    )
    text = frame.format(many=subject.many, n=count_word(count), name=measure.name)
    return Meaning(text, order(rows, measure.field, count, highest))


def by_day(d: Draw) -> Meaning:
    """ "all surveys on robotics, newest first"."""
    subject, day = d.subject(facets=d.pick((1, 2))), d.words.day
    rows, newest = d.rows(subject.test), d.rng.random() < 0.6
    if not 3 <= len(rows) <= MOST_ALL:
        raise Unlucky
    frame = d.say(
        ("all {many}, {first}", "list all {many}, {first}"),
        ("show every {one}, {first}", "I want to see all {many}: {first}, please"),
    )
    text = frame.format(many=subject.many, one=subject.one, first=day.order[0 if newest else 1])
    return Meaning(d.sentence(text), order(rows, day.field, len(rows), newest))


IDEAS = (all_by_number, first_by_number, by_day)
