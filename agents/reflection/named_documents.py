"""Documents that a plan or an answer names: whether the namespace holds them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agents.budget import Ledger
from agents.errors import BudgetExceeded, UnknownDocument
from agents.plans.plan import Plan
from agents.tools.evidence import Doc
from agents.tools.port import Toolbox
from agents.usage import ResourceUsage

MAX_CHECKED = 256
"""A plan that names more is checked as far as this."""

_FETCH = ResourceUsage(tool_calls=1, cost=0.5)


def documents_named(plan: Plan) -> list[tuple[str, str]]:
    """Return (place, document id) for each document that a plan's arguments name."""
    found: list[tuple[str, str]] = []
    for step in plan.steps:
        ids = step.args.get("ids")
        if step.tool == "fetch" and isinstance(ids, list | tuple):
            found += [(f"{step.id}.args.ids", id) for id in ids if isinstance(id, str)]
        one = step.args.get("document_id")
        if isinstance(one, str):
            found.append((f"{step.id}.args.document_id", one))
    return found


async def fetched(ids: Sequence[str], toolbox: Toolbox, ledger: Ledger) -> Sequence[Doc] | None:
    """Return those documents that exist; None where the budget or the time does not allow it."""
    if not ids:
        return []
    try:
        reserved = ledger.reserve(_FETCH)
    except BudgetExceeded:
        return None
    docs = await ledger.within(toolbox.fetch(list(ids[:MAX_CHECKED])), None)
    ledger.settle(reserved, _FETCH)
    return docs


async def missing_documents(
    named: Iterable[tuple[str, str]], toolbox: Toolbox, ledger: Ledger
) -> frozenset[str]:
    """Return the named ids that do not exist; none where it could not be found out."""
    ids = list(dict.fromkeys(id for _, id in named))[:MAX_CHECKED]
    docs = await fetched(ids, toolbox, ledger)
    return frozenset() if docs is None else frozenset(ids) - {doc.id for doc in docs}


async def known_documents(ids: Sequence[str], toolbox: Toolbox, ledger: Ledger) -> Sequence[Doc]:
    """Return documents that a request names.

    Raises:
        UnknownDocument: One of them does not exist.
    """
    docs = await fetched(ids, toolbox, ledger)
    if docs is None:
        return []
    found = {doc.id for doc in docs}
    for at, id in enumerate(ids[:MAX_CHECKED]):
        if id not in found:
            raise UnknownDocument(f"there is no document {id!r}", f"results.{at}")
    return docs
