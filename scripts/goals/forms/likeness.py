"""Like a named one, with a change: "like the Dunlin Juno mug, but blue"."""

from scripts.goals.answers import RowTest, items
from scripts.goals.case import Meaning, TableRow, amount
from scripts.goals.draw import Draw, Unlucky


def _like(d: Draw, the: str, change: str) -> str:
    frame = d.say(
        ("something like {the}, but {change}", "one like {the}, but {change}"),
        (
            "something similar to {the} but {change}",
            "an alternative to {the}, only {change}",
            "one that resembles {the}, just {change}",
        ),
    )
    return d.ask(frame.format(the=the, change=change))


def _kept(d: Draw, model: TableRow, changed: str = "") -> RowTest:
    """What is alike in the few things that nobody would give up; and not the thing itself."""
    kept = [field for field in d.words.keeps if field != changed]
    return lambda r: r["id"] != model["id"] and all(r[field] == model[field] for field in kept)


def other_value(d: Draw) -> Meaning:
    """ "like the Dunlin Juno mug, but blue"."""
    the, model = d.named()
    facet = d.pick([f for f in d.words.facets if f.field != "topic"])
    like = _kept(d, model, facet.field)
    value = d.pick(sorted({str(r[facet.field]) for r in d.rows(like) if r[facet.field]}))
    if value == model[facet.field]:
        raise Unlucky
    rows = d.rows(lambda r: like(r) and r[facet.field] == value)
    return Meaning(_like(d, the, facet.value(value)), items(rows))


def with_flag(d: Draw) -> Meaning:
    """ "like the flat at Lindenweg 4 in Graz, but with a balcony"."""
    flag = d.pick(d.words.flags)
    the, model = d.named(lambda r: not r[flag.field])
    like = _kept(d, model)
    rows = d.rows(lambda r: like(r) and bool(r[flag.field]))
    return Meaning(_like(d, the, flag.yes), items(rows))


def more_or_less(d: Draw) -> Meaning:
    """ "like the Dunlin Juno mug, but cheaper"."""
    the, model = d.named()
    measure, less = d.measure(), d.rng.random() < 0.6
    phrase = d.of(measure.less if less else measure.more)
    if not phrase.endswith(" than {ref}") or phrase.startswith(("that", "whose")):
        raise Unlucky
    like, own = _kept(d, model), amount(model, measure.field)
    rows = [r for r in d.rows(like) if (amount(r, measure.field) < own) is less]
    rows = [r for r in rows if r[measure.field] != model[measure.field]]
    return Meaning(_like(d, the, phrase.removesuffix(" than {ref}")), items(rows))


def bounded(d: Draw) -> Meaning:
    """ "like the Dunlin Juno mug, but below 20"."""
    the, model = d.named()
    like, measure = _kept(d, model), d.measure()
    says, within = d.bound(measure, d.rows(like))
    # The named one itself must not keep the bound, or "but" would be odd.
    if within(model) or says.startswith("that"):
        raise Unlucky
    return Meaning(_like(d, the, says), items(r for r in d.rows(like) if within(r)))


IDEAS = (other_value, more_or_less, other_value, with_flag, bounded)
