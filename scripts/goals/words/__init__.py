"""How people speak of the four tables: nouns, attributes and measures, by table."""

from scripts.goals.words import homes, papers, products, recipes
from scripts.goals.words.parts import TableWords

WORDS: dict[str, TableWords] = {
    "catalogue": products.WORDS,
    "homes": homes.WORDS,
    "recipes": recipes.WORDS,
    "papers": papers.WORDS,
}
