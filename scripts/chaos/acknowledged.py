"""What a client was promised of each document, and what it may therefore find later.

An answer of 200 is a promise. A write that was not answered so may have happened or not, until a
later one of the same document is acknowledged: writes of one document are sent one after the
other.
"""

from dataclasses import dataclass, field

GONE = None
"""In place of a text: there is no such document."""


@dataclass(slots=True)
class Promises:
    """By document: the texts it may have, ``GONE`` among them where it may be missing."""

    may_be: dict[str, set[str | None]] = field(default_factory=dict)

    def acknowledged(self, id: str, text: str | None) -> None:
        """A write (or, with ``GONE``, a deletion) was answered with success."""
        self.may_be[id] = {text}

    def unanswered(self, id: str, text: str | None) -> None:
        """A write was sent and not acknowledged: it may have happened, now or later."""
        self.may_be.setdefault(id, {GONE}).add(text)

    def broken_by(self, found: dict[str, str | None]) -> dict[str, str]:
        """Return which documents are not what was promised, and how.

        Args:
            found: The text of every document of the namespace.
        """
        wrong = {}
        for id, may_be in self.may_be.items():
            text = found.get(id, GONE)
            if text in may_be:
                continue
            if text is None:
                wrong[id] = "lost"
            else:
                wrong[id] = "came back" if may_be == {GONE} else f"has another text: {text[:40]}"
        wrong |= {id: "was never written" for id in found if id not in self.may_be}
        return wrong
