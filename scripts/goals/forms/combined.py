"""Combinations: several things together, each or in sum within a bound, each set once."""

from scripts.goals.answers import different, groups, sets, total_at_most
from scripts.goals.case import Meaning, TableRow, amount
from scripts.goals.draw import Draw, Unlucky
from scripts.goals.phrases import a, count_word
from scripts.goals.words.parts import Measure


def each_within(d: Draw) -> Meaning:
    """ "three different chairs, each below 30"."""
    subject, count = d.subject(generic=0), d.pick((2, 3, 4))
    says, within = d.bound(d.measure(), d.rows(subject.test))
    rows = [row for row in d.rows(subject.test) if within(row)]
    if len(rows) < count or says.startswith(("that", "in ")):
        raise Unlucky
    frame = d.say(
        ("{n} different {many}, each {says}", "{n} {many}, each {says}"),
        ("{n} {many}, each of them {says}", "{n} different {many}, every one {says}"),
    )
    text = frame.format(n=count_word(count), many=subject.many, says=says)
    return Meaning(d.ask(text), sets([(rows, count)]))


def _total(d: Draw, measure: Measure, numbers: list[float], parts: int) -> tuple[str, float]:
    """A bound on a sum of ``parts`` of these numbers, in words; about a third of them keep it."""
    step = measure.step
    middle = sorted(numbers)[len(numbers) // 3] * parts
    limit = round(middle / step) * step
    if limit < sum(sorted(numbers)[:parts]):
        raise Unlucky
    unit = f" {measure.unit}" if measure.unit not in ("", "euros") else ""
    said = d.number(limit, measure) + unit
    frame = d.say(
        ("together at most {n}", "at most {n} together", "{n} in total at most"),
        ("no more than {n} altogether", "with a total of at most {n}", "max. {n} in sum"),
    )
    return frame.format(n=said), limit


def _numbers(rows: list[TableRow], measure: Measure) -> list[float]:
    return [amount(row, measure.field) for row in rows]


def total_of_kinds(d: Draw) -> Meaning:
    """ "a hat and a vase, together at most 60"."""
    first, second = d.several(list(d.words.nouns), 2)
    measure, kind = _summed(d), d.words.kind
    slots = [(d.rows(lambda r, k=k: r[kind] == k), 1) for k in (first, second)]
    numbers = [_numbers(rows, measure) for rows, _ in slots]
    says, limit = _total(d, measure, numbers[0] + numbers[1], 2)
    if limit < min(numbers[0]) + min(numbers[1]):
        raise Unlucky
    one, other = d.words.nouns[first][0], d.words.nouns[second][0]
    frame = d.say(
        ("{a} and {b}, {says}", "{one} and {other}, {says}"),
        ("{a} plus {b}, {says}", "{one} + {other}, {says}"),
    )
    text = frame.format(a=a(one), b=a(other), one=one, other=other, says=says)
    return Meaning(d.ask(text), sets(slots, [total_at_most(measure.field, limit)]))


def _summed(d: Draw) -> Measure:
    """A number that adds up."""
    return d.measure(adds_up=True)


def total_of_one_kind(d: Draw) -> Meaning:
    """ "three striped mugs, together at most 60"."""
    subject, count, measure = d.subject(generic=0), d.pick((2, 3)), _summed(d)
    rows = d.rows(subject.test)
    if len(rows) <= count:
        raise Unlucky
    says, limit = _total(d, measure, _numbers(rows, measure), count)
    frame = d.say(("{n} {many}, {says}",), ("{n} different {many}, {says}", "{n} {many} - {says}"))
    text = frame.format(n=count_word(count), many=subject.many, says=says)
    return Meaning(d.ask(text), sets([(rows, count)], [total_at_most(measure.field, limit)]))


def each_another(d: Draw) -> Meaning:
    """ "three chairs, each of another colour"."""
    facet = d.pick([f for f in d.words.facets if f.field not in ("venue", "energy_class")])
    subject, count = d.subject(facets=0, generic=0), d.pick((2, 3))
    rows = d.rows(subject.test)
    if len(groups(rows, facet.field)) <= count:
        raise Unlucky
    frame = d.say(
        ("{n} {many}, each {link} a different {noun}", "{n} {many} {link} different {nouns}"),
        ("{n} {many}, no two {same}", "{n} {many}, every one {link} another {noun}"),
    )
    text = frame.format(
        n=count_word(count),
        many=subject.many,
        noun=facet.noun,
        nouns=facet.nouns,
        link=facet.linked,
        same=facet.agreeing,
    )
    return Meaning(d.ask(text), sets([(rows, count)], [different(facet.field)]))


def two_subjects(d: Draw) -> Meaning:
    """ "two red mugs and a blue teapot"."""
    first, second = d.several(list(d.words.nouns), 2)
    one, other = d.subject(kind=first), d.subject(kind=second)
    count = d.pick((2, 3))
    if len(d.rows(one.test)) < count:
        raise Unlucky
    frame = d.say(("{n} {many} and {b}",), ("{n} {many} plus {b}", "{n} {many}, and {b} as well"))
    text = frame.format(n=count_word(count), many=one.many, b=a(other.one))
    return Meaning(d.ask(text), sets([(d.rows(one.test), count), (d.rows(other.test), 1)]))


IDEAS = (each_within, total_of_kinds, each_another, total_of_one_kind, two_subjects)
