"""Conditions side by side: what most people type; and a few goals that nothing fulfils."""

from scripts.goals.answers import items, nothing
from scripts.goals.case import Meaning, amount
from scripts.goals.draw import Draw, Unlucky
from scripts.goals.phrases import a


def bounded(d: Draw) -> Meaning:
    """ "a red striped mug below 20"."""
    subject = d.subject(facets=d.pick((1, 2)))
    says, within = d.bound(d.measure(), d.rows(subject.test))
    rows = [row for row in d.rows(subject.test) if within(row)]
    if d.rng.random() < 0.5:
        return Meaning(d.ask(f"{a(subject.one)} {says}"), items(rows))
    return Meaning(d.ask(d.plural(f"{subject.many} {says}")), items(rows))


def described(d: Draw) -> Meaning:
    """ "a renovated flat in Graz with a balcony"."""
    subject = d.subject(facets=2)
    if d.words.flags:
        subject = d.flagged(subject, d.pick(d.words.flags))
    return Meaning(d.ask(a(subject.one)), items(d.rows(subject.test)))


def from_to(d: Draw) -> Meaning:
    """ "a mug between 10 and 20"."""
    subject, measure = d.subject(), d.pick([m for m in d.words.measures if m.step != 0.5])
    low, high = sorted(d.level(measure, d.rows(subject.test)) for _ in range(2))
    if low == high:
        raise Unlucky
    frame = d.say(
        ("{one} with a {name} between {low} and {high}",),
        ("{one} whose {name} is from {low} to {high}",),
    )
    text = frame.format(one=a(subject.one), name=measure.name, low=f"{low:g}", high=f"{high:g}")
    rows = d.rows(lambda r: subject.test(r) and low <= amount(r, measure.field) <= high)
    return Meaning(d.ask(text), items(rows))


def nothing_there(d: Draw) -> Meaning:
    """A bound that no such row keeps; the right answer is to say so."""
    subject, measure = d.subject(generic=0), d.words.measures[0]
    lowest = min(amount(row, measure.field) for row in d.rows(subject.test))
    level = int(lowest * 0.6 / measure.step) * measure.step
    if level <= 0:
        raise Unlucky
    phrase = d.of(measure.most)
    text = f"{a(subject.one)} {phrase[0].format(n=d.number(level, measure))}"
    return Meaning(d.ask(text), nothing())


IDEAS = (bounded, described, from_to, bounded, nothing_there)
