"""Negation in all its forms: not, no, without, except, anything but, rather than, neither, only."""

from scripts.goals.answers import items
from scripts.goals.case import Meaning
from scripts.goals.draw import Draw, Unlucky
from scripts.goals.phrases import a


def not_a_value(d: Draw) -> Meaning:
    """ "a striped mug that is not red", "a flat, but not in Graz"."""
    facet = d.pick(d.words.facets)
    subject = d.subject(facets=d.pick((0, 1)), skip=(facet.field,), generic=0)
    known = d.rows(lambda r: subject.test(r) and r[facet.field] is not None)
    value = d.pick(sorted({str(row[facet.field]) for row in known}))
    rows = [row for row in known if row[facet.field] != value]
    frame = d.say(
        (
            "{one}, but not {v}",
            "{one} that is not {v}",
            "{one} of any {noun} except {bare}",
            "{many}, anything but {short}",
        ),
        (
            "{one}, just not {v}",
            "{one} with {a_noun} other than {bare}",
            "{many} - every {noun} but {bare}",
            "{many}, excluding those {v}",
        ),
    )
    said = facet.value(value)
    short = value if facet.before else said
    if frame.endswith("those {v}") and facet.before:
        raise Unlucky
    text = frame.format(
        one=a(subject.one),
        many=subject.many,
        v=said,
        noun=facet.noun,
        a_noun=a(facet.noun),
        bare=value,
        short=short,
    )
    return Meaning(d.ask(text), items(rows))


def neither(d: Draw) -> Meaning:
    """ "a mug that is neither red nor blue"."""
    facet = d.pick([f for f in d.words.facets if f.field not in ("venue", "condition")])
    subject = d.subject(facets=0, skip=(facet.field,), generic=0)
    there = sorted({str(row[facet.field]) for row in d.rows(subject.test)})
    one, two = d.several(there, 2)
    frame = d.say(
        ("{what} that is neither {v} nor {w}", "{what}, neither {v} nor {w}"),
        ("{what} that is not {v} and not {w}", "{what}, not {v} or {w}"),
    )
    text = frame.format(what=a(subject.one), v=facet.value(one), w=facet.value(two))
    rows = d.rows(lambda r: subject.test(r) and r[facet.field] not in (one, two))
    return Meaning(d.ask(text), items(rows))


def rather_than(d: Draw) -> Meaning:
    """ "a blue mug rather than a red one"."""
    facet = d.pick(d.words.facets)
    subject = d.subject(facets=0, skip=(facet.field,), generic=0)
    known = d.rows(lambda r: subject.test(r) and r[facet.field] is not None)
    yes, no = d.several(sorted({str(row[facet.field]) for row in known}), 2)
    if facet.before:
        frame = d.say(("{yes_a} {one} rather than a {no} one",), ("{yes_a} {one}, not a {no} one",))
        text = frame.format(
            yes_a=a(facet.says.format(v=yes)), one=subject.one, no=facet.says.format(v=no)
        ).replace(" a ora", " an ora")
    else:
        frame = d.say(("{one} {yes} rather than {no}",), ("{one} {yes}, not {no}",))
        text = frame.format(
            one=a(subject.one), yes=facet.says.format(v=yes), no=facet.says.format(v=no)
        )
    return Meaning(d.ask(text), items(r for r in known if r[facet.field] == yes))


def only(d: Draw) -> Meaning:
    """ "red mugs only"."""
    subject = d.subject(facets=1, generic=0.2)
    frame = d.say(("only {many}", "{many} only"), ("{many}, nothing else", "exclusively {many}"))
    return Meaning(d.ask(frame.format(many=subject.many)), items(d.rows(subject.test)))


def without(d: Draw) -> Meaning:
    """ "a flat in Graz without a balcony"."""
    flag = d.pick([flag for flag in d.words.flags if not flag.before] or d.words.flags)
    subject = d.subject(generic=0.2)
    rows = d.rows(lambda r: subject.test(r) and not r[flag.field])
    if flag.before:
        frame = d.say(("{one} that is not {noun}",), ("{one}, but not {a} one",))
    else:
        frame = d.say(
            ("{one} without {noun}", "{one} that has no {bare}"),
            ("{one} that does not have {noun}", "{one}, but no {bare}"),
        )
    text = frame.format(
        one=a(subject.one), noun=flag.noun, bare=flag.noun.removeprefix("a "), a=a(flag.noun)
    )
    return Meaning(d.ask(text), items(rows))


def not_that_kind(d: Draw) -> Meaning:
    """ "something red, but not a mug"."""
    facet = d.pick([f for f in d.words.facets if f.field != "venue"])
    names = d.words.nouns
    kind, value = d.kind(), d.pick(d.rows())[facet.field]
    thing = d.words.anything[0]
    whole = f"{value} {thing}" if facet.before else f"{thing} {facet.says.format(v=value)}"
    frame = d.say(
        ("{whole} that is not {kind}", "{whole}, but not {kind}"),
        ("{whole} other than {kind}", "{whole}, anything except {kind}"),
    )
    text = frame.format(whole=a(whole), kind=a(names[kind][0]))
    rows = d.rows(lambda r: r[facet.field] == value and r[d.words.kind] != kind)
    return Meaning(d.ask(text), items(rows))


IDEAS = (not_a_value, without, neither, rather_than, only, not_that_kind, not_a_value)
