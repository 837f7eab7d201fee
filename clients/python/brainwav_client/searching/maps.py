"""A namespace's vectors as points of a plane: what is near there is alike."""

from typing import Any, Literal
from urllib.parse import quote

from brainwav_client.answers import Answer, Warned, read
from brainwav_client.exchange import Operation, Request


class MapPoint(Answer):
    """A document in the plane."""

    id: str
    has_picture: bool
    x: float
    y: float
    value: str | float | bool | None = None
    """Of the field that was asked for; None where there is none, or a list."""


class NamespaceMap(Answer):
    """A namespace at one version."""

    namespace: str
    version: int
    vectors: Literal["pictures", "texts"]
    documents: int
    with_vector: int
    """Documents that have such a vector."""
    points: tuple[MapPoint, ...]
    explained: float
    """Share of the variance that the plane shows, 0 to 1."""
    warnings: tuple[Warned, ...] = ()


def namespace_map(
    namespace: str = "default",
    *,
    vectors: Literal["pictures", "texts"] | None = None,
    limit: int = 1000,
    field: str | None = None,
) -> Operation[NamespaceMap]:
    """Show a namespace's vectors in a plane, by their two principal axes.

    Args:
        namespace: What is shown; ``UnknownNamespace`` if there is none.
        vectors: Of which; None takes those that more documents have.
        limit: At most so many points, 2,000 at most; more documents are sampled.
        field: A metadata field whose values are told.
    """
    given: dict[str, Any] = {"vectors": vectors, "limit": limit, "field": field}
    params = {name: value for name, value in given.items() if value is not None}
    path = f"/namespaces/{quote(namespace, safe='')}/map"
    reply = yield Request("GET", path, params=params)
    return read(NamespaceMap, reply)
