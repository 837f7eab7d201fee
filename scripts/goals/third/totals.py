"""Goals for several documents with one total: a budget, minutes, pages."""

from random import Random

from scripts.goals.answers import different, sets, total_at_most
from scripts.goals.case import amount
from scripts.goals.third.figures import plain
from scripts.goals.third.sought import NOUNS, PutGoal, draw

WORTH = {"catalogue": "price", "homes": "price_eur"}

TOGETHER = (
    "{list}, altogether no more than {sum}",
    "{list} for {sum} in total",
    "I have {sum} to spend on {list}",
    "My budget is {sum} for all of it: {list}.",
    "Please pick {list}; the sum must stay under {sum}",
    "{list}, total price up to {sum}",
)


def together(rng: Random) -> PutGoal | None:
    """Several documents, and what they may cost together."""
    table = rng.choice(("catalogue", "catalogue", "catalogue", "homes"))
    fields = {"catalogue": ("kind", "colour"), "homes": ("type", "city")}[table]
    drawn = [draw(rng, table, rng.choice((fields, fields[:1]))) for _ in range(rng.choice((2, 3)))]
    slots = [one for one in drawn if one is not None]
    nouns = {str(one.fixed[fields[0]]) for one in slots}
    if len(nouns) != len(drawn) or len(slots) != len(drawn):
        return None
    field, step = WORTH[table], 5 if table == "catalogue" else 50_000
    least = sum(min(amount(row, field) for row in one.rows) for one in slots)
    most = (int(least * rng.uniform(1.05, 2.2)) // step + 1) * step
    words = sorted((one.a for one in slots), key=lambda words: " in " not in words)
    listed = f"{', '.join(words[:-1])} and {words[-1]}"
    total = plain(most) if table == "catalogue" else f"{plain(most)} euros"
    text = rng.choice(TOGETHER).format(list=listed, sum=total)
    limit = most - 0.001 if "stay under" in text else most
    answer = sets([(one.rows, 1) for one in slots], [total_at_most(field, limit)])
    return PutGoal(table, text, answer)


SEVERAL = (
    ("catalogue", "price", 5, "{n} different {many} for at most {sum} together"),
    ("catalogue", "price", 5, "{n} {many}, all of them together not above {sum}"),
    ("recipes", "minutes", 10, "{n} {many} that take no more than {sum} minutes in total"),
    ("papers", "pages", 5, "{n} {many} with at most {sum} pages altogether"),
)


def several(rng: Random) -> PutGoal | None:
    """Several of one kind, and what they may come to together."""
    table, field, step, says = rng.choice(SEVERAL)
    found = draw(rng, table, (NOUNS[table],), 5)
    if found is None:
        return None
    count = rng.choice((2, 3))
    least = sum(sorted(amount(row, field) for row in found.rows)[:count])
    most = (int(least * rng.uniform(1.1, 2.5)) // step + 1) * step
    text = says.format(n={2: "two", 3: "three"}[count], many=found.many, sum=most)
    return PutGoal(table, text, sets([(found.rows, count)], [total_at_most(field, most)]))


MENUS = (
    "{a} and {b} of different cuisines, together ready in {sum} minutes or less",
    "for tonight {a} and {b} from two different cuisines, at most {sum} minutes in all",
)


def menu(rng: Random) -> PutGoal | None:
    """Two recipes that differ, within a time."""
    one, other = draw(rng, "recipes", ("dish",)), draw(rng, "recipes", ("dish",))
    if one is None or other is None or one.one == other.one:
        return None
    least = sum(min(amount(row, "minutes") for row in found.rows) for found in (one, other))
    most = (int(least) // 10 + rng.randint(3, 6)) * 10
    text = rng.choice(MENUS).format(a=one.a, b=other.a, sum=most)
    rules = [total_at_most("minutes", most), different("cuisine")]
    return PutGoal("recipes", text, sets([(one.rows, 1), (other.rows, 1)], rules))
