"""Documents changed and deleted where they stand, and namespaces as a whole."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from brainwav_client.answers import Answer, Warned, read
from brainwav_client.exchange import Operation, Request, as_json
from brainwav_client.filters import FilterLike, as_filter
from brainwav_client.operations import document_path


class PatchAnswer(Answer):
    """An acknowledged change: a search that begins now sees it."""

    id: str
    metadata: Mapping[str, Any]
    """All of it, as it is now."""
    etag: str
    version: int


class MatchingDeletion(Answer):
    """What a filter takes, and what of that is gone."""

    dry_run: bool
    matched: int
    deleted: int
    sample_ids: tuple[str, ...]
    version: int
    warnings: tuple[Warned, ...] = ()


class NamespaceDeletion(Answer):
    """A namespace that is gone with all that it held."""

    namespace: str
    deleted: int


def patch(
    document_id: str,
    metadata: Mapping[str, Any],
    *,
    namespace: str = "default",
    etag: str | None = None,
) -> Operation[PatchAnswer]:
    """Change a document's metadata in part; None takes a member away, others stay.

    With the ``etag`` of the document that was read, or of the last change,
    ``PreconditionFailed`` if it is another one by now.
    """
    headers = {} if etag is None else {"If-Match": etag}
    reply = yield Request(
        "PATCH",
        document_path(document_id),
        as_json({"metadata": dict(metadata)}),
        params={"namespace": namespace},
        headers=headers,
        # Sent again after a lost answer it would meet its own change.
        repeatable=etag is None,
    )
    return read(PatchAnswer, reply)


def delete_matching(
    filter: FilterLike | None = None,
    *,
    namespace: str = "default",
    all: bool = False,
    dry_run: bool = True,
) -> Operation[MatchingDeletion]:
    """Delete what a filter takes; unless ``dry_run`` is False only say what that is.

    Every document is deleted by ``all``, without a filter.
    """
    body: dict[str, Any] = {"namespace": namespace, "all": all, "dry_run": dry_run}
    if filter is not None:
        body["filter"] = as_filter(filter)
    reply = yield Request("POST", "/documents/delete", as_json(body))
    return read(MatchingDeletion, reply)


def delete_namespace(namespace: str) -> Operation[NamespaceDeletion]:
    """Delete a namespace with all that it holds; ``UnknownNamespace`` if there is none."""
    path = f"/namespaces/{quote(namespace, safe='')}"
    reply = yield Request("DELETE", path, repeatable=False)
    return read(NamespaceDeletion, reply)
