"""Searching, as one asks for it in Python."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from brainwav_client.answers import read
from brainwav_client.exchange import More, Operation, Request, Work, as_json, given
from brainwav_client.filters import FilterLike, as_filter
from brainwav_client.pictures import Picture, picture_base64
from brainwav_client.searching.answers import SearchAnswer, SearchBatchAnswer

SortLike: TypeAlias = str | Mapping[str, str] | Sequence[str | Mapping[str, str]]


def search(
    query: str | None = None,
    *,
    namespace: str = "default",
    namespaces: Sequence[str] = (),
    picture: Picture | None = None,
    vector: Sequence[float] | None = None,
    vector_space: Literal["joint", "text"] = "joint",
    queries: Sequence[Mapping[str, Any]] = (),
    like: Sequence[str] = (),
    unlike: Sequence[str] = (),
    mode: Literal["hybrid", "semantic", "keyword"] = "hybrid",
    limit: int = 10,
    offset: int = 0,
    filter: FilterLike | None = None,
    fusion: Literal["weighted", "rrf"] = "weighted",
    semantic_weight: float | None = None,
    prefer_recent: bool = False,
    recency_half_life_s: float | None = None,
    typos: bool = True,
    prefix: bool = False,
    explain: bool = False,
    sort: SortLike | None = None,
    diversity: float = 0.0,
    min_relevance: float | None = None,
    min_score: float | None = None,
    group_by: str | Mapping[str, Any] | None = None,
    facets: Sequence[str | Mapping[str, Any]] = (),
    fields: Sequence[str] | None = None,
    more: More | None = None,
) -> Operation[SearchAnswer]:
    """Search by words, a picture, both, or a vector; without a query list what a filter takes.

    Args:
        query: What is looked for, in words.
        namespace: Where.
        namespaces: Instead of ``namespace``: up to eight, fused to one list; each costs a search.
        picture: Something that looks like this.
        vector: Replaces the encoded query; of ``vector_space``.
        vector_space: Whose vectors ``vector`` is one of.
        queries: Weighted parts instead of a query: each a ``text``, a ``picture`` or a ``vector``,
            and its ``weight``; below 0 leads away.
        like: Ids of documents instead of a query: what is like them is found, not they themselves.
        unlike: Ids of documents to lead away from.
        mode: By words, by meaning, or both.
        limit: So many results.
        offset: So many are passed over.
        filter: What documents must be: see ``Field``.
        fusion: How both sides become one score.
        semantic_weight: 0 to 1, the rest is the words'; .6 by default.
        prefer_recent: Newer documents are worth more.
        recency_half_life_s: After so long a document is worth half.
        prefix: The last word is the beginning of one.
        typos: Words that no document has are taken for those that few changes make of them.
        explain: Each hit says what each side gave it.
        sort: Fields to sort by instead of by score: `"price"`, or `"-price"` for the largest first;
            or objects as the service takes them.
        diversity: How much hits are to differ from those before them, 0 to 1.
        min_relevance: Only hits of this relevance and more, 0 to 1.
        min_score: Only hits of this score and more, 0 to 1.
        group_by: A field of which only the first hit of each value is wanted; or an object as the
            service takes it.
        facets: Fields whose values are counted over all that the filter takes; or objects as the
            service takes them.
        fields: The metadata that hits come with; all by default.
        more: Members that this version does not know.
    """
    told = yield Work(lambda: None if picture is None else picture_base64(picture))
    parts = (yield Work(lambda: [_part(one) for one in queries])) if queries else None
    body: dict[str, Any] = {
        "query": query,
        "image_base64": told,
        "vector": None if vector is None else [float(number) for number in vector],
        "vector_space": vector_space,
        "queries": parts,
        "like": list(like) or None,
        "unlike": list(unlike) or None,
        "namespace": None if namespaces else namespace,
        "namespaces": list(namespaces) or None,
        "mode": mode,
        "limit": limit,
        "offset": offset,
        "filter": as_filter(filter),
        "fusion": _fusion(fusion, semantic_weight),
        "prefer_recent": prefer_recent,
        "recency_half_life_s": recency_half_life_s,
        "prefix": prefix or None,
        "typos": None if typos else False,
        "explain": explain,
        "sort": sort_keys(sort),
        "diversity": diversity or None,
        "min_relevance": min_relevance,
        "min_score": min_score,
        "group_by": {"field": group_by} if isinstance(group_by, str) else group_by,
        "facets": [{"field": one} if isinstance(one, str) else one for one in facets] or None,
        "fields": None if fields is None else list(fields),
    }
    reply = yield Request("POST", "/search", as_json(given(body, more)))
    return read(SearchAnswer, reply)


def search_batch(searches: Sequence[Mapping[str, Any]]) -> Operation[SearchBatchAnswer]:
    """Make several searches in one request; one that is refused fails alone.

    Args:
        searches: Bodies as the service takes them; ``filter`` may be of ``Field``.
    """
    bodies = [
        {**one, "filter": as_filter(one["filter"])} if "filter" in one else dict(one)
        for one in searches
    ]
    reply = yield Request("POST", "/search/batch", as_json({"searches": bodies}))
    return read(SearchBatchAnswer, reply)


def _part(part: Mapping[str, Any]) -> Mapping[str, Any]:
    if part.get("picture") is None:
        return part
    others = {name: value for name, value in part.items() if name != "picture"}
    return {"image_base64": picture_base64(part["picture"]), **others}


def _fusion(method: str, semantic_weight: float | None) -> dict[str, Any]:
    if semantic_weight is None:
        return {"method": method}
    weights = {"semantic_weight": semantic_weight, "keyword_weight": 1 - semantic_weight}
    return {"method": method} | weights


def sort_keys(sort: SortLike | None) -> list[Mapping[str, str]] | None:
    """Return fields to sort by as the service takes them.

    >>> sort_keys(["colour", "-price"])
    [{'field': 'colour'}, {'field': 'price', 'order': 'desc'}]
    """
    if sort is None:
        return None
    keys = [sort] if isinstance(sort, str | Mapping) else sort
    return [_sort_key(key) if isinstance(key, str) else key for key in keys]


def _sort_key(field: str) -> Mapping[str, str]:
    name = field.removeprefix("-")
    return {"field": name} if name == field else {"field": name, "order": "desc"}
