"""How a namespace is searched by words: synonyms, stop words, pinned results."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from brainwav_client.answers import Answer, Part, read
from brainwav_client.exchange import Operation, Request, as_json


class PinnedIds(Part):
    """What stands first for a query."""

    query: str
    ids: tuple[str, ...]


class SearchSettings(Answer):
    """A namespace's settings as they are."""

    namespace: str
    synonyms: tuple[tuple[str, ...], ...]
    one_way_synonyms: Mapping[str, tuple[str, ...]]
    stop_words: tuple[str, ...]
    pins: tuple[PinnedIds, ...]
    etag: str


class SettingsSet(Answer):
    """Settings that the next search goes by."""

    namespace: str
    etag: str
    version: int


def namespace_settings(namespace: str = "default") -> Operation[SearchSettings]:
    """Read a namespace's settings; ``UnknownNamespace`` if there is none."""
    reply = yield Request("GET", _path(namespace))
    return read(SearchSettings, reply)


def set_namespace_settings(
    namespace: str = "default",
    *,
    synonyms: Sequence[Sequence[str]] = (),
    one_way_synonyms: Mapping[str, Sequence[str]] | None = None,
    stop_words: Sequence[str] = (),
    pins: Mapping[str, Sequence[str]] | None = None,
    etag: str | None = None,
) -> Operation[SettingsSet]:
    """Set a namespace's settings as a whole: what is left out is empty.

    Args:
        namespace: ``UnknownNamespace`` if there is none.
        synonyms: Groups of words, each of which counts for every other.
        one_way_synonyms: By a word those that count for it.
        stop_words: Left out of queries that have other words.
        pins: By a query the ids that stand first.
        etag: Of the settings that were read: ``PreconditionFailed`` if they are others by now.
    """
    body: dict[str, Any] = {
        "synonyms": [list(group) for group in synonyms],
        "one_way_synonyms": {word: list(more) for word, more in (one_way_synonyms or {}).items()},
        "stop_words": list(stop_words),
        "pins": [{"query": query, "ids": list(ids)} for query, ids in (pins or {}).items()],
    }
    headers = {} if etag is None else {"If-Match": etag}
    # Sent again after a lost answer it would meet its own change.
    repeatable = etag is None
    reply = yield Request(
        "PUT", _path(namespace), as_json(body), headers=headers, repeatable=repeatable
    )
    return read(SettingsSet, reply)


def _path(namespace: str) -> str:
    return f"/namespaces/{quote(namespace, safe='')}/settings"
