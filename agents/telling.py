"""An answer in plain words: a summary that cites documents, and what was made of the goal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.goals.reading import Reading
from agents.tools.evidence import Doc, DocSet, Figure, Groups, Output, Sentence

NAMES = ("title", "name", "address")
MAX_NAME = 60
MAX_CITED = 3
_FIGURES = {
    "average": "The average {field} is {value}",
    "total": "The total {field} is {value}",
    "least": "The lowest {field} is {value}",
    "most": "The highest {field} is {value}",
}


@dataclass(frozen=True, slots=True)
class AnswerText:
    """Tells an answer: what was read, what came of it, the documents, and how many are shown."""

    reading: Reading
    output: Output | None
    docs: Mapping[str, Doc]
    limit: int

    def summary(self) -> tuple[Sentence, ...]:
        """Return sentences that cite documents; none for goals that are answered by quotes."""
        output = self.output
        if isinstance(output, Figure):
            return self._of_figure(output)
        if not self.reading.structured:
            return ()
        if isinstance(output, Groups):
            return self._of_groups(output)
        if isinstance(output, DocSet):
            return self._of_documents(output.ids[: self.limit])
        return ()

    def _of_figure(self, figure: Figure) -> tuple[Sentence, ...]:
        text = figure_text(figure)
        cited = figure.ids[:MAX_CITED]
        if not cited:
            return ()
        names = ", ".join(self._cited(id) for id in cited)
        lead = "such as" if figure.counted > len(cited) else "namely"
        if figure.op in ("least", "most"):
            lead = "that of"
        return (Sentence(cited[0], f"{text}; {lead} {names}.", 1.0),)

    def _of_groups(self, groups: Groups) -> tuple[Sentence, ...]:
        found = []
        for group in groups.groups[:MAX_CITED]:
            members = " and ".join(self._cited(id) for _, id in group.members)
            shared = ", ".join(f"{name} {value}" for name, value in group.shared.items())
            text = f"{members}{f' (the same {shared})' if shared else ''}."
            found.append(Sentence(group.members[0][1], text, round(group.score, 6)))
        return tuple(found)

    def _of_documents(self, ids: Sequence[str]) -> tuple[Sentence, ...]:
        if not ids:
            return ()
        first = self._cited(ids[0])
        order = self.reading.wish.order
        key = None if order is None else order.field.removeprefix("metadata.")
        if key is not None and ids[0] in self.docs:
            first += f", {key.replace('_', ' ')} {self.docs[ids[0]].metadata.get(key)}"
        many = f"{len(ids)} documents; the first is" if len(ids) > 1 else "One document:"
        return (Sentence(ids[0], f"{many} {first}.", 1.0),)

    def _cited(self, id: str) -> str:
        return f"{name_of(self.docs.get(id), id)} [{id}]"

    def explanation(self) -> tuple[str, ...]:
        """Return what was understood, what was done, and what was ignored, a sentence each."""
        accounts = self.reading.accounts
        understood = [
            i for i in accounts if i.kind == "understood" and i.meaning[:11] != "the name of"
        ]
        said = "; ".join(f"“{item.words}” as {item.meaning}" for item in understood)
        lines = [f"Understood: {said}."] if said else []
        mended = [item for item in understood if item.reason]
        lines += [f"“{item.words}” was {item.reason}." for item in mended]
        searched = ", ".join(f"“{item.words}”" for item in accounts if item.kind == "searched")
        lines += [f"Only looked for in texts and pictures: {searched}."] if searched else []
        lines += self._done()
        lines += [
            f"Ignored: “{item.words}” ({item.reason})."
            for item in accounts
            if item.kind == "ignored"
        ]
        return tuple(lines)

    def _done(self) -> list[str]:
        output = self.output
        if isinstance(output, Figure):
            lines = [f"{figure_text(output)}."]
            if output.skipped:
                lines.append(f"{output.skipped} that fit have no such value, and are not in it.")
            if not output.whole:
                lines.append("Not every document was looked at: the namespace is too large.")
            return lines
        if not self.reading.structured or output is None:
            return []
        if not output.ids:
            return ["No document fits all of it."]
        least = self.reading.wish.least
        if least is not None and len(output.ids) < least:
            return [f"There are only {len(output.ids)}, of at least {least}."]
        return []


def figure_text(figure: Figure) -> str:
    """Return a figure as words: "5 documents fit", "The average price is 28.14"."""
    if figure.op == "count":
        many = f"{figure.counted} documents fit"
        return "One document fits" if figure.counted == 1 else many
    name = (figure.field or "").replace("_", " ")
    if figure.op == "values":
        said = ", ".join(f"{value} ({count})" for value, count in figure.values)
        return f"{name}: {said or 'none'}"
    if figure.value is None:
        return f"No document that fits has a number in {name}"
    value = f"{figure.value:,.2f}".rstrip("0").rstrip(".")
    return _FIGURES[figure.op].format(field=name, value=value)


def name_of(doc: Doc | None, id: str) -> str:
    """Return what a document is called: its title, its address, or how its text begins."""
    if doc is None:
        return id
    for key in NAMES:
        value = doc.metadata.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()[:MAX_NAME]
    first = doc.text.split(". ")[0].strip()
    return first[:MAX_NAME] if first else id
