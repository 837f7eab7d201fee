"""Thoughts for goals without conditions: search, then follow what the evidence names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agents.engines.embedded.links import Mention, mentions
from agents.engines.embedded.moves import allowed, of_steps, thought
from agents.engines.embedded.names import EvidenceName, names
from agents.engines.embedded.relations import relation_follows
from agents.evaluation.score import uncovered_terms
from agents.goals.clauses import NEGATIONS
from agents.lexicon.vocabulary import Vocabulary
from agents.lexicon.words import stem, words
from agents.plans.plan import Step
from agents.tools.evidence import Doc
from agents.tree.retrieval_world import PlanContext
from agents.tree.state import PlanState, ranking
from agents.tree.thoughts import Thought

DEPTH = 20
"""Documents of the first search: a page, and as many that a link may still bring up."""
SOURCES = 5
"""Links are followed from so many of the best documents."""
FETCHED = 16
KEPT = 4
"""Documents that one bridge adds: with two bridges the first search keeps its top places."""
LINK_SHARE = 0.5
"""How much the strength of a link counts beside what its document says: half."""
BRIDGE_WEIGHT = 0.75
RESIDUAL_WEIGHT = 0.5
NAMES = 4
"""Names searched for together; the right one is seldom the first."""
PER_NAME = 1
"""New documents taken per name: the others of a name only crowd the page."""
NAME_WEIGHT = 0.8
GROUND_WEIGHT = 0.9
RECALL_WEIGHT = 0.9


def first_searches(brief: PlanContext, state: PlanState) -> list[Thought]:
    """Return the plain searches: by the goal's words, by its picture, and less the unwanted."""
    found: list[Thought] = []
    tool = allowed(brief, "search_hybrid", "search_text")
    depth = max(DEPTH, brief.limit)
    if tool is not None:
        args = {"query": brief.reading.goal, "limit": depth}
        found.append(
            thought(state, "search", "the goal's own words", 1.0, 1.0, {"tool": tool, "args": args})
        )
    if brief.reading.picture and "search_image" in brief.allowed:
        args = {"goal_picture": True, "limit": depth}
        found.append(
            thought(
                state,
                "modality",
                "the goal's picture",
                1.8,
                1.0,
                {"tool": "search_image", "args": args},
            )
        )
    elif tool is None and "search_image" in brief.allowed:
        args = {"text": brief.reading.goal, "limit": depth}
        found.append(
            thought(
                state,
                "modality",
                "the goal's words against pictures",
                1.0,
                1.0,
                {"tool": "search_image", "args": args},
            )
        )
    if tool is not None and brief.reading.unwanted and "exclude" in brief.allowed:
        found.append(_excluding(brief, state, tool, depth))
    return found


def _excluding(brief: PlanContext, state: PlanState, tool: str, depth: int) -> Thought:
    """Search twice, for the goal and for what it does not want, and take the second from the first.

    Words alone ("not loud") pull in what they deny, so the goal's search goes without them.
    """
    unwanted = list(brief.reading.unwanted)
    denied = {stem(word) for word in unwanted}
    kept = [
        word.text
        for word in words(brief.reading.goal)
        if word.stem not in denied and word.text.lower() not in NEGATIONS
    ]
    query = " ".join(kept) or brief.reading.goal
    number = len(state.steps)
    ids = tuple(f"s{number + at}" for at in (1, 2, 3))
    why = f"exclude: {', '.join(unwanted)}"
    steps = [
        Step(ids[0], tool, {"query": query, "limit": depth}, rationale="the goal without them"),
        Step(ids[1], tool, {"query": " ".join(unwanted), "limit": depth}, rationale="the unwanted"),
        Step(ids[2], "exclude", {"terms": unwanted}, ids[:2], ids[:2], why),
    ]
    return of_steps("exclude", why, 1.1, 1.0, steps)


def follow_ups(brief: PlanContext, state: PlanState, vocabulary: Vocabulary) -> list[Thought]:
    """Return what the evidence suggests next: ground, recall, bridge, residual, modality."""
    hits = ranking(state, brief.reading.unwanted, DEPTH)
    docs = state.docs(hits.ids)
    missing = uncovered_terms(docs[:SOURCES], brief.reading)
    thoughts = relation_follows(brief, state, vocabulary) + _ground(brief, state, docs)
    thoughts += _recalls(brief, state, docs)
    thoughts += _bridges(brief, state, docs, missing, vocabulary)
    thoughts += _by_name(brief, state, docs, missing, vocabulary)
    thoughts += _residual(brief, state, docs, missing)
    thoughts += _other_modality(brief, state)
    return thoughts


def _ground(brief: PlanContext, state: PlanState, docs: Sequence[Doc]) -> list[Thought]:
    """Fetch documents whose titles the goal names and the evidence lacks near its top."""
    if "fetch" not in brief.allowed:
        return []
    there = {doc.id for doc in docs[:3]}
    absent = [e for e in brief.reading.entities if not there & set(e.ids)]
    ids = list(dict.fromkeys(id for entity in absent for id in entity.ids[:2]))[:KEPT]
    if not ids:
        return []
    names = ", ".join(repr(entity.title) for entity in absent[:3])
    call = {"tool": "fetch", "args": {"ids": ids}}
    return [thought(state, "ground", f"the goal names {names}", 0.95, GROUND_WEIGHT, call)]


def _recalls(brief: PlanContext, state: PlanState, docs: Sequence[Doc]) -> list[Thought]:
    """Fetch what an earlier plan for a like goal ended with, as far as it still exists."""
    found: list[Thought] = []
    there = {doc.id for doc in docs[:KEPT]}
    for item in brief.recalled if "fetch" in brief.allowed else ():
        ids = [id for id in item.result_ids if id not in there][: brief.limit]
        if ids:
            call = {"tool": "fetch", "args": {"ids": ids}}
            why = f"{item.id} answered {item.goal!r:.120}"
            prior, weight = 0.6 + 0.36 * item.likeness, RECALL_WEIGHT * item.likeness
            found.append(thought(state, "recall", why, prior, weight, call))
    return found


def _bridges(
    brief: PlanContext,
    state: PlanState,
    docs: Sequence[Doc],
    missing: Sequence[str],
    vocabulary: Vocabulary,
) -> list[Thought]:
    """Fetch what the best documents name: all together, and each document's names alone.

    What was fetched is ordered by the goal's uncovered words and the strength of the
    link, so that of all links the one that says what is still missing comes first.
    """
    if "fetch" not in brief.allowed or not vocabulary.titles:
        return []
    sources = docs[:SOURCES]
    settled = {doc.id for doc in docs[:2]}
    links = [m for m in mentions(sources, brief.reading, vocabulary) if not settled & set(m.ids)]
    found = [_bridge(brief, state, links, missing, 0.9)] if links else []
    for rank, doc in enumerate(sources, start=1):
        own = [m for m in links if m.source_id == doc.id]
        if own and len(own) < len(links):
            found.append(_bridge(brief, state, own, missing, 0.75 - 0.05 * rank))
    return found


def _bridge(
    brief: PlanContext,
    state: PlanState,
    links: Sequence[Mention],
    missing: Sequence[str],
    prior: float,
) -> Thought:
    ids = list(dict.fromkeys(id for link in links for id in link.ids[:2]))[:FETCHED]
    sources = list(dict.fromkeys(link.source_id for link in links))
    why = f"{links[0].title!r} is named in {links[0].source_id}"
    if len(links) > 1:
        why += f", and {len(links) - 1} more in {len(sources)} documents"
    after = tuple(id for id, _ in state.pool)
    calls: list[dict[str, Any]] = [{"tool": "fetch", "args": {"ids": ids}, "after": after}]
    if len(ids) > 1 and "rerank" in brief.allowed:
        query = " ".join(missing) or brief.reading.goal
        args = {"query": query[:2000], "limit": KEPT, "old_weight": LINK_SHARE}
        calls.append({"tool": "rerank", "args": args})
    return thought(state, "bridge", why, prior, BRIDGE_WEIGHT, *calls)


def _by_name(
    brief: PlanContext,
    state: PlanState,
    docs: Sequence[Doc],
    missing: Sequence[str],
    vocabulary: Vocabulary,
) -> list[Thought]:
    """Search for names that the best documents bring up: the strongest together, and each alone.

    The search for a name goes with what the goal still lacks: "Natalie Wood sibling".
    """
    tool = allowed(brief, "search_hybrid", "search_text")
    if tool is None:
        return []
    found = names(docs[:SOURCES], brief.reading, vocabulary)[:NAMES]
    there = [doc.id for doc in docs[:SOURCES]]
    alone = [
        _name_search(brief, state, [name], there, missing, tool, 0.8 - 0.05 * at)
        for at, name in enumerate(found)
    ]
    if len(found) < 2 or "combine" not in brief.allowed:
        return alone
    return [_name_search(brief, state, found, there, missing, tool, 0.88), *alone]


def _name_search(
    brief: PlanContext,
    state: PlanState,
    found: Sequence[EvidenceName],
    known: Sequence[str],
    missing: Sequence[str],
    tool: str,
    prior: float,
) -> Thought:
    number, after = len(state.steps), tuple(id for id, _ in state.pool)
    unknown = {"not": {"field": "id", "op": "in", "value": list(known)}}
    steps = []
    for at, name in enumerate(found, start=1):
        query = " ".join([name.text, *missing[:6]])[:2000]
        why = f"bridge: {name.text!r} is named in {name.source_id}"
        # What is known already would only take the first places.
        args = {"query": query, "limit": PER_NAME, "filter": unknown}
        steps.append(Step(f"s{number + at}", tool, args, (), after, why))
    if len(steps) > 1:
        ids = tuple(step.id for step in steps)
        args = {"method": "evidence", "limit": PER_NAME * len(steps)}
        why = "the names together"
        steps.append(Step(f"s{number + len(steps) + 1}", "combine", args, ids, ids, why))
    why = f"{', '.join(repr(name.text) for name in found)} named in the evidence"
    return of_steps("bridge", why, prior, NAME_WEIGHT, steps)


def _residual(
    brief: PlanContext, state: PlanState, docs: Sequence[Doc], missing: Sequence[str]
) -> list[Thought]:
    """Search for the words that no evidence covers, together with the best title."""
    tool = allowed(brief, "search_hybrid", "search_text")
    title = next((doc.title for doc in docs if doc.title), None)
    if tool is None or not missing or not docs:
        return []
    query = " ".join([*([title] if title else []), *missing[:8]])[:2000]
    if query == brief.reading.goal:
        return []
    after = tuple(id for id, _ in state.pool)
    why = f"not covered: {', '.join(missing[:4])}"
    call = {"tool": tool, "args": {"query": query, "limit": 10}, "after": after}
    return [thought(state, "residual", why, 0.5, RESIDUAL_WEIGHT, call)]


def _other_modality(brief: PlanContext, state: PlanState) -> list[Thought]:
    if not brief.reading.pictures or "search_image" not in brief.allowed:
        return []
    args = {"text": brief.reading.goal, "limit": 10}
    call = {"tool": "search_image", "args": args}
    return [thought(state, "modality", "the goal's words against pictures", 0.2, 0.5, call)]
