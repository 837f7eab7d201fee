"""Papers: three hundred entries of a reading list with what a library knows of them."""

from datetime import date, timedelta
from random import Random

from scripts.goals.case import TODAY, GoalTable, TableRow

COUNT = 300
FIRST_DAY = date(2018, 1, 8)
TOPICS = {
    "information retrieval": ("query expansion", "passage ranking", "index compression"),
    "computer vision": ("object detection", "image segmentation", "depth estimation"),
    "speech recognition": ("accent adaptation", "keyword spotting", "speaker separation"),
    "machine translation": ("subword modelling", "document context", "quality estimation"),
    "robotics": ("grasp planning", "legged locomotion", "map building"),
    "graph learning": ("link prediction", "node classification", "graph pooling"),
}
"""Topics with the tasks in them."""
VENUES = ("SIGIR", "CVPR", "Interspeech", "NeurIPS", "ICRA", "ECML", "TMLR")
KINDS = ("article", "article", "article", "survey", "preprint", "thesis")
METHODS = ("Sparse", "Hierarchical", "Contrastive", "Bayesian", "Low-rank", "Streaming", "Modular")
MANNERS = ("with few labels", "at scale", "under noise", "on small devices", "without supervision")
NAMES: tuple[str, ...] = (
    "Okafor",
    "Lindqvist",
    "Marchetti",
    "Tanaka",
    "Duval",
    "Hoffmann",
    "Petrova",
    "Castillo",
    "Nguyen",
    "Brennan",
)
LANGUAGES = ("English", "English", "English", "German", "French")
ABSTRACTS = (
    "We study {task} and ask what {method} models gain.",
    "This {kind} looks at {task} in {topic}.",
    "A {method} approach to {task} is described and compared with earlier work.",
)
ENDINGS = (
    "Results hold on three public data sets.",
    "The gains are largest where data are scarce.",
    "We close with open questions.",
    "An ablation shows which parts matter.",
)


def papers(count: int = COUNT, seed: int = 13) -> GoalTable:
    """Return the papers; equal seeds give equal ones."""
    rng = Random(seed)
    made = [_made(number, rng) for number in range(count)]
    return GoalTable(
        "papers",
        tuple(record for record, _ in made),
        {str(record["id"]): text for record, text in made},
    )


def _made(number: int, rng: Random) -> tuple[TableRow, str]:
    topic, kind, method = rng.choice(list(TOPICS)), rng.choice(KINDS), rng.choice(METHODS)
    task = rng.choice(TOPICS[topic])
    title = f"{method} {task} {rng.choice(MANNERS)}"
    record = _record(number, title, topic, kind, rng)
    abstract = rng.choice(ABSTRACTS).format(
        task=task, method=method.lower(), kind=kind, topic=topic
    )
    authors = record["authors"]
    assert isinstance(authors, list)
    says = [f"{title}.", f"{', '.join(authors)}.", abstract, rng.choice(ENDINGS)]
    says += ["The code is public."] if record["has_code"] else []
    return record, " ".join(says)


def _record(number: int, title: str, topic: str, kind: str, rng: Random) -> TableRow:
    published = FIRST_DAY + timedelta(days=rng.randint(0, (TODAY.date() - FIRST_DAY).days))
    age_years = (TODAY.date() - published).days / 365
    authors: list[str] = rng.sample(NAMES, 1 if kind == "thesis" else rng.randint(1, 4))
    return {
        "id": f"P-{number:04d}",
        "title": title,
        "kind": kind,
        "topic": topic,
        "authors": authors,
        "first_author": authors[0],
        "venue": None if kind in ("preprint", "thesis") else rng.choice(VENUES),
        "published": published.isoformat(),
        "year": published.year,
        "pages": rng.randint(90, 240) if kind == "thesis" else rng.randint(4, 42),
        "citations": round(rng.lognormvariate(2.6, 1.1) * (0.4 + age_years)),
        "open_access": rng.random() < 0.55,
        "has_code": rng.random() < 0.4,
        "language": rng.choice(LANGUAGES),
        "pdf_mb": round(rng.uniform(0.3, 24), 1),
    }
