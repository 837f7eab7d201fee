"""The four tables, by name; each is the same on every run."""

from functools import cache

from scripts.goals.case import GoalTable
from scripts.goals.tables import homes, papers, products, recipes

TABLES = ("catalogue", "homes", "recipes", "papers")


@cache
def goal_table(name: str) -> GoalTable:
    """Return a table by its name."""
    makers = {
        "catalogue": products.catalogue,
        "homes": homes.homes,
        "recipes": recipes.recipes,
        "papers": papers.papers,
    }
    return makers[name]()
