"""Average, total, lowest and highest of a number; which values there are."""

from scripts.goals.answers import number, values
from scripts.goals.case import Meaning, TableRow, amount
from scripts.goals.draw import Draw, Unlucky
from scripts.goals.words.parts import Measure


def _numbers(rows: list[TableRow], measure: Measure) -> list[float]:
    if len(rows) < 2:
        raise Unlucky
    return [amount(row, measure.field) for row in rows]


def average(d: Draw) -> Meaning:
    """ "what is the average price of red mugs?"."""
    subject = d.subject(generic=0.2)
    measure = d.pick([m for m in d.words.measures if m.unit != "year"])
    found = _numbers(d.rows(subject.test), measure)
    frame = d.say(
        ("what is the average {name} of {many}?", "average {name} of {many}"),
        ("the mean {name} of all {many}", "What {name} do {many} have on average?"),
    )
    text = frame.format(name=measure.name, many=subject.many)
    return Meaning(text, number(sum(found) / len(found)))


def total(d: Draw) -> Meaning:
    """ "total price of all red mugs"."""
    subject, measure = d.subject(generic=0), d.measure(adds_up=True)
    found = _numbers(d.rows(subject.test), measure)
    frame = d.say(
        ("total {name} of all {many}", "what is the total {name} of all {many}?"),
        ("the {name} of all {many} added up", "sum of the {name} over all {many}"),
    )
    text = frame.format(name=measure.name, many=subject.many)
    return Meaning(text, number(round(sum(found), 6) + 0.0))


def extreme(d: Draw) -> Meaning:
    """ "what is the highest price of a red mug?"."""
    subject, highest = d.subject(generic=0.2), d.rng.random() < 0.5
    measure = d.pick([m for m in d.words.measures if m.unit != "year"])
    found = _numbers(d.rows(subject.test), measure)
    frame = d.say(
        ("what is the {end} {name} among {many}?", "{end} {name} of {many}"),
        ("tell me the {end} {name} of all {many}", "What's the {end} {name} for {many}?"),
    )
    end = "highest" if highest else "lowest"
    text = frame.format(end=end, name=measure.name, many=subject.many)
    return Meaning(text, number(float(max(found) if highest else min(found))))


def which(d: Draw) -> Meaning:
    """ "which colours exist for striped mugs?"."""
    facet = d.pick([f for f in d.words.facets if f.field != "venue"])
    subject = d.subject(facets=d.pick((1, 2)), skip=(facet.field,), generic=0)
    rows = d.rows(subject.test)
    if len({str(row[facet.field]) for row in rows}) < 2:
        raise Unlucky
    frame = d.say(
        ("which {nouns} exist for {many}?", "which {nouns} are there among the {many}?"),
        ("list the different {nouns} of {many}", "What {nouns} do you have for {many}?"),
    )
    text = frame.format(nouns=facet.nouns, many=subject.many)
    return Meaning(text, values(rows, facet.field))


IDEAS = (average, which, total, which, extreme)
