"""How home seekers speak of offers."""

from scripts.goals.words.parts import Day, Facet, Flag, Measure, TableWords

PRICE = Measure(
    field="price_eur",
    name="price",
    low=(
        ("cheapest {x}", "most affordable {x}"),
        ("least expensive {x}", "{x} with the lowest price"),
    ),
    high=(("most expensive {x}",), ("priciest {x}", "{x} with the highest price")),
    less=(("cheaper than {ref}",), ("that costs less than {ref}", "less expensive than {ref}")),
    more=(("more expensive than {ref}",), ("that costs more than {ref}",)),
    most=(
        (("below {n}", "<"), ("for at most {n}", "<="), ("up to {n}", "<=")),
        (("under {n}", "<"), ("for no more than {n}", "<="), ("that costs less than {n}", "<")),
    ),
    least=(
        (("above {n}", ">"), ("for at least {n}", ">=")),
        (("over {n}", ">"), ("that costs more than {n}", ">")),
    ),
    step=25000,
    unit="euros",
    adds_up=True,
)
AREA = Measure(
    field="living_area_m2",
    name="living area",
    low=(("smallest {x}",), ("{x} with the smallest living area",)),
    high=(
        ("largest {x}", "biggest {x}"),
        ("most spacious {x}", "{x} with the largest living area"),
    ),
    less=(("smaller than {ref}",), ("with less living area than {ref}",)),
    more=(("larger than {ref}", "bigger than {ref}"), ("with more living area than {ref}",)),
    most=(
        (("with at most {n} m²", "<="), ("smaller than {n} square metres", "<")),
        (("under {n} m²", "<"), ("of no more than {n} square metres", "<=")),
    ),
    least=(
        (("with at least {n} m²", ">="), ("larger than {n} m²", ">")),
        (("over {n} square metres", ">"), ("of {n} m² or more", ">=")),
    ),
    step=10,
    unit="m²",
)
ROOMS = Measure(
    field="rooms",
    name="number of rooms",
    low=(("{x} with the fewest rooms",), ("{x} with the smallest number of rooms",)),
    high=(("{x} with the most rooms",), ("{x} with the largest number of rooms",)),
    less=(("with fewer rooms than {ref}",), ("that has fewer rooms than {ref}",)),
    more=(("with more rooms than {ref}",), ("that has more rooms than {ref}",)),
    most=((("with at most {n} rooms", "<="),), (("with no more than {n} rooms", "<="),)),
    least=(
        (("with at least {n} rooms", ">="), ("with more than {n} rooms", ">")),
        (("with {n} or more rooms", ">="), ("with a minimum of {n} rooms", ">=")),
    ),
    step=1,
)
STATION = Measure(
    field="metres_to_station",
    name="distance to the station",
    low=(("{x} closest to a station",), ("{x} nearest to the station",)),
    high=(("{x} farthest from a station",), ("{x} with the longest way to the station",)),
    less=(("closer to the station than {ref}",), ("nearer to the station than {ref}",)),
    more=(
        ("farther from the station than {ref}",),
        ("with a longer way to the station than {ref}",),
    ),
    most=(
        (("at most {n} metres from the station", "<="),),
        (("less than {n} metres from the station", "<"), ("within {n} m of the station", "<=")),
    ),
    least=(
        (("at least {n} metres from the station", ">="),),
        (("more than {n} metres from the station", ">"),),
    ),
    step=100,
    unit="m",
)
COSTS = Measure(
    field="monthly_costs_eur",
    name="monthly cost",
    low=(("{x} with the lowest monthly costs",), ("{x} with the smallest monthly costs",)),
    high=(("{x} with the highest monthly costs",), ("{x} with the largest monthly costs",)),
    less=(("with lower monthly costs than {ref}",), ("with monthly costs below those of {ref}",)),
    more=(("with higher monthly costs than {ref}",), ("with monthly costs above those of {ref}",)),
    most=(
        (("with monthly costs below {n}", "<"), ("with at most {n} monthly costs", "<=")),
        (("with monthly costs under {n}", "<"), ("with monthly costs of {n} at most", "<=")),
    ),
    least=((("with monthly costs above {n}", ">"),), (("with monthly costs over {n}", ">"),)),
    step=50,
    unit="euros",
)
BUILT = Measure(
    field="year_built",
    name="year of construction",
    low=(("{x} with the earliest year of construction",), ("{x} that was built first",)),
    high=(("most recently built {x}",), ("{x} that was built last",)),
    less=(("built before {ref}",), ("built earlier than {ref}",)),
    more=(("built after {ref}",), ("built later than {ref}",)),
    most=(
        (("built before {n}", "<"),),
        (("from before {n}", "<"), ("built earlier than {n}", "<")),
    ),
    least=(
        (("built after {n}", ">"),),
        (("built in {n} or later", ">="), ("built later than {n}", ">")),
    ),
    step=10,
    unit="year",
)

WORDS = TableWords(
    kind="type",
    nouns={
        "flat": ("flat", "flats"),
        "house": ("house", "houses"),
        "studio": ("studio", "studios"),
        "loft": ("loft", "lofts"),
    },
    anything=("home", "homes"),
    name="address",
    the="the {kind} at {name}",
    keeps=("type", "city"),
    facets=(
        Facet("city", "city", "cities", False, "in {v}", "in", same="in the same city"),
        Facet("condition", "condition", "conditions", True, "{v}"),
        Facet("heating", "kind of heating", "kinds of heating", False, "with {v} heating"),
        Facet(
            "energy_class",
            "energy class",
            "energy classes",
            False,
            "of energy class {v}",
            "of energy class",
        ),
    ),
    flags=(
        Flag("balcony", False, "with a balcony", "without a balcony", "a balcony"),
        Flag("garden", False, "with a garden", "without a garden", "a garden"),
        Flag("parking", False, "with parking", "without parking", "parking"),
    ),
    measures=(PRICE, AREA, ROOMS, STATION, COSTS, BUILT),
    day=Day(
        field="listed",
        says=(("listed {when}",), ("that came on the market {when}",)),
        newest=(("most recently listed {x}",), ("{x} that was listed last",)),
        oldest=(("{x} that was listed first",), ("{x} with the earliest listing date",)),
        order=("most recently listed first", "earliest listed first"),
    ),
)
