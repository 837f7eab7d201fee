"""What a search found, as it is answered."""

from dataclasses import asdict
from typing import Any

from api.answers.links import image_url
from api.input_checks import shown_text
from api.searching.explaining import explanation
from retrieval.search.request import SearchHit


def hit_body(hit: SearchHit, namespace: str, explain: bool, most: int) -> dict[str, Any]:
    """Return a hit as it is answered, with ``most`` characters of its text."""
    text, cut = shown_text(hit.text, most)
    content = {
        "id": hit.id,
        "namespace": namespace,
        "score": hit.score,
        "relevance": hit.relevance,
        "semantic_score": hit.semantic_score,
        "keyword_score": hit.keyword_score,
        "semantic_rank": hit.semantic_rank,
        "keyword_rank": hit.keyword_rank,
        "text": text,
        "truncated": cut,
        "passage": _passage(hit),
        "highlights": [{"start": start, "end": end} for start, end in hit.highlights],
        "modality": hit.modality,
        "source": hit.source,
        "metadata": hit.metadata,
        "created_at": hit.created_at,
        "image_url": image_url(namespace, hit.id) if hit.modality == "IMAGE" else None,
    }
    if hit.pinned:
        content["pinned"] = True
    if explain:
        content["explain"] = {leg: asdict(score) for leg, score in hit.explain.items()}
        content["explanation"] = explanation(hit)
    return content


def _passage(hit: SearchHit) -> dict[str, Any] | None:
    passage = hit.passage
    if passage is None or hit.text is None:
        return None
    content: dict[str, Any] = {
        "text": hit.text[passage.start : passage.end],
        "start": passage.start,
        "end": passage.end,
        "score": passage.score,
    }
    known = {"page": passage.page, "heading": passage.heading}
    return content | {name: value for name, value in known.items() if value is not None}
