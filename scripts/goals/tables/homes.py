"""Homes for sale: three hundred offers as an estate agent lists them."""

from datetime import timedelta
from random import Random

from scripts.goals.case import TODAY, GoalTable, TableRow

COUNT = 300
TYPES = ("flat", "flat", "flat", "house", "house", "studio", "loft")
CITIES = {
    "Vienna": 6100,
    "Graz": 3900,
    "Linz": 4100,
    "Hamburg": 5800,
    "Leipzig": 3100,
    "Dresden": 2900,
    "Lyon": 4900,
    "Bordeaux": 4500,
}
"""Cities, with the price of a square metre in euros."""
GERMAN = ("Lindenweg", "Gartenstrasse", "Schillerplatz", "Mühlgasse", "Bergstrasse", "Seeallee")
FRENCH = ("rue des Lilas", "avenue Pasteur", "rue du Port", "place Carnot", "quai Voltaire")
CONDITIONS = ("renovated", "new", "well-kept", "unrenovated")
HEATINGS = ("gas", "pellet", "district", "electric")
CLASSES = "ABCDEFG"
OPENINGS = (
    "A {condition} {type} in {city} with {rooms}.",
    "{Type} in {city}: {rooms} on {area} m².",
    "Quiet {type} with {rooms}, {area} square metres in all.",
    "This {condition} {type} in {city} has {area} m² and {rooms}.",
)
YES = {
    "balcony": ("There is a balcony.", "With a balcony to the south."),
    "garden": ("A garden belongs to it.", "With a garden of its own."),
    "parking": ("A parking space is included.", "Comes with parking."),
}


def homes(count: int = COUNT, seed: int = 11) -> GoalTable:
    """Return the offers; equal seeds give equal ones."""
    rng = Random(seed)
    rows = tuple(_record(number, rng) for number in range(count))
    return GoalTable("homes", rows, {str(row["id"]): _text(row, rng) for row in rows})


def _record(number: int, rng: Random) -> TableRow:
    kind, city = rng.choice(TYPES), rng.choice(list(CITIES))
    rooms = 1 if kind == "studio" else rng.randint(3, 7) if kind == "house" else rng.randint(2, 5)
    area_m2 = round(rooms * rng.uniform(18, 29) + 8)
    built = rng.randint(1890, 2025)
    worth_eur = area_m2 * CITIES[city] * rng.uniform(0.7, 1.35) * (1.2 if built > 2010 else 1)
    listed = TODAY.date() - timedelta(days=rng.randint(0, 160))
    return {
        "id": f"H-{number:04d}",
        "address": _address(city, rng),
        "type": kind,
        "city": city,
        "price_eur": round(worth_eur / 1000) * 1000,
        "living_area_m2": area_m2,
        "rooms": rooms,
        "year_built": built,
        "condition": "new" if built > 2022 else rng.choice(CONDITIONS[:1] + CONDITIONS[2:]),
        "balcony": kind != "house" and rng.random() < 0.5,
        "garden": rng.random() < (0.7 if kind == "house" else 0.15),
        "parking": rng.random() < 0.4,
        "heating": rng.choice(HEATINGS),
        "energy_class": rng.choice(CLASSES),
        "monthly_costs_eur": round(area_m2 * rng.uniform(2.2, 4.5)),
        "metres_to_station": rng.randint(8, 320) * 10,
        "listed": listed.isoformat(),
        "available_from": (TODAY.date() + timedelta(days=rng.randint(5, 220))).isoformat(),
    }


def _address(city: str, rng: Random) -> str:
    if city in ("Lyon", "Bordeaux"):
        return f"{rng.randint(1, 120)} {rng.choice(FRENCH)}, {city}"
    return f"{rng.choice(GERMAN)} {rng.randint(1, 120)}, {city}"


def _text(row: TableRow, rng: Random) -> str:
    rooms = "one room" if row["rooms"] == 1 else f"{row['rooms']} rooms"
    opening = rng.choice(OPENINGS).format(
        **{key: row[key] for key in ("condition", "type", "city")},
        Type=str(row["type"]).capitalize(),
        rooms=rooms,
        area=row["living_area_m2"],
    )
    extras = [rng.choice(says) for field, says in YES.items() if row[field]]
    heating = f"{str(row['heating']).capitalize()} heating, energy class {row['energy_class']}."
    return " ".join([f"{row['address']}.", opening, *extras, heating, *_where(row, rng)])


def _where(row: TableRow, rng: Random) -> list[str]:
    says = (
        f"Built in {row['year_built']}.",
        f"{row['metres_to_station']} metres to the station.",
        f"Asking price {row['price_eur']} euros.",
    )
    return rng.sample(says, rng.randint(1, 3))
