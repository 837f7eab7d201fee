"""Goals with amounts: firsts and orders, counts, aggregates, how many results."""

from random import Random
from statistics import mean

from scripts.goals.answers import best, items, number, order, sets, values
from scripts.goals.case import TableRow, amount
from scripts.goals.third.figures import figures, ranked, within
from scripts.goals.third.sought import NOUNS, PutGoal, Sought, draw, plural, usual

TABLES = ("catalogue", "homes", "recipes", "papers")
NUMERALS = {2: "two", 3: "three", 4: "four", 5: "five"}


def any_table(rng: Random) -> str:
    """Draw a table."""
    return rng.choice(TABLES)


def numeral(rng: Random, count: int) -> str:
    """Return a number in letters or in digits."""
    return rng.choice((NUMERALS[count], NUMERALS[count], str(count)))


FIRST = (
    "the {best} {one}",
    "What is your {best} {one}?",
    "which {one} is the {best}?",
    "I need the {best} {one} you have",
    "Please find me the {best} {one}.",
    "{one}, the {best} one",
)


def first(rng: Random) -> PutGoal | None:
    """The one that is first by a figure; any of those that tie."""
    found, highest = usual(rng, table := any_table(rng), 3), rng.random() < 0.5
    figure = ranked(rng, table)
    if found is None:
        return None
    said = rng.choice(figure.high if highest else figure.low)
    text = rng.choice(FIRST).format(best=said, one=found.one)
    return PutGoal(table, text, best(found.rows, figure.field, 1, highest))


FIRSTS = (
    "the {n} {best} {many}",
    "{n} {many}, the {best} ones",
    "What are the {n} {best} {many}?",
    "give me the {n} {best} {many} please",
)


def firsts(rng: Random) -> PutGoal | None:
    """The first few by a figure, and in any order."""
    found, highest = usual(rng, table := any_table(rng), 7), rng.random() < 0.5
    figure, count = ranked(rng, table), rng.randint(2, 5)
    if found is None:
        return None
    said = rng.choice(figure.high if highest else figure.low)
    text = rng.choice(FIRSTS).format(best=said, many=found.many, n=numeral(rng, count))
    return PutGoal(table, text, best(found.rows, figure.field, count, highest))


MOST = (
    ("homes", "metres_to_station", False, "which {one} is closest to the station?"),
    ("homes", "metres_to_station", True, "the {one} farthest from the station"),
    ("homes", "monthly_costs_eur", False, "{a}, the one with the lowest monthly costs"),
    ("homes", "year_built", False, "What is the oldest {one}?"),
    ("recipes", "protein_g", True, "which {one} has the most protein?"),
    ("recipes", "kcal", False, "the {one} with the fewest kcal"),
    ("recipes", "cost_per_serving", False, "the {one} with the lowest cost per serving"),
    ("papers", "citations", True, "which {one} has the highest number of citations"),
    ("papers", "published", True, "the newest {one}"),
    ("papers", "published", False, "Which is the earliest {one}?"),
    ("catalogue", "created_at", True, "the {one} that was added last"),
)


def most(rng: Random) -> PutGoal | None:
    """The one that is first by a figure without an adjective of its own, or by a day."""
    table, field, highest, says = rng.choice(MOST)
    found = usual(rng, table, 3)
    if found is None:
        return None
    return PutGoal(
        table, says.format(one=found.one, a=found.a), best(found.rows, field, 1, highest)
    )


SORTED = (
    ("catalogue", "price", False, "{many} from the cheapest to the most expensive"),
    ("catalogue", "price", True, "sort {many} by price, highest first"),
    ("homes", "living_area_m2", True, "{many} ordered by living area, descending"),
    ("homes", "price_eur", False, "list {many}, lowest price first"),
    ("recipes", "minutes", False, "{many}, starting with the quickest"),
    ("recipes", "rating", True, "could you order {many} by rating, the best at the top?"),
    ("papers", "citations", True, "{many} sorted by citations, most cited first"),
    ("papers", "published", True, "{many}, newest first"),
)


def in_order(rng: Random) -> PutGoal | None:
    """All in the order of a figure."""
    table, field, highest, says = rng.choice(SORTED)
    found = usual(rng, table, 5)
    if found is None:
        return None
    return PutGoal(table, says.format(many=found.many), order(found.rows, field, 3, highest))


COUNT = (
    "How many {many} do you have?",
    "how many {many} are there",
    "number of {many}",
    "count the {many}",
    "Can you tell me how many {many} there are in all?",
    "What is the total number of {many}?",
)


def count_all(rng: Random) -> PutGoal | None:
    """How many rows there are."""
    found = usual(rng, table := any_table(rng), 2)
    if found is None:
        return None
    return PutGoal(table, rng.choice(COUNT).format(many=found.many), number(len(found.rows)))


def count_within(rng: Random) -> PutGoal | None:
    """How many rows keep a limit."""
    found = usual(rng, table := any_table(rng), 8)
    limit = found and within(rng, table, found.rows)
    if not found or not limit:
        return None
    says = rng.choice(
        (
            "How many {many} {limit} are there?",
            "count {many} {limit}",
            "how many {many} {limit} do you know?",
        )
    )
    text = says.format(many=found.many, limit=limit[0])
    return PutGoal(table, text, number(len(limit[1])))


DIFFERENT = {
    "catalogue": (("brand", "brands"), ("colour", "colours"), ("pattern", "patterns")),
    "homes": (("city", "cities"), ("heating", "kinds of heating")),
    "recipes": (("cuisine", "cuisines"), ("author", "authors")),
    "papers": (("topic", "topics"), ("venue", "venues"), ("language", "languages")),
}
WHICH = (
    "Which {what} do the {many} have?",
    "what {what} are there among the {many}?",
    "list the {what} of all {many}",
    "{what} of {many}",
    "which different {what} occur for {many}",
)


def _parted(rng: Random) -> tuple[Sought, str, str, list[TableRow]] | None:
    """Rows, and a field in which they differ."""
    table = any_table(rng)
    found = usual(rng, table, 4)
    field, what = rng.choice(DIFFERENT[table])
    if found is None or field in found.fixed:
        return None
    rows = [row for row in found.rows if row[field] is not None]
    return (found, field, what, rows) if len({str(row[field]) for row in rows}) > 1 else None


def which(rng: Random) -> PutGoal | None:
    """Which values exist."""
    drawn = _parted(rng)
    if drawn is None:
        return None
    found, field, what, rows = drawn
    text = rng.choice(WHICH).format(what=what, many=found.many)
    return PutGoal(found.table, text, values(rows, field))


def how_many_different(rng: Random) -> PutGoal | None:
    """How many different values exist; their list is right as well."""
    drawn = _parted(rng)
    if drawn is None:
        return None
    found, field, what, rows = drawn
    text = f"How many different {what} do the {found.many} have?"
    return PutGoal(
        found.table, text, number(len({str(row[field]) for row in rows})), (values(rows, field),)
    )


AVERAGE = (
    "average {noun} of {many}",
    "What is the mean {noun} of {many}?",
    "the {noun} of {many}, on average",
    "what's the average {noun} across all {many}?",
)
TOTAL = (
    "total {noun} of all {many}",
    "What is the sum of the {noun} of {many}?",
    "add up the {noun} of {many}",
)
SINGLE = ("the {end} {noun} of {many}", "What is the {end} {noun} among {many}?")


def figure_of(rng: Random) -> PutGoal | None:
    """An average, a sum, the lowest or the highest value."""
    found, figure = usual(rng, table := any_table(rng), 3), rng.choice(figures(table))
    if found is None:
        return None
    all_ = [amount(row, figure.field) for row in found.rows]
    way = rng.choice(("average", "average", "total", "end"))
    if way == "total" and figure.field in ("rating", "metres_to_station"):
        return None
    if way == "end":
        end, highest = rng.choice((("lowest", False), ("highest", True)))
        text = rng.choice(SINGLE).format(end=end, noun=figure.noun, many=found.many)
        value = max(all_) if highest else min(all_)
        return PutGoal(table, text, number(value), (best(found.rows, figure.field, 1, highest),))
    says = AVERAGE if way == "average" else TOTAL
    text = rng.choice(says).format(noun=figure.noun, many=found.many)
    return PutGoal(table, text, number(mean(all_) if way == "average" else round(sum(all_), 2)))


AT_MOST = (
    "at most {n} {many}",
    "No more than {n} {many}, please.",
    "up to {n} {many}",
    "{many}, maximum {n} results",
    "show me {many} but not more than {n}",
)
AT_LEAST = (
    "at least {n} {many}",
    "I want to see a minimum of {n} {many}",
    "{many}, {n} or more",
    "no fewer than {n} {many}",
    "Please show {many}, {n} at the very least",
)
EXACTLY = ("exactly {n} {many}", "{n} {many}, no more and no less", "{n} {many}, that is enough")


def so_many(rng: Random) -> PutGoal | None:
    """At most, at least or exactly so many results."""
    count = rng.randint(2, 5)
    found = usual(rng, table := any_table(rng), count + 1)
    if found is None:
        return None
    way = rng.choice(("most", "most", "least", "least", "exactly"))
    says = {"most": AT_MOST, "least": AT_LEAST, "exactly": EXACTLY}[way]
    text = rng.choice(says).format(n=numeral(rng, count), many=found.many)
    if way == "most":
        return PutGoal(table, text, items(found.rows, 1, count))
    if way == "least":
        return PutGoal(table, text, items(found.rows, count), (sets([(found.rows, count)]),))
    return PutGoal(table, text, items(found.rows, count, count), (sets([(found.rows, count)]),))


def so_many_within(rng: Random) -> PutGoal | None:
    """So many results, each of which keeps a limit."""
    table, count = any_table(rng), rng.randint(2, 4)
    found = draw(rng, table, (NOUNS[table],), 10)
    limit = found and within(rng, table, found.rows)
    if not found or not limit or len(limit[1]) <= count:
        return None
    noun = plural(str(found.fixed[NOUNS[table]]))
    says = rng.choice(("not more than {n} {many} {limit}", "{many} {limit}, at most {n} of them"))
    text = says.format(n=numeral(rng, count), many=noun, limit=limit[0])
    return PutGoal(table, text, items(limit[1], 1, count))
