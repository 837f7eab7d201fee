"""The second person's goals over recipes and papers."""

from collections.abc import Iterator

from scripts.goals import answers
from scripts.goals.case import Answer, amount
from scripts.goals.second_rows import AskedTable, day_of, in_days, is_, listed


def recipe_goals() -> Iterator[tuple[str, Answer]]:
    t = AskedTable("recipes")
    known = t.one("title", "Spicy chicken soup")
    kcal = amount(known, "kcal")
    yield "half a dozen vegan recipes", t.some(is_(vegan=True), 6, 6)
    yield (
        "a curry with fewer calories than the Spicy chicken soup",
        t.some(lambda r: r["dish"] == "curry" and amount(r, "kcal") < kcal),
    )
    yield (
        "a salad with no more calories than the Spicy chicken soup",
        t.some(lambda r: r["dish"] == "salad" and amount(r, "kcal") <= kcal),
    )
    yield (
        "soups that take a quarter of an hour",
        t.some(lambda r: r["dish"] == "soup" and amount(r, "minutes") <= 15),
    )
    yield (
        "desserts in under half an hour",
        t.some(lambda r: r["course"] == "dessert" and amount(r, "minutes") < 30),
    )
    yield (
        "recipes added in the first half of 2024",
        t.some(lambda r: in_days(r, "added", "2024-01-01", "2024-06-30")),
    )
    yield (
        "Thai recipes added in the last quarter of 2025",
        t.some(
            lambda r: r["cuisine"] == "Thai" and in_days(r, "added", "2025-10-01", "2025-12-31")
        ),
    )
    yield (
        "cakes added in summer 2024",
        t.some(lambda r: r["dish"] == "cake" and in_days(r, "added", "2024-06-01", "2024-09-22")),
    )
    yield (
        "how many easy Greek main courses are there",
        t.count(is_(difficulty="easy", cuisine="Greek", course="main")),
    )
    yield (
        "the best rated Indian curry",
        t.best(is_(cuisine="Indian", dish="curry"), "rating", 1, True),
    )
    yield (
        "a vegetarian starter that is not vegan",
        t.some(is_(vegetarian=True, vegan=False, course="starter")),
    )
    yield (
        "anything by Emiko except desserts",
        t.some(lambda r: r["author"] == "Emiko" and r["course"] != "dessert"),
    )
    yield "dinner for eight: a main course for 8 people", t.some(is_(course="main", servings=8))
    yield (
        "which cuisines have a pumpkin dish",
        answers.values(t.where(is_(main_ingredient="pumpkin")), "cuisine"),
    )
    yield (
        "a stew with more than 30 g of protein",
        t.some(lambda r: r["dish"] == "stew" and amount(r, "protein_g") > 30),
    )


def paper_goals() -> Iterator[tuple[str, Answer]]:
    t = AskedTable("papers")
    known = t.one("title", "Low-rank document context without supervision")
    cited = amount(known, "citations")
    yield (
        "robotics papers cited at least as often as Low-rank document context without supervision",
        t.some(lambda r: r["topic"] == "robotics" and amount(r, "citations") >= cited),
    )
    yield (
        "surveys from the first half of 2024",
        t.some(
            lambda r: r["kind"] == "survey" and in_days(r, "published", "2024-01-01", "2024-06-30")
        ),
    )
    yield (
        "theses published in the second half of 2022",
        t.some(
            lambda r: r["kind"] == "thesis" and in_days(r, "published", "2022-07-01", "2022-12-31")
        ),
    )
    yield (
        "papers on robotics from the last twelve months",
        t.some(
            lambda r: (
                r["topic"] == "robotics" and in_days(r, "published", "2025-02-16", "2026-02-16")
            )
        ),
    )
    yield (
        "preprints from last year",
        t.some(lambda r: r["kind"] == "preprint" and day_of(r, "published").startswith("2025")),
    )
    yield "a couple of German surveys", t.some(is_(kind="survey", language="German"), 2, 2)
    yield "how many papers did Tanaka write", t.count(lambda r: "Tanaka" in listed(r, "authors"))
    yield (
        "papers by Duval and Petrova together",
        t.some(lambda r: {"Duval", "Petrova"} <= set(listed(r, "authors"))),
    )
    yield "the longest thesis", t.best(is_(kind="thesis"), "pages", 1, True)
    yield (
        "open access papers with code at NeurIPS",
        t.some(is_(open_access=True, has_code=True, venue="NeurIPS")),
    )
