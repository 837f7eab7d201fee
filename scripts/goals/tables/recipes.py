"""Recipes: three hundred dishes as a cook notes them down."""

from datetime import timedelta
from random import Random

from scripts.goals.case import TODAY, GoalTable, TableRow

COUNT = 300
DISHES = {
    "soup": ("starter", 35),
    "salad": ("starter", 20),
    "curry": ("main", 45),
    "stew": ("main", 110),
    "pie": ("main", 75),
    "burger": ("main", 30),
    "cake": ("dessert", 70),
    "tart": ("dessert", 60),
    "pancake": ("breakfast", 25),
    "omelette": ("breakfast", 15),
}
"""Dishes with their course and the minutes that they take."""
SWEET = ("apple", "lemon", "chocolate", "almond", "cherry", "walnut")
SAVOURY = ("chickpea", "lentil", "tomato", "mushroom", "chicken", "beef", "salmon", "pumpkin")
MEAT = ("chicken", "beef", "salmon")
CUISINES = ("Italian", "French", "Thai", "Indian", "Mexican", "Greek", "Japanese", "Moroccan")
STYLES = ("Quick", "Grandma's", "Sunday", "Rustic", "Golden", "Spicy", "Creamy", "Smoky", "Winter")
AUTHORS = ("Amara", "Benoit", "Chiara", "Dimitri", "Emiko", "Farid", "Greta")
LEVELS = ("easy", "intermediate", "advanced")
STEPS = (
    "Chop everything first, then it goes fast.",
    "Let it rest before you serve it.",
    "Tastes even better on the next day.",
    "Serve it with fresh bread.",
    "Season it well at the end.",
    "Preheat the oven in good time.",
)


def recipes(count: int = COUNT, seed: int = 12) -> GoalTable:
    """Return the recipes; equal seeds give equal ones."""
    rng = Random(seed)
    rows = tuple(_record(number, rng) for number in range(count))
    return GoalTable("recipes", rows, {str(row["id"]): _text(row, rng) for row in rows})


def _record(number: int, rng: Random) -> TableRow:
    dish = rng.choice(list(DISHES))
    course, usual_min = DISHES[dish]
    sweet = course == "dessert" or (dish == "pancake" and rng.random() < 0.6)
    main = rng.choice(SWEET if sweet else SAVOURY)
    vegetarian = main not in MEAT
    return {
        "id": f"R-{number:04d}",
        "title": f"{rng.choice(STYLES)} {main} {dish}",
        "dish": dish,
        "course": course,
        "cuisine": rng.choice(CUISINES),
        "main_ingredient": main,
        "vegetarian": vegetarian,
        "vegan": vegetarian and rng.random() < 0.35,
        "gluten_free": rng.random() < (0.2 if course == "dessert" or dish == "pie" else 0.5),
        "minutes": round(usual_min * rng.uniform(0.6, 1.6) / 5) * 5,
        "servings": rng.choice((1, 2, 2, 4, 4, 6, 8)),
        "kcal": round(rng.uniform(150, 950)),
        "protein_g": round(rng.uniform(3, 48), 1),
        "portion_g": round(rng.uniform(150, 800)),
        "difficulty": rng.choice(LEVELS),
        "rating": round(rng.uniform(2.6, 5.0), 1),
        "cost_per_serving": round(rng.uniform(0.8, 9.5), 2),
        "author": rng.choice(AUTHORS),
        "added": (TODAY.date() - timedelta(days=rng.randint(0, 900))).isoformat(),
    }


def _text(row: TableRow, rng: Random) -> str:
    says = [
        f"{row['title']}.",
        rng.choice(
            (
                f"For {row['servings']}: {row['difficulty']} {row['cuisine']} {row['course']}.",
                f"{row['cuisine']} {row['dish']} by {row['author']}, {row['difficulty']} to make.",
                f"{row['author']} makes this {row['cuisine']} {row['dish']} as a {row['course']}.",
            )
        ),
        *_diet(row),
        f"Ready in {row['minutes']} minutes.",
        *rng.sample(STEPS, rng.randint(1, 2)),
    ]
    return " ".join(says)


def _diet(row: TableRow) -> list[str]:
    words = [name for name in ("vegan", "vegetarian") if row[name]][:1]
    words += ["gluten-free"] if row["gluten_free"] else []
    return [f"It is {' and '.join(words)}."] if words else []
