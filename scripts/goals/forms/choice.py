"""Or, either … or, and/or, lists: one of several will do."""

from scripts.goals.answers import items
from scripts.goals.case import Meaning
from scripts.goals.draw import Draw, Unlucky
from scripts.goals.phrases import a


def one_of_values(d: Draw) -> Meaning:
    """ "a red or green mug below 20"."""
    facet = d.pick(d.words.facets)
    subject = d.subject(facets=d.pick((0, 0, 1)), skip=(facet.field, d.words.kind))
    there = sorted({str(r[facet.field]) for r in d.rows(subject.test) if r[facet.field]})
    values = d.several(there, d.pick((2, 2, 3)))
    rows = d.rows(lambda r: subject.test(r) and r[facet.field] in values)
    says, within = d.bound(d.measure(), rows)
    frame = _before(d) if facet.before else _after(d)
    if "in {list}" in frame and facet.field != "colour":
        raise Unlucky
    text = frame.format(
        one=subject.one,
        many=subject.many,
        a_list=a(facet.says.format(v=d.list(values))),
        list=facet.says.format(v=d.list(values)),
        slashed=facet.says.format(v="/".join(values)),
        each=d.list([a(facet.says.format(v=value)) for value in values]),
        both="both" if len(values) == 2 else "all",
        bound=says,
    )
    said = d.plural(text) if "{many}" in frame else text
    return Meaning(d.ask(said), items(row for row in rows if within(row)))


def _before(d: Draw) -> str:
    return d.say(
        ("{a_list} {one} {bound}", "{list} {many} {bound}", "{each} {one}, {bound}"),
        ("either {each} {one} {bound}", "{slashed} {many} {bound}", "{many} in {list}, {bound}"),
    )


def _after(d: Draw) -> str:
    return d.say(
        ("{many} {list} {bound}", "{many} {bound}, {list}"),
        ("{many} {bound}, either {list}", "{many} {bound}, {list} ({both} are fine)"),
    )


def one_of_kinds(d: Draw) -> Meaning:
    """ "a mug or a teapot below 20": the bound is for both, or for the last alone."""
    first, second = d.several(list(d.words.nouns), 2)
    kind = d.words.kind
    rows = d.rows(lambda r: r[kind] in (first, second))
    says, within = d.bound(d.measure(), rows)
    frame = d.say(
        ("{a} or {b} {bound}", "{a} or {b}, {bound}"),
        ("either {a} or {b} {bound}", "{a} or maybe {b}, {bound} in any case"),
    )
    one, other = a(d.words.nouns[first][0]), a(d.words.nouns[second][0])
    loose = [row for row in rows if within(row) or row[kind] == first]
    text = frame.format(a=one, b=other, bound=says)
    return Meaning(d.ask(text), items(r for r in rows if within(r)), (items(loose),))


def one_of_two(d: Draw) -> Meaning:
    """ "a red mug or a blue lamp"."""
    one, other = d.subject(generic=0), d.subject(generic=0)
    if one.one == other.one:
        raise Unlucky
    frame = d.say(
        ("{a} or {b}", "{a}, or else {b}"), ("either {a} or {b}", "{a} - or {b}, either will do")
    )
    rows = d.rows(lambda r: one.test(r) or other.test(r))
    return Meaning(d.ask(frame.format(a=a(one.one), b=a(other.one))), items(rows))


def one_of_flags(d: Draw) -> Meaning:
    """ "a flat with a balcony or a garden"."""
    before = d.pick([flag.before for flag in d.words.flags])
    one, other = d.several([flag for flag in d.words.flags if flag.before is before], 2)
    subject = d.subject(generic=0.3)
    rows = d.rows(lambda r: subject.test(r) and bool(r[one.field] or r[other.field]))
    if before:
        frame = d.say(
            ("{a} or {b} {many}", "{many} that is {a} or {b}"),
            ("{many} that is either {a} or {b}", "{many} that is {a} and/or {b}"),
        )
    else:
        frame = d.say(
            ("{many} with {a} or {b}", "{many} with {a} and/or {b}"),
            ("{many} with either {a} or {b}", "{many} that has {a} or {b} or both"),
        )
    text = frame.format(many=subject.many, a=one.noun, b=other.noun)
    return Meaning(d.ask(d.plural(text)), items(rows))


IDEAS = (one_of_values, one_of_kinds, one_of_values, one_of_two, one_of_flags)
