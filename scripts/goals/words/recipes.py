"""How cooks speak of recipes."""

from scripts.goals.words.parts import Day, Facet, Flag, Measure, TableWords

MINUTES = Measure(
    field="minutes",
    name="cooking time",
    low=(
        ("quickest {x}", "fastest {x}"),
        ("{x} that takes the least time", "{x} with the shortest cooking time"),
    ),
    high=(("{x} that takes the longest",), ("{x} with the longest cooking time",)),
    less=(
        ("quicker than {ref}", "that takes less time than {ref}"),
        ("faster to make than {ref}",),
    ),
    more=(("that takes longer than {ref}",), ("that takes more time than {ref}",)),
    most=(
        (("in under {n} minutes", "<"), ("that takes at most {n} minutes", "<=")),
        (("ready within {n} minutes", "<="), ("that takes less than {n} minutes", "<")),
    ),
    least=(
        (("that takes more than {n} minutes", ">"),),
        (("that takes at least {n} minutes", ">="), ("taking over {n} minutes", ">")),
    ),
    step=10,
    unit="minutes",
    adds_up=True,
)
KCAL = Measure(
    field="kcal",
    name="number of calories",
    low=(("{x} with the fewest calories",), ("{x} lowest in calories",)),
    high=(("{x} with the most calories",), ("{x} highest in calories",)),
    less=(("with fewer calories than {ref}",), ("lower in calories than {ref}",)),
    more=(("with more calories than {ref}",), ("higher in calories than {ref}",)),
    most=(
        (("below {n} kcal", "<"), ("with at most {n} calories", "<=")),
        (("under {n} calories", "<"), ("with no more than {n} kcal", "<=")),
    ),
    least=((("above {n} kcal", ">"),), (("with more than {n} calories", ">"),)),
    step=50,
    unit="kcal",
    adds_up=True,
)
PROTEIN = Measure(
    field="protein_g",
    name="protein content",
    low=(("{x} with the least protein",), ("{x} lowest in protein",)),
    high=(("{x} with the most protein",), ("{x} highest in protein", "most protein-rich {x}")),
    less=(("with less protein than {ref}",), ("lower in protein than {ref}",)),
    more=(("with more protein than {ref}",), ("higher in protein than {ref}",)),
    most=(
        (("with at most {n} g of protein", "<="),),
        (("with less than {n} grams of protein", "<"),),
    ),
    least=(
        (("with at least {n} g of protein", ">="),),
        (("with more than {n} grams of protein", ">"), ("with {n} g protein or more", ">=")),
    ),
    step=5,
    unit="g",
)
PORTION = Measure(
    field="portion_g",
    name="portion size",
    low=(("{x} with the smallest portion",), ("{x} with the lightest portion",)),
    high=(("{x} with the largest portion",), ("{x} with the heaviest portion",)),
    less=(("with a smaller portion than {ref}",), ("with a lighter portion than {ref}",)),
    more=(("with a larger portion than {ref}",), ("with a heavier portion than {ref}",)),
    most=((("with a portion of at most {n} g", "<="),), (("with a portion under {n} grams", "<"),)),
    least=((("with a portion of at least {n} g", ">="),), (("with a portion over {n} g", ">"),)),
    step=50,
    unit="g",
)
RATING = Measure(
    field="rating",
    name="rating",
    low=(("worst rated {x}",), ("{x} with the lowest rating",)),
    high=(
        ("best rated {x}", "top-rated {x}"),
        ("{x} with the highest rating", "highest rated {x}"),
    ),
    less=(("rated lower than {ref}",), ("with a lower rating than {ref}",)),
    more=(
        ("rated higher than {ref}", "better rated than {ref}"),
        ("with a higher rating than {ref}",),
    ),
    most=((("rated below {n}", "<"),), (("with a rating under {n}", "<"),)),
    least=(
        (("rated above {n}", ">"), ("rated at least {n}", ">=")),
        (("with a rating over {n}", ">"), ("with a rating of at least {n}", ">=")),
    ),
    step=0.5,
)
COST = Measure(
    field="cost_per_serving",
    name="cost per serving",
    low=(("cheapest {x}",), ("{x} with the lowest cost per serving", "least expensive {x}")),
    high=(("most expensive {x}",), ("{x} with the highest cost per serving",)),
    less=(("cheaper than {ref}",), ("that costs less per serving than {ref}",)),
    more=(("more expensive than {ref}",), ("that costs more per serving than {ref}",)),
    most=(
        (("below {n} per serving", "<"), ("for at most {n} a serving", "<=")),
        (("under {n} per serving", "<"), ("that costs less than {n} a serving", "<")),
    ),
    least=((("above {n} per serving", ">"),), (("over {n} per serving", ">"),)),
    step=0.5,
    unit="euros",
)

WORDS = TableWords(
    kind="dish",
    nouns={
        dish: (dish, f"{dish}s")
        for dish in "soup salad curry stew pie burger cake tart pancake omelette".split()
    }
    | {"curry": ("curry", "curries")},
    anything=("recipe", "recipes"),
    name="title",
    the='the "{name}"',
    keeps=("dish",),
    facets=(
        Facet("difficulty", "difficulty", "difficulties", True, "{v}"),
        Facet("cuisine", "cuisine", "cuisines", True, "{v}"),
        Facet(
            "main_ingredient",
            "main ingredient",
            "main ingredients",
            True,
            "{v}",
            alone="with {v}",
        ),
        Facet("author", "author", "authors", False, "by {v}", "by", same="by the same author"),
    ),
    flags=(
        Flag("vegetarian", True, "vegetarian", "non-vegetarian", "vegetarian"),
        Flag("vegan", True, "vegan", "non-vegan", "vegan"),
        Flag("gluten_free", True, "gluten-free", "non-gluten-free", "gluten-free"),
    ),
    measures=(MINUTES, KCAL, PROTEIN, PORTION, RATING, COST),
    day=Day(
        field="added",
        says=(("added {when}",), ("that was entered {when}",)),
        newest=(("newest {x}", "latest {x}"), ("most recently added {x}",)),
        oldest=(("oldest {x}",), ("{x} that was added first",)),
        order=("newest first", "oldest first"),
    ),
)
