"""What the index is asked, by a body that was checked; and which of its members go unused."""

from collections.abc import Iterator

from api.schemas.search import FusionIn, GroupIn, SearchIn
from api.searching.facets import facet_orders
from api.searching.query_parts import Said
from retrieval.filtering.parse import parse
from retrieval.search.fusion import Fusion
from retrieval.search.groups import GroupBy
from retrieval.search.order import SortKey
from retrieval.search.query_vectors import QueryVectors
from retrieval.search.request import Mode, SearchRequest

_DEFAULT = {name: field.get_default() for name, field in SearchIn.model_fields.items()}


def search_request(request: SearchIn, vectors: QueryVectors) -> SearchRequest:
    """Return what the index is asked."""
    return SearchRequest(
        namespace=request.namespace,
        query_text=request.words,
        text_query_vector=vectors.text,
        image_query_vector=vectors.joint,
        mode=mode_of(request),
        limit=request.limit,
        offset=request.offset,
        fusion=fusion_of(request),
        filter=None if request.filter is None else parse(request.filter),
        prefer_recent=request.prefer_recent,
        recency_half_life_s=request.recency_half_life_s,
        made_by=vectors.made_by,
        highlight=True,
        typos=request.typos,
        prefix=request.prefix,
        sort=tuple(
            SortKey(key.field, key.order == "desc", key.missing == "first", f"sort.{at}")
            for at, key in enumerate(request.sort)
        ),
        min_score=request.min_score,
        facets=facet_orders(request.facets),
        diversity=request.diversity,
        group_by=_group(request.group_by),
        like=tuple(request.like),
        unlike=tuple(request.unlike),
        min_relevance=request.min_relevance,
        fields=None if request.fields is None else tuple(request.fields),
    )


def _group(wanted: GroupIn | None) -> GroupBy | None:
    return None if wanted is None else GroupBy(wanted.field, wanted.limit)


def fusion_of(request: SearchIn) -> Fusion:
    """Return how the two sides become one list."""
    wanted = request.fusion
    return Fusion(wanted.method, wanted.semantic_weight, wanted.keyword_weight)


def mode_of(request: SearchIn) -> Mode:
    """Return by what is searched; likeness is of meaning, and without a query a filter is all."""
    if request.like:
        return "semantic"
    return request.mode if request.has_query else "filter"


def unused(request: SearchIn) -> list[Said]:
    """Return a warning for each member that says something nobody reads."""
    return [
        {"code": "unused_member", "message": f"{where} was not used: {why}", "where": where}
        for where, why in _unused(request)
    ]


def _unused(request: SearchIn) -> Iterator[tuple[str, str]]:
    is_by_meaning = request.mode == "semantic"
    if not request.has_query:
        if request.fusion != FusionIn():
            yield "fusion", "there is no query, and nothing to fuse"
        if request.explain:
            yield "explain", "there is no query, and no score to explain"
        if not request.typos:
            yield "typos", "there are no words"
        if request.prefix:
            yield "prefix", "there are no words"
    elif request.like:
        if request.fusion != FusionIn():
            yield "fusion", "likeness is of meaning alone"
        if not request.typos:
            yield "typos", "there are no words"
    elif request.mode != "hybrid" and request.fusion.semantic_weight != FusionIn().semantic_weight:
        yield "fusion.semantic_weight", f"mode {request.mode} has one side only"
    if request.prefix and request.has_query and (request.words is None or is_by_meaning):
        yield "prefix", "no words are searched"
    yield from _unused_parts(request)
    if request.mode == "keyword":
        for where in ("image_base64", "vector"):
            if getattr(request, where) is not None:
                yield where, "mode keyword searches by words only"
    if request.vector is None and request.vector_space != _DEFAULT["vector_space"]:
        yield "vector_space", "no vector was given"
    is_set = request.recency_half_life_s != _DEFAULT["recency_half_life_s"]
    if is_set and not request.prefer_recent:
        yield "recency_half_life_s", "it counts with prefer_recent only"


def _unused_parts(request: SearchIn) -> Iterator[tuple[str, str]]:
    for number, part in enumerate(request.queries):
        where = f"queries.{number}"
        if part.weight == 0:
            yield where, "its weight is 0"
        elif request.mode == "keyword" and (not part.text or part.weight < 0):
            yield where, "mode keyword searches by words that lead towards"
        if part.vector is None and part.vector_space != _DEFAULT["vector_space"]:
            yield f"{where}.vector_space", "no vector was given"


def weights_of_words(request: SearchIn) -> list[Said]:
    """Return a warning where parts have words and weights that words know nothing of."""
    weights = {part.weight for part in request.queries if part.text and part.weight}
    if request.mode == "semantic" or not weights or weights == {max(weights)}:
        return []
    message = (
        "weights count by meaning: words of all parts above 0 are looked for alike, and those of "
        "parts below 0 are not"
    )
    return [{"code": "weights_by_meaning", "message": message, "where": "queries"}]


def absent_fields(request: SearchIn, shown: list[dict]) -> list[Said]:
    """Return a warning for each of ``fields`` that no hit of the page has."""
    there = {key for metadata in shown for key in metadata}
    return [
        {
            "code": "field_absent",
            "message": f"no result of this page has the field {name[:100]!r} in its metadata",
            "where": f"fields.{at}",
        }
        for at, name in enumerate(request.fields or ())
        if shown and name not in there
    ]
