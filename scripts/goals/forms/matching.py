"""Matching, a set of, the same as: several that agree, or one that agrees with a named one."""

from scripts.goals.answers import groups, items, same, sets
from scripts.goals.case import Meaning
from scripts.goals.draw import Draw, Unlucky
from scripts.goals.phrases import a, count_word
from scripts.goals.words.parts import Facet


def _facet(d: Draw) -> Facet:
    """An attribute that things are said to agree in."""
    return d.pick([f for f in d.words.facets if f.field not in ("venue", "energy_class")])


def matching(d: Draw) -> Meaning:
    """ "a sofa and two matching lamps": of one colour, which is what matches in a catalogue."""
    if d.table.name != "catalogue":
        raise Unlucky
    first, second = d.several(list(d.words.nouns), 2)
    count = d.pick((1, 2, 2, 3))
    one, many = d.words.nouns[second]
    frame = d.say(
        ("{a} and {n} matching {b}", "{a} with {n} matching {b}"),
        ("{a} plus {n} {b} to match", "{a} and {n} {b} that match in colour"),
    )
    frame = frame.replace("that match", "that matches") if count == 1 else frame
    said = "a" if count == 1 else count_word(count)
    text = frame.format(a=a(d.words.nouns[first][0]), n=said, b=one if count == 1 else many)
    if count == 1 and one[0] in "aeiou":
        raise Unlucky
    kind = d.words.kind
    slots = [
        (d.rows(lambda r: r[kind] == first), 1),
        (d.rows(lambda r: r[kind] == second), count),
    ]
    return Meaning(d.ask(text), sets(slots, [same("colour")]))


def agreeing(d: Draw) -> Meaning:
    """ "a set of three striped hats of the same brand"."""
    facet, count = _facet(d), d.pick((2, 3, 4))
    subject = d.subject(skip=(facet.field,), generic=0.1)
    rows = d.rows(subject.test)
    if max(groups(rows, facet.field).values()) < count or len(groups(rows, facet.field)) < 2:
        raise Unlucky
    frame = d.say(
        ("{n} {many}, {all} {same}", "a set of {n} {many} {same}"),
        ("{n} {many} that share the same {noun}", "{n} {many} {same}"),
    )
    text = frame.format(
        n=count_word(count),
        many=subject.many,
        same=facet.agreeing,
        noun=facet.noun,
        all="both" if count == 2 else "all",
    )
    return Meaning(d.ask(text), sets([(rows, count)], [same(facet.field)]))


def two_kinds(d: Draw) -> Meaning:
    """ "a hat and a shirt with the same pattern"."""
    first, second = d.several(list(d.words.nouns), 2)
    facet, kind = _facet(d), d.words.kind
    slots = [(d.rows(lambda r, k=k: r[kind] == k), 1) for k in (first, second)]
    if not groups(slots[0][0], facet.field).keys() & groups(slots[1][0], facet.field).keys():
        raise Unlucky
    frame = d.say(
        ("{a} and {b} {same}", "{a} and {b}, both {same}"),
        ("{a} plus {b} {same}", "{a} and {b}: they should have the same {noun}"),
    )
    one, other = (a(d.words.nouns[name][0]) for name in (first, second))
    text = frame.format(a=one, b=other, same=facet.agreeing, noun=facet.noun)
    return Meaning(d.ask(text), sets(slots, [same(facet.field)]))


def same_as_named(d: Draw) -> Meaning:
    """ "a hat with the same pattern as the Dunlin Juno mug"."""
    facet = _facet(d)
    the, named = d.named()
    subject = d.subject(facets=0, skip=(facet.field,), generic=0.3)
    rows = d.rows(
        lambda r: (
            subject.test(r) and r[facet.field] == named[facet.field] and r["id"] != named["id"]
        )
    )
    frame = d.say(
        ("{one} {same} as {the}",),
        (
            "{one} that has the same {noun} as {the}",
            "{one} whose {noun} is the same as that of {the}",
        ),
    )
    text = frame.format(one=a(subject.one), same=facet.agreeing, noun=facet.noun, the=the)
    return Meaning(d.ask(text), items(rows))


def plain_set(d: Draw) -> Meaning:
    """ "a set of three striped hats"."""
    subject, count = d.subject(generic=0, facets=d.pick((1, 2))), d.pick((2, 3, 4))
    rows = d.rows(subject.test)
    if len(rows) < count:
        raise Unlucky
    frame = d.say(("a set of {n} {many}",), ("a collection of {n} {many}",))
    text = frame.format(n=count_word(count), many=subject.many)
    return Meaning(d.ask(text), sets([(rows, count)]))


IDEAS = (matching, agreeing, same_as_named, two_kinds, matching, plain_set)
