"""Goals that choose: alternatives, negation, only and except."""

from collections.abc import Iterable
from random import Random

from scripts.goals.answers import items
from scripts.goals.case import TableRow
from scripts.goals.third.sought import AVOIDED, PutGoal, Sought, draw, matching, rows_of, sought

CLOSED = {
    "catalogue": (("kind", "colour"), ("kind", "pattern"), ("kind", "brand")),
    "homes": (("type", "city"), ("city", "heating"), ("type", "condition")),
    "recipes": (("dish", "cuisine"), ("cuisine", "course"), ("dish", "difficulty")),
    "papers": (("kind", "topic"), ("topic", "venue"), ("kind", "language")),
}
"""By table: the field that stays, and the field that is chosen from."""


def some(table: str, rows: Iterable[TableRow], least: int = 1) -> tuple[TableRow, ...]:
    """Return rows when they are enough and not the whole table, else none."""
    found = tuple(rows)
    return found if least <= len(found) < len(rows_of(table)) else ()


def kept(
    rng: Random, count: int, table: str | None = None
) -> tuple[Sought, str, list[str], tuple[TableRow, ...]] | None:
    """Draw rows with one thing in common, and some of the values that they differ in."""
    table = table or rng.choice(list(CLOSED))
    stays, varies = rng.choice(CLOSED[table])
    found = draw(rng, table, (stays,), 6)
    if found is None:
        return None
    known = sorted({str(row[varies]) for row in found.rows if row[varies] is not None})
    known = [value for value in known if value not in AVOIDED]
    if len(known) <= count:
        return None
    chosen = rng.sample(known, count)
    return found, varies, chosen, tuple(row for row in found.rows if row[varies] in chosen)


SAID = {
    "heating": "{} heating",
    "city": "{}",
    "topic": "{}",
    "venue": "{}",
}
ALTERNATIVES = {
    "colour": (
        "Any {many} in {v}?",
        "{v}, I don't mind which, but it has to be {a}",
        "I'm after {a}. It may be {v}.",
        "show me {many} whose colour is {v}",
    ),
    "pattern": ("{many}, {v}", "do you have {many} that are {v}?", "{a} - {v}, both are fine"),
    "brand": ("{many} made by {v}", "We want {a} from {v}", "{many}; brand: {v}"),
    "city": (
        "{many} in {v}",
        "We are moving and would like {a} in {v}",
        "are there {many} for sale in {v}",
    ),
    "heating": ("{many} with {v} heating", "{a}, {v} heating please"),
    "condition": ("{many} that are {v}", "I would buy {a} if it is {v}"),
    "cuisine": ("{v} {many}", "What {many} do you have that are {v}?", "tonight {a}, {v}"),
    "course": ("{many} for a {v}", "{many} that I can serve as {v}"),
    "difficulty": ("{many}, difficulty {v}", "{many} that are {v}"),
    "topic": ("{many} on {v}", "Find me {many} about {v}.", "I need to read {a} about {v}"),
    "venue": ("{many} that appeared at {v}", "{many} from {v}"),
    "language": ("{many} in {v}", "{many} written in {v}"),
}
JOINTS = ("{0} or {1}", "{0} or {1}", "either {0} or {1}", "{0} and/or {1}", "{0} or else {1}")
TRIPLES = ("{0}, {1} or {2}", "{0} or {1} or {2}", "{0}, {1}, or {2}")


def either(rng: Random) -> PutGoal | None:
    """Two or three values of one field."""
    count = rng.choice((2, 2, 3))
    drawn = kept(rng, count)
    if drawn is None:
        return None
    found, varies, chosen, rows = drawn
    joined = rng.choice(JOINTS if count == 2 else TRIPLES).format(*chosen)
    text = rng.choice(ALTERNATIVES[varies]).format(v=joined, many=found.many, a=found.a)
    return PutGoal(found.table, text, items(rows))


TWO_NOUNS = (
    "{a} or {b}, {rest}",
    "I could use {a}, or maybe {b}, {rest}",
    "either {a} or {b} {rest}, whichever you have",
    "{As} or {Bs} {rest}",
    "what about {a} or {b} {rest}?",
)


def either_noun(rng: Random) -> PutGoal | None:
    """Two nouns, and something that holds for both."""
    table, noun, field, say = rng.choice(
        (
            ("catalogue", "kind", "colour", "in {}"),
            ("catalogue", "kind", "brand", "by {}"),
            ("homes", "type", "city", "in {}"),
            ("recipes", "dish", "main_ingredient", "with {}"),
            ("papers", "kind", "topic", "on {}"),
        )
    )
    one, other = draw(rng, table, (noun,)), draw(rng, table, (noun,))
    value = rng.choice(rows_of(table))[field]
    if one is None or other is None or one.one == other.one:
        return None
    both = some(table, (row for row in (*one.rows, *other.rows) if row[field] == value))
    of_the_last = [*one.rows, *(row for row in other.rows if row[field] == value)]
    text = rng.choice(TWO_NOUNS).format(
        a=one.a, b=other.a, As=one.many, Bs=other.many, rest=say.format(value)
    )
    return PutGoal(table, text, items(both), (items(of_the_last),)) if both else None


def either_flag(rng: Random) -> PutGoal | None:
    """One of two properties that a row has or has not."""
    table, first, second, says = rng.choice(
        (
            ("homes", "balcony", "garden", "{a} with a balcony or a garden"),
            ("homes", "parking", "balcony", "{many} that have parking or a balcony"),
            ("recipes", "vegan", "gluten_free", "{many}, either vegan or gluten-free"),
            ("papers", "has_code", "open_access", "{many} that are open access or have code"),
        )
    )
    found = draw(rng, table, ({"homes": "city", "recipes": "dish"}.get(table, "topic"),))
    if found is None:
        return None
    rows = some(table, (row for row in found.rows if row[first] or row[second]))
    return PutGoal(table, says.format(a=found.a, many=found.many), items(rows)) if rows else None


WITHOUT = {
    "colour": (
        "{a} that is not {v}",
        "{many}, but please nothing {v}",
        "No {v} {many}, I have enough of those. Which other {many} are there?",
    ),
    "pattern": ("{many} that aren't {v}", "{a}; it must not be {v}", "non-{v} {many}"),
    "brand": ("{many} not made by {v}", "{a}, I never buy {v}", "{many} without any {v}"),
    "city": ("{many} not in {v}", "{many} outside {v}", "{a} that isn't in {v}"),
    "heating": ("{many} without {v} heating", "{a}, no {v} heating", "{many}, never {v} heating"),
    "condition": ("{many} that are not {v}", "{a}, not {v}"),
    "cuisine": ("{many} that are not {v}", "{a}, but I don't want it {v}"),
    "course": ("{many} that are not a {v}", "{many}, no {v}"),
    "difficulty": ("{many} that aren't {v}", "{a} which is not {v}"),
    "topic": ("{many} that are not about {v}", "{many}, not on {v}"),
    "venue": ("{many} not published at {v}", "{many} that did not appear at {v}"),
    "language": ("{many} not in {v}", "{many} that are not written in {v}"),
}


def without(rng: Random) -> PutGoal | None:
    """One value is ruled out; of rows that have no value both readings are right."""
    drawn = kept(rng, 1)
    if drawn is None:
        return None
    found, varies, (value,), _ = drawn
    left = some(found.table, (row for row in found.rows if row[varies] != value))
    said = rng.choice(WITHOUT[varies]).format(v=value, many=found.many, a=found.a)
    return PutGoal(found.table, said, items(left)) if left else None


NEITHER = (
    "{many} that are neither {v} nor {w}",
    "{a}, not {v} and not {w}",
    "{many}, but neither {v} nor {w}",
    "I like neither {v} nor {w}; show me {many}",
)


def neither(rng: Random) -> PutGoal | None:
    """Two values are ruled out."""
    drawn = kept(rng, 2, rng.choice(("catalogue", "recipes")))
    if drawn is None or drawn[1] == "course":
        return None
    found, varies, (one, other), _ = drawn
    left = some(found.table, (row for row in found.rows if row[varies] not in (one, other)))
    text = rng.choice(NEITHER).format(v=one, w=other, many=found.many, a=found.a)
    return PutGoal(found.table, text, items(left)) if left else None


NOT_FLAGGED = (
    ("homes", "balcony", "{many} without a balcony"),
    ("homes", "garden", "{a}, no garden: I hate gardening"),
    ("homes", "parking", "{many} with no parking"),
    ("homes", "garden", "{many} that don't have a garden"),
    ("recipes", "vegetarian", "non-vegetarian {many}"),
    ("recipes", "vegan", "{many} that are not vegan"),
    ("recipes", "gluten_free", "which {many} aren't gluten-free?"),
    ("papers", "open_access", "{many} that are not open access"),
    ("papers", "has_code", "{many} without code"),
)


def not_flagged(rng: Random) -> PutGoal | None:
    """A property that must be missing."""
    table, field, says = rng.choice(NOT_FLAGGED)
    fields = {"homes": ("city", "type"), "recipes": ("dish",), "papers": ("topic",)}[table]
    found = draw(rng, table, fields, 3)
    if found is None:
        return None
    left = some(table, (row for row in found.rows if not row[field]))
    return PutGoal(table, says.format(a=found.a, many=found.many), items(left)) if left else None


EXCEPT = (
    "all {many} except the {v} ones",
    "{many} other than {v}",
    "{many}, apart from {v} ones",
    "Every colour of {noun} is fine, except {v}.",
    "{many} with the exception of {v}",
)
ONLY = (
    "only {v} {many}",
    "{many}, {v} only",
    "I'd like to see {many} and nothing but {v} ones",
    "{many} exclusively in {v}",
    "just the {v} {many}, no others",
)
RATHER = (
    "{a}, {v} rather than {w}",
    "{v} {many} instead of {w} ones",
    "rather {v} than {w}: {many}",
    "{a}. Not {w} but {v}.",
)


def only(rng: Random) -> PutGoal | None:
    """Only, except and rather than, for the looks of a product."""
    noun = draw(rng, "catalogue", ("kind",))
    if noun is None:
        return None
    field = rng.choice(("colour", "pattern"))
    value, other = rng.sample(sorted({str(row[field]) for row in noun.rows}), 2)
    has = matching("catalogue", {**noun.fixed, field: value})
    lacks = [row for row in noun.rows if row[field] != value]
    kind, says = rng.choice((("only", ONLY), ("except", EXCEPT), ("rather", RATHER)))
    text = rng.choice(says)
    if ("colour" in text or "exclusively" in text) and field != "colour":
        return None
    said = text.format(v=value, w=other, many=noun.many, a=noun.a, noun=noun.one)
    return PutGoal("catalogue", said, items(lacks if kind == "except" else has))


ELSEWHERE = (
    ("homes", ("type",), "city", "except", "{many} anywhere except {v}"),
    ("homes", ("city",), "heating", "except", "{many} with any heating other than {v}"),
    ("homes", ("city",), "type", "only", "{many}, only a {v}"),
    ("homes", ("type",), "heating", "rather", "{many} with {v} heating rather than {w} heating"),
    ("recipes", ("dish",), "cuisine", "except", "every {one} except {v} ones"),
    ("recipes", ("dish",), "difficulty", "only", "{many}, but only {v} ones"),
    ("recipes", ("cuisine",), "dish", "rather", "{cuisine}: {v} rather than {w}"),
    ("recipes", ("main_ingredient",), "author", "only", "{many}, only those by {v}"),
    ("papers", ("topic",), "kind", "except", "{many}, excluding every {v}"),
    ("papers", ("topic",), "language", "only", "{many}, only in {v}"),
    ("papers", ("kind",), "topic", "rather", "{many} on {v} rather than {w}"),
    ("papers", ("topic",), "venue", "only", "only {v} papers on {topic}"),
)


def only_elsewhere(rng: Random) -> PutGoal | None:
    """The same over the other tables."""
    table, fields, varies, way, says = rng.choice(ELSEWHERE)
    found = draw(rng, table, fields, 4)
    if found is None:
        return None
    known = sorted({str(row[varies]) for row in found.rows if row[varies]} - set(AVOIDED))
    if len(known) < 2:
        return None
    value, other = rng.sample(known, 2)
    rows = [row for row in found.rows if (row[varies] == value) != (way == "except")]
    if says.startswith("{cuisine}"):
        dishes = (sought("recipes", {**found.fixed, "dish": dish}) for dish in (value, other))
        text = " rather than ".join(dish.a if n == 0 else dish.one for n, dish in enumerate(dishes))
        return PutGoal(table, text, items(rows))
    said = says.format(v=value, w=other, many=found.many, one=found.one, **found.fixed)
    return PutGoal(table, said, items(rows))
