"""Following a relation: from what a goal names to whom its texts name beside the relation."""

import asyncio

import pytest

from agents.engines.embedded.relations import relation_follows
from agents.evaluation.score import judge
from agents.goals.read import read_goal
from agents.lexicon.roles import nearness, role_cues
from agents.lexicon.words import words
from agents.plans.execute import StepOutputs
from agents.plans.plan import Step
from agents.tools.evidence import Doc, DocSet, ScoredDocument
from agents.tree.retrieval_world import PlanContext
from agents.tree.state import PlanState
from tests.unit.agents.agent_fakes import FILMS, ListToolbox, doc, ids_of, run_plan

TWO_FILMS = "Which film has the younger director, The Silent Harbour or The Loud Harbour?"
CROWD = [
    doc(f"c{n}", f"A younger director has a film, Harbour {n}.", f"Harbour film {n}")
    for n in range(30)
]
"""Documents that say more of the goal than those that answer it."""
KIN = (
    doc("k1", "Ida Holm (1900-1950) was a painter. She was the daughter of Eva Berg.", "Ida Holm"),
    doc("k2", "Eva Berg was a singer from Bergen, the daughter of Olga Dahl.", "Eva Berg"),
    doc("k3", "Olga Dahl kept a shop by the harbour.", "Olga Dahl"),
    doc("k4", "Bergen is a town in Norway, known for its rain.", "Bergen"),
)


def found(docs: tuple[Doc, ...], *ids: str) -> PlanState:
    """Return a state that has read some documents, best first."""
    hits = DocSet(tuple(ScoredDocument(id, 1.0 / at) for at, id in enumerate(ids, 1)))
    memory = StepOutputs({"s1": hits}, {item.id: item for item in docs if item.id in ids}, 1)
    return PlanState((Step("s1", "fetch", {}),), memory, (("s1", 1.0),))


def test_both_sides_of_a_comparison_are_followed() -> None:
    """One fetch brings each film's director, though a crowd says more of the goal."""
    toolbox = ListToolbox([*FILMS, *CROWD])
    assert not {"d2", "d5"} & set(ids_of(run_plan(TWO_FILMS, toolbox, strategy="single")))
    answer = run_plan(TWO_FILMS, toolbox, strategy="auto")
    assert {"d1", "d2", "d4", "d5"} <= set(ids_of(answer))
    bridges = [n.thought for n in answer.tree.nodes if n.thought.kind == "bridge"]
    assert bridges[0].delta["steps"][0]["args"]["ids"][:2] == ["d2", "d5"]


def test_what_the_goal_names_is_fetched_where_no_search_found_it() -> None:
    """It is followed after that: to Ida's mother, whom the goal calls by another word."""
    vocabulary = asyncio.run(ListToolbox(KIN).vocabulary())
    reading = read_goal("Where did the mother of Ida Holm sing?", vocabulary, picture=False)
    for known, wanted in (("k4", ["k1"]), ("k1", ["k2"])):
        state = found(KIN, known)
        (thought,) = relation_follows(PlanContext(reading), state, vocabulary)
        assert thought.delta["steps"][0]["args"]["ids"] == wanted


def test_a_relation_that_no_text_says_is_understood_by_its_other_words() -> None:
    """No document says mother; one says daughter."""
    vocabulary = asyncio.run(ListToolbox(KIN).vocabulary())
    reading = read_goal("Who was the mother of Ida Holm?", vocabulary, picture=False)
    assert [item.words for item in reading.accounts if item.kind == "understood"] == ["mother"]
    assert reading.ignored == ()


def test_without_the_named_persons_own_page_nothing_is_followed_in_vain() -> None:
    """A goal that names no title asks for nobody's director: its plan is the one of before."""
    answer = run_plan("Which director was younger?", ListToolbox(FILMS), strategy="auto")
    reasons = [node.thought.rationale for node in answer.tree.nodes]
    assert "the goal's own words" in reasons
    assert "relation" not in " ".join(reasons)


def test_a_relation_that_leads_nowhere_is_not_complete() -> None:
    """The film is there, its director has no page: more is wanted than was found."""
    docs = [FILMS[0], FILMS[6]]
    toolbox = ListToolbox(docs)
    answer = run_plan("Who is the director of The Silent Harbour?", toolbox, strategy="auto")
    best = next(n for n in answer.tree.nodes if n.id == answer.tree.best)
    assert best.score.parts["relation"] == 0.0
    assert not best.score.complete


@pytest.mark.parametrize(
    ("goal", "cue"),
    [
        ("the father of Ida", "daughter"),
        ("Ida's mother-in-law", "married"),
        ("the writer of Ida", "novel"),
        ("the stepchild of Ida", "wife"),
    ],
)
def test_texts_tell_a_relation_by_other_words(goal: str, cue: str) -> None:
    """A goal asks for a father; a text calls somebody a daughter."""
    (stem,) = [word.stem for word in words(cue)]
    assert role_cues(words(goal), ()).get(stem)


def test_a_title_asks_for_no_relation() -> None:
    """The Singer of My City is a film."""
    found = words("The Singer of My City")
    assert role_cues(found, range(len(found))) == {}


def test_the_nearer_cue_counts_more() -> None:
    """Before a name it counts more than behind it; without one nothing counts."""
    said = words("Berg starred in a film directed by Lindqvist")
    cues = {"direct": 1.0}
    assert nearness(said, (7, 8), cues) == 0.5
    assert 0 < nearness(said, (0, 1), cues) < 0.2
    assert nearness(said, (7, 8), {}) == 0.0


def test_evidence_that_follows_the_relation_is_worth_more() -> None:
    """The director's page beats another one that only shares words with the goal."""
    vocabulary = asyncio.run(ListToolbox([*FILMS, *KIN]).vocabulary())
    goal = "Where was the director of The Silent Harbour born?"
    reading = read_goal(goal, vocabulary, picture=False)
    followed, beside = (
        judge(found(FILMS, "d1", "d2"), reading),
        judge(found(FILMS, "d1", "d5"), reading),
    )
    assert followed.parts["relation"] == 1.0
    assert beside.parts["relation"] == 0.0
    assert followed.total > beside.total
