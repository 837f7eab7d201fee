"""Checking what an answer says against evidence: sentence by sentence, by words alone.

A check by words finds claims without support; it cannot certify that one is true.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from agents.lexicon.words import Word, is_stop, mass, sentences, words
from agents.tools.evidence import Doc

ClaimVerdict = Literal["supported", "unsupported", "contradicted", "unknown"]

SUPPORT = 0.6
"""Share of a claim's idf mass that one passage must say. Set on hand-made claims (the tests),
not on a benchmark: paraphrases that share few words fall below it."""
SAME_MATTER = 0.5
"""From this share on, a passage is about the same matter, so that another number or a
denial in it speaks against the claim."""
DENIALS = frozenset(
    """not no never none nothing neither nor cannot without isn't aren't wasn't weren't don't
    doesn't didn't won't wouldn't can't couldn't hasn't haven't hadn't""".split()
)
_CITATION = re.compile(r"\[([^\[\]\s][^\[\]]{0,255})\]")
_END = re.compile(r"([.!?][\"')\]]*(?:\s*\[[^\[\]\s][^\[\]]{0,255}\])*)\s+(?=[\"'(\[]?[A-Z0-9À-Þ])")
MAX_CLAIMS = 64


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer.

    Args:
        text: Without its citations.
        span: Characters ``answer[start:end]``, citations included.
        cites: Document ids in brackets, as the answer gives them.
        verdict: ``unknown`` where it says too little to be checked.
        share: Of its idf mass that the best passage says.
        document_id: Of the best passage.
        quote: The best passage.
        reason: What is missing or other, in words of claim and evidence.
    """

    text: str
    span: tuple[int, int]
    cites: tuple[str, ...] = ()
    verdict: ClaimVerdict = "unknown"
    share: float = 0.0
    document_id: str | None = None
    quote: str = ""
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the claim as plain data."""
        return {
            "text": self.text,
            "span": list(self.span),
            "cites": list(self.cites),
            "verdict": self.verdict,
            "share": round(self.share, 4),
            "document_id": self.document_id,
            "quote": self.quote,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class _Passage:
    """A sentence of a document with the one before it, which often names its subject."""

    document_id: str
    text: str
    stems: frozenset[str]
    numbers: frozenset[str]
    denies: bool


def citations(answer: str) -> list[tuple[str, tuple[int, int]]]:
    """Return the ids that an answer cites in brackets, with their places."""
    return [(match[1], match.span()) for match in _CITATION.finditer(answer)]


def split_claims(answer: str) -> list[Claim]:
    """Return the sentences of an answer; a citation behind the full stop goes with it."""
    spans, start = [], 0
    for match in _END.finditer(answer):
        spans.append((start, match.end(1)))
        start = match.end()
    spans.append((start, len(answer)))
    found = []
    for start, end in spans[:MAX_CLAIMS]:
        piece = answer[start:end]
        text = re.sub(r"\s+([.!?,;])", r"\1", _CITATION.sub("", piece)).strip()
        if text.strip(" .!?"):
            cites = tuple(dict.fromkeys(match[1] for match in _CITATION.finditer(piece)))
            found.append(Claim(text, (start, end), cites))
    return found


def check_claims(
    answer: str, docs: Sequence[Doc], weights: Mapping[str, float]
) -> tuple[Claim, ...]:
    """Return an answer's claims with a verdict for each.

    Args:
        answer: Plain text; ``[id]`` cites a document.
        docs: The evidence; a claim that cites some of them is checked against those.
        weights: Stem to idf; a stem without one counts as much as the heaviest.
    """
    passages = [item for doc in docs for item in _passages(doc)]
    return tuple(_checked(claim, passages, weights) for claim in split_claims(answer))


def _passages(doc: Doc) -> list[_Passage]:
    title = words(doc.title or "")
    found: list[_Passage] = []
    before: list[Word] = []
    for start, end in sentences(doc.text):
        said = words(doc.text[start:end])
        stems = frozenset(word.stem for word in (*said, *before, *title))
        numbers = frozenset(_number(word) for word in (*said, *title) if word.text[0].isdigit())
        denies = any(word.text.lower().replace("’", "'") in DENIALS for word in said)
        found.append(_Passage(doc.id, doc.text[start:end].strip(), stems, numbers, denies))
        before = said
    return found


def _checked(claim: Claim, passages: Sequence[_Passage], weights: Mapping[str, float]) -> Claim:
    said = words(claim.text)
    stems = list(dict.fromkeys(word.stem for word in said if not is_stop(word.text)))
    if not stems or claim.text.endswith("?"):
        return claim
    heaviest = max((weights.get(stem, 0.0) for stem in stems), default=0.0) or 1.0
    own = {stem: weights.get(stem) or heaviest for stem in stems}
    cited = [p for p in passages if p.document_id in claim.cites]
    pool = cited or list(passages)
    total = mass(stems, own)
    best = max(pool, key=lambda p: mass(p.stems & set(stems), own), default=None)
    if best is None:
        return _with(claim, "unsupported", 0.0, None, "there is no evidence")
    share = mass(best.stems & set(stems), own) / total
    # Equally near passages are read together: what one denies another may say.
    near = [p for p in pool if mass(p.stems & set(stems), own) / total >= share - 1e-9]
    reason = _other_number(said, own, total, pool)
    if reason:
        return _with(claim, "contradicted", share, best, reason)
    denies = any(word.text.lower().replace("’", "'") in DENIALS for word in said)
    if share >= SAME_MATTER and all(p.denies != denies for p in near):
        what = "the evidence denies it" if best.denies else "the evidence does not deny it"
        return _with(claim, "contradicted", share, best, what)
    strange = [w.text for w in said if _is_name(w, claim.text) and not _said(w, pool)]
    if strange:
        return _with(claim, "unsupported", share, best, f"no evidence names {', '.join(strange)}")
    if share < SUPPORT:
        missing = sorted(set(stems) - best.stems, key=lambda stem: (-own[stem], stem))
        spelled = {word.stem: word.text for word in said}
        told = ", ".join(spelled[stem] for stem in missing[:5])
        return _with(claim, "unsupported", share, best, f"no passage says {told}")
    return _with(claim, "supported", share, best, "")


def _other_number(
    said: Sequence[Word], own: Mapping[str, float], total: float, pool: Sequence[_Passage]
) -> str:
    """Return which numbers differ where a passage on the same matter has others."""
    numbers = {_number(word) for word in said if word.text[0].isdigit()}
    rest = {stem: weight for stem, weight in own.items() if not stem[0].isdigit()}
    left = mass(rest, rest)
    if not numbers or left <= 0:
        return ""
    same = [p for p in pool if mass(p.stems & set(rest), rest) / left >= SAME_MATTER]
    missing = {n for n in numbers if not any(n in p.numbers for p in same)}
    others = sorted({n for p in same for n in p.numbers} - numbers)
    if not missing or not others:
        return ""
    return f"says {', '.join(sorted(missing))}, the evidence {', '.join(others[:5])}"


def _number(word: Word) -> str:
    return word.text.replace(",", "").rstrip(".")


def _is_name(word: Word, text: str) -> bool:
    """Return whether a word is written as a name and does not merely begin the sentence."""
    return word.start > 0 and word.text[0].isupper() and not is_stop(word.text)


def _said(word: Word, passages: Sequence[_Passage]) -> bool:
    return any(word.stem in passage.stems for passage in passages)


def _with(
    claim: Claim, verdict: ClaimVerdict, share: float, passage: _Passage | None, reason: str
) -> Claim:
    id, quote = (None, "") if passage is None else (passage.document_id, passage.text)
    return Claim(claim.text, claim.span, claim.cites, verdict, share, id, quote, reason)
