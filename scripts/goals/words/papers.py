"""How researchers speak of papers."""

from scripts.goals.words.parts import Day, Facet, Flag, Measure, TableWords

PAGES = Measure(
    field="pages",
    name="number of pages",
    low=(("shortest {x}", "{x} with the fewest pages"), ("{x} with the smallest number of pages",)),
    high=(("longest {x}", "{x} with the most pages"), ("{x} with the largest number of pages",)),
    less=(("shorter than {ref}",), ("with fewer pages than {ref}",)),
    more=(("longer than {ref}",), ("with more pages than {ref}",)),
    most=(
        (("with at most {n} pages", "<="), ("shorter than {n} pages", "<")),
        (("under {n} pages", "<"), ("of no more than {n} pages", "<=")),
    ),
    least=(
        (("with at least {n} pages", ">="), ("longer than {n} pages", ">")),
        (("over {n} pages", ">"), ("of {n} pages or more", ">=")),
    ),
    step=5,
    unit="pages",
    adds_up=True,
)
CITATIONS = Measure(
    field="citations",
    name="number of citations",
    low=(("least cited {x}",), ("{x} with the fewest citations",)),
    high=(
        ("most cited {x}",),
        ("{x} with the most citations", "{x} with the highest number of citations"),
    ),
    less=(("cited less than {ref}", "with fewer citations than {ref}"), ("less cited than {ref}",)),
    more=(
        ("cited more often than {ref}", "with more citations than {ref}"),
        ("more cited than {ref}",),
    ),
    most=(
        (("with at most {n} citations", "<="),),
        (("with fewer than {n} citations", "<"), ("cited no more than {n} times", "<=")),
    ),
    least=(
        (("with at least {n} citations", ">="), ("cited more than {n} times", ">")),
        (("with over {n} citations", ">"), ("cited at least {n} times", ">=")),
    ),
    step=10,
)
SIZE = Measure(
    field="pdf_mb",
    name="PDF size",
    low=(("{x} with the smallest PDF",), ("{x} with the smallest PDF size",)),
    high=(("{x} with the largest PDF",), ("{x} with the biggest PDF size",)),
    less=(("with a smaller PDF than {ref}",), ("whose PDF is smaller than that of {ref}",)),
    more=(("with a larger PDF than {ref}",), ("whose PDF is bigger than that of {ref}",)),
    most=((("with a PDF of at most {n} MB", "<="),), (("with a PDF under {n} MB", "<"),)),
    least=((("with a PDF of at least {n} MB", ">="),), (("with a PDF over {n} MB", ">"),)),
    step=1,
    unit="MB",
    adds_up=True,
)

WORDS = TableWords(
    kind="kind",
    nouns={
        "article": ("article", "articles"),
        "survey": ("survey", "surveys"),
        "preprint": ("preprint", "preprints"),
        "thesis": ("thesis", "theses"),
    },
    anything=("paper", "papers"),
    name="title",
    the='"{name}"',
    keeps=("topic",),
    facets=(
        Facet("topic", "topic", "topics", False, "on {v}", "on", same="on the same topic"),
        Facet("venue", "venue", "venues", False, "from {v}", "from"),
        Facet(
            "language", "language", "languages", False, "in {v}", "in", same="in the same language"
        ),
        Facet("first_author", "first author", "first authors", False, "by first author {v}"),
    ),
    flags=(
        Flag("open_access", True, "open-access", "non-open-access", "open access"),
        Flag("has_code", False, "with code", "without code", "code"),
    ),
    measures=(CITATIONS, PAGES, SIZE),
    day=Day(
        field="published",
        says=(("published {when}",), ("that came out {when}", "that appeared {when}")),
        newest=(("newest {x}", "latest {x}"), ("most recent {x}", "most recently published {x}")),
        oldest=(("oldest {x}",), ("{x} that was published first", "earliest {x}")),
        order=("newest first", "oldest first"),
    ),
)
