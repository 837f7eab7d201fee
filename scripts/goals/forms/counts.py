"""How many there are."""

from scripts.goals.answers import number
from scripts.goals.case import Meaning
from scripts.goals.draw import Draw, Subject, Unlucky


def _asked(d: Draw, many: str, count: int) -> Meaning:
    if not count:
        raise Unlucky
    frame = d.say(
        ("how many {many} are there?", "How many {many} do you have?", "number of {many}"),
        ("count the {many}", "how many {many}?", "What is the number of {many}?"),
    )
    return Meaning(frame.format(many=d.plural(many)), number(count))


def of_subject(d: Draw) -> Meaning:
    """ "how many red mugs are there?"."""
    subject = d.subject(facets=d.pick((1, 2)), generic=0.2)
    return _asked(d, subject.many, len(d.rows(subject.test)))


def bounded(d: Draw) -> Meaning:
    """ "how many mugs below 20 do you have?"."""
    subject = d.subject(facets=d.pick((0, 1)))
    says, within = d.bound(d.measure(), d.rows(subject.test))
    count = sum(within(row) for row in d.rows(subject.test))
    return _asked(d, f"{subject.many} {says}", count)


def flagged(d: Draw) -> Meaning:
    """ "how many flats in Graz without a balcony are there?"."""
    subject: Subject = d.subject(generic=0.3)
    flag, there = d.pick(d.words.flags), d.rng.random() < 0.7
    subject = d.flagged(subject, flag, there)
    return _asked(d, subject.many, len(d.rows(subject.test)))


IDEAS = (of_subject, bounded, flagged)
