"""Goals that relate documents: comparisons, likeness, what matches."""

from collections import Counter
from random import Random

from scripts.goals.answers import items, rising, same, sets
from scripts.goals.case import Answer, TableRow, amount
from scripts.goals.third.figures import figures
from scripts.goals.third.sought import (
    AVOIDED,
    NOUNS,
    PutGoal,
    draw,
    matching,
    name_of,
    named,
    rows_of,
    usual,
)

TABLES = ("catalogue", "homes", "recipes", "papers")

THAN = (
    "{many} {than} {name}",
    "{a} {than} {name}",
    "which {many} are {than} {name}?",
    "I have seen {name}. Do you have {many} {than} that?",
    "Show me {many} that are {than} {name}, please",
)


def than_named(rng: Random) -> PutGoal | None:
    """More or less of something than a document that is called by its name."""
    table = rng.choice(TABLES)
    figure = rng.choice([figure for figure in figures(table) if figure.more])
    found, row, more = usual(rng, table, 3), named(rng, table), rng.random() < 0.5
    if found is None:
        return None
    edge = amount(row, figure.field)
    rows = [
        other
        for other in found.rows
        if (amount(other, figure.field) > edge if more else amount(other, figure.field) < edge)
    ]
    if not rows:
        return None
    name = {"catalogue": "the {}", "homes": "the home at {}"}.get(table, '"{}"')
    text = rng.choice(THAN).format(
        many=found.many,
        a=found.a,
        than=f"{figure.more if more else figure.less} than",
        name=name.format(name_of(table, row)),
    )
    return PutGoal(table, text, items(rows))


EXTREMES = (
    ("catalogue", "price", "{a} that costs less than the cheapest {other}", "below"),
    ("catalogue", "price", "{many} more expensive than every {other}", "above"),
    ("homes", "living_area_m2", "{many} larger than the largest {other}", "above"),
    ("homes", "price_eur", "is there {a} cheaper than any {other}?", "below"),
    ("recipes", "minutes", "{many} quicker than the quickest {other}", "below"),
    ("papers", "pages", "{many} longer than the longest {other}", "above"),
)


def than_all(rng: Random) -> PutGoal | None:
    """Beyond all of another kind."""
    table, field, says, way = rng.choice(EXTREMES)
    one, other = draw(rng, table, (NOUNS[table],)), draw(rng, table, (NOUNS[table],))
    if one is None or other is None or one.one == other.one:
        return None
    there = [amount(row, field) for row in other.rows]
    rows = [
        row
        for row in one.rows
        if (amount(row, field) > max(there) if way == "above" else amount(row, field) < min(there))
    ]
    text = says.format(a=one.a, many=one.many, other=other.one)
    return PutGoal(table, text, items(rows)) if rows else None


PAIRS = (
    ("catalogue", "price", "{a} and {b}, where the {one} is cheaper than the {other}"),
    ("catalogue", "price", "{b} and {a}; the {other} should cost more than the {one}"),
    (
        "catalogue",
        "price",
        "I want {a} and {b}, and to spend less on the {one} than on the {other}",
    ),
    ("recipes", "minutes", "{a} and {b}, the {one} being quicker than the {other}"),
    ("recipes", "kcal", "{a} plus {b}. The {one} must have fewer kcal than the {other}."),
    ("papers", "pages", "{a} and {b}, the {one} shorter than the {other}"),
    ("homes", "price_eur", "{a} and {b}, with the {one} cheaper than the {other}"),
)


def than_each_other(rng: Random) -> PutGoal | None:
    """Two documents, the first with less of something than the second."""
    table, field, says = rng.choice(PAIRS)
    one, other = draw(rng, table, (NOUNS[table],)), draw(rng, table, (NOUNS[table],))
    if one is None or other is None or one.one == other.one:
        return None
    text = says.format(a=one.a, b=other.a, one=one.one, other=other.one)
    return PutGoal(table, text, sets([(one.rows, 1), (other.rows, 1)], [rising(field)]))


LIKE = (
    "in the style of {name}, though {change}",
    "I love {name}. Is there anything like it, only {change}?",
    "similar to {name} but {change}",
    "{name}, just {change}",
    "What resembles {name}? Not the same though: {change}.",
)


def _near(row: TableRow, rows: list[TableRow], fields: tuple[str, ...]) -> tuple[Answer, ...]:
    """Near in any way that careful people could mean: in all that is kept, or most alike first."""
    shared = {str(other["id"]): sum(other[f] == row[f] for f in fields) for other in rows}
    steps = sorted(set(shared.values()), reverse=True)
    alike = [[key for key, count in sorted(shared.items()) if count == step] for step in steps]
    ranked: Answer = {"kind": "order", "groups": alike, "least": 1}
    close = [other for other in rows if shared[str(other["id"])] > 0]
    near = items(close or rows)
    by_field = tuple(
        items(own) for f in fields if (own := [other for other in rows if other[f] == row[f]])
    )
    return (near, ranked, *by_field)


def like_product(rng: Random) -> PutGoal | None:
    """A product like another, but in another colour or pattern, or of another brand."""
    row, field = named(rng, "catalogue"), rng.choice(("colour", "colour", "pattern", "brand"))
    value = rng.choice(sorted({str(other[field]) for other in rows_of("catalogue")}))
    if value == row[field]:
        return None
    rest = tuple(f for f in ("colour", "pattern", "brand") if f != field)
    rows = list(matching("catalogue", {"kind": row["kind"], field: value}))
    if not rows:
        return None
    change = {"colour": "{}", "pattern": "{}", "brand": "made by {}"}[field].format(value)
    right, *also = _near(row, rows, rest)
    text = rng.choice(LIKE).format(name=f"the {row['name']}", change=change)
    return PutGoal("catalogue", text, right, tuple(also))


OTHERWISE = (
    ("homes", "city", "in {}", ("rooms", "condition", "heating")),
    ("homes", "garden", "with a garden", ("city", "rooms", "condition")),
    ("homes", "balcony", "with a balcony", ("city", "rooms", "condition")),
    ("recipes", "cuisine", "{}", ("main_ingredient", "difficulty", "course")),
    ("recipes", "vegan", "vegan", ("main_ingredient", "cuisine", "difficulty")),
    ("recipes", "difficulty", "{}", ("main_ingredient", "cuisine", "course")),
    ("papers", "language", "in {}", ("kind", "first_author", "venue")),
    ("papers", "has_code", "with code", ("kind", "first_author", "venue")),
)
KEPT = {"homes": "type", "recipes": "dish", "papers": "topic"}


def like_other(rng: Random) -> PutGoal | None:
    """The same over the other tables: the noun or the topic stays."""
    table, field, says, rest = rng.choice(OTHERWISE)
    row = named(rng, table)
    known = sorted({str(other[field]) for other in rows_of(table)})
    value = rng.choice(known) if "{}" in says else True
    if row[field] == value:
        return None
    kept = KEPT[table]
    rows = list(matching(table, {kept: row[kept], field: value}))
    if not rows:
        return None
    right, *also = _near(row, rows, rest)
    name = f"the home at {row['address']}" if table == "homes" else f'"{row["title"]}"'
    text = rng.choice(LIKE).format(name=name, change=says.format(value))
    return PutGoal(table, text, items(rows), (right, *also))


def _looks(slots: list[tuple[tuple[TableRow, ...], int]]) -> list[Answer]:
    """What matches: of the same colour, of the same pattern, of the same brand."""
    fields = [f for f in ("colour", "pattern", "brand") if _possible(slots, f)]
    return [sets(slots, [same(f)]) for f in fields]


def _possible(slots: list[tuple[tuple[TableRow, ...], int]], field: str) -> bool:
    """Whether some value of a field fills every slot."""
    counts = [Counter(str(row[field]) for row in rows) for rows, _ in slots]
    return any(
        all(count[value] >= n for count, (_, n) in zip(counts, slots, strict=True))
        for value in counts[0]
    )


MATCHING = (
    "{a} and a matching {other}",
    "{a} with two {others} that match",
    "a matching pair of {others}",
    "{other} and {one} that match each other",
    "Can you put together a set of {n} matching {others}?",
    "a set: {a} and {b}, matching",
)


def goes_with(rng: Random) -> PutGoal | None:
    """Products that match: one look or one brand, in whichever way."""
    one, other = draw(rng, "catalogue", ("kind",)), draw(rng, "catalogue", ("kind",))
    if one is None or other is None or one.one == other.one:
        return None
    says, n = rng.choice(MATCHING), rng.choice((3, 4))
    others = 2 if "two" in says or "pair" in says else n if "{n}" in says else 1
    slots = [(other.rows, others)]
    if "{a}" in says or "{one}" in says:
        slots.insert(0, (one.rows, 1))
    right = _looks(slots)
    text = says.format(
        a=one.a,
        b=other.a,
        one=one.one,
        other=other.one,
        others=other.many,
        n={3: "three", 4: "four"}[n],
    )
    return PutGoal("catalogue", text, right[0], tuple(right[1:])) if right else None


SAME = (
    ("catalogue", "colour", "{n} {many} of the same colour"),
    ("catalogue", "brand", "{a} and {b} from the same brand"),
    ("catalogue", "pattern", "{a} and {b} with the same pattern"),
    ("homes", "city", "{a} and {b} in the same city"),
    ("recipes", "cuisine", "{a} and {b} from the same cuisine"),
    ("recipes", "author", "{n} {many} by the same author"),
    ("papers", "topic", "{a} and {b} on the same topic"),
    ("papers", "language", "{n} {many} in the same language"),
)


def have_the_same(rng: Random) -> PutGoal | None:
    """Several documents that have the same value."""
    table, field, says = rng.choice(SAME)
    one, other = draw(rng, table, (NOUNS[table],)), draw(rng, table, (NOUNS[table],))
    if one is None or other is None or one.one == other.one:
        return None
    count = rng.choice((2, 3))
    slots = [(one.rows, count)] if "{n}" in says else [(one.rows, 1), (other.rows, 1)]
    if not _possible(slots, field):
        return None
    text = says.format(n={2: "two", 3: "three"}[count], many=one.many, a=one.a, b=other.a)
    return PutGoal(table, text, sets(slots, [same(field)]))


AS_NAMED = (
    ("catalogue", "colour", "{many} in the same colour as the {name}"),
    ("catalogue", "brand", "which {many} have the same brand as the {name}?"),
    ("catalogue", "pattern", "{a} with the same pattern as the {name}"),
    ("homes", "city", "{many} in the same city as {name}"),
    ("homes", "energy_class", "{many} of the same energy class as the home at {name}"),
    ("recipes", "cuisine", 'a {one} of the same cuisine as "{name}"'),
    ("recipes", "author", '{many} by the same author as "{name}"'),
    ("papers", "topic", '{many} on the same topic as "{name}"'),
    ("papers", "venue", 'What {many} were published at the same venue as "{name}"?'),
)


def as_named(rng: Random) -> PutGoal | None:
    """Documents with the same value as one that is called by its name."""
    table, field, says = rng.choice(AS_NAMED)
    found, row = draw(rng, table, (NOUNS[table],)), named(rng, table)
    if found is None or row[field] is None or row[field] in AVOIDED:
        return None
    rows = [other for other in found.rows if other[field] == row[field]]
    others = [other for other in rows if other["id"] != row["id"]]
    says = says.replace("a {one}", "{a}")
    text = says.format(many=found.many, a=found.a, name=name_of(table, row))
    return PutGoal(table, text, items(rows)) if others else None
