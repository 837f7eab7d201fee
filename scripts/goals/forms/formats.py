"""Numbers as Germans and the French write them: 12,50 €, 350.000 €, 350 000 €."""

from collections.abc import Callable

from scripts.goals.answers import items
from scripts.goals.case import Meaning
from scripts.goals.draw import Draw
from scripts.goals.phrases import a

NARROW, FIXED = "\u202f", "\u00a0"
"""The spaces that French typesetting puts between thousands."""
STEPS = {
    "price": 0.5,
    "price_eur": 5000,
    "protein_g": 0.5,
    "rating": 0.5,
    "cost_per_serving": 0.25,
    "pdf_mb": 0.5,
}
"""Fields with decimals or thousands, and the steps of their bounds."""


def _comma(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")


def _short_comma(value: float) -> str:
    return f"{value:g}".replace(".", ",")


def _thousands(mark: str) -> Callable[[float], str]:
    return lambda value: f"{value:,.0f}".replace(",", mark)


WRITTEN: dict[
    str, tuple[tuple[Callable[[float], str], ...], tuple[Callable[[float], str], ...]]
] = {
    "thousands": ((_thousands("."), _thousands(" ")), (_thousands(FIXED), _thousands("."))),
    "money": ((_comma,), (_comma,)),
    "plain": ((_short_comma,), (_short_comma,)),
}


def _bounded(d: Draw, many: bool) -> Meaning:
    measure = d.pick([m for m in d.words.measures if m.field in STEPS])
    step, subject = STEPS[measure.field], d.subject(generic=0.2)
    rows = d.rows(subject.test)
    level = round(d.level(measure, rows) / step) * step
    level += step if step < 1 and level == int(level) else 0
    style = "thousands" if step > 1 else "money" if measure.unit == "euros" else "plain"
    said = d.of(WRITTEN[style])(level)
    if measure.unit == "euros":
        said = d.say(("{} €", "{} Euro"), ("{}€", "{} euros", "EUR {}")).format(said)
    phrase = d.of(measure.most if d.rng.random() < 0.7 else measure.least)
    says, within = d.bounded(measure, phrase, level, said, rows)
    text = d.plural(f"{subject.many} {says}") if many else f"{a(subject.one)} {says}"
    return Meaning(d.ask(text), items(row for row in rows if within(row)))


def one(d: Draw) -> Meaning:
    """ "a mug below 12,50 €"."""
    return _bounded(d, many=False)


def several(d: Draw) -> Meaning:
    """ "flats for at most 350.000 Euro"."""
    return _bounded(d, many=True)


IDEAS = (one, several)
