"""How shoppers speak of the catalogue."""

from scripts.goals.words.parts import Day, Facet, Measure, TableWords

KINDS = (
    "mug bottle chair lamp table shirt hat umbrella clock key guitar boat car kite sofa vase "
    "teapot boot balloon"
).split()

PRICE = Measure(
    field="price",
    name="price",
    low=(
        ("cheapest {x}", "least expensive {x}"),
        ("lowest-priced {x}", "{x} with the lowest price"),
    ),
    high=(("most expensive {x}", "priciest {x}"), ("costliest {x}", "{x} with the highest price")),
    less=(("cheaper than {ref}", "that costs less than {ref}"), ("less expensive than {ref}",)),
    more=(("more expensive than {ref}",), ("that costs more than {ref}", "pricier than {ref}")),
    most=(
        (
            ("below {n}", "<"),
            ("for less than {n}", "<"),
            ("for at most {n}", "<="),
            ("up to {n}", "<="),
        ),
        (
            ("under {n}", "<"),
            ("cheaper than {n}", "<"),
            ("for {n} or less", "<="),
            ("priced below {n}", "<"),
        ),
    ),
    least=(
        (("above {n}", ">"), ("for more than {n}", ">"), ("for at least {n}", ">=")),
        (("over {n}", ">"), ("priced above {n}", ">"), ("from {n} upwards", ">=")),
    ),
    step=5,
    unit="euros",
    adds_up=True,
)

WORDS = TableWords(
    kind="kind",
    nouns={kind: (kind, f"{kind}es" if kind.endswith("ch") else f"{kind}s") for kind in KINDS},
    anything=("product", "products"),
    name="name",
    the="the {name}",
    keeps=("kind",),
    facets=(
        Facet("colour", "colour", "colours", True, "{v}", same="in the same colour"),
        Facet("pattern", "pattern", "patterns", True, "{v}"),
        Facet("brand", "brand", "brands", False, "by {v}", "by"),
    ),
    flags=(),
    measures=(PRICE,),
    day=Day(
        field="created_at",
        says=(
            ("added {when}", "that arrived {when}"),
            ("that went on sale {when}", "put in the shop {when}"),
        ),
        newest=(("newest {x}", "latest {x}"), ("most recent {x}", "{x} that was added last")),
        oldest=(("oldest {x}",), ("{x} that was added first",)),
        order=("newest first", "oldest first"),
    ),
)
