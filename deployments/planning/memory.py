"""Writing finished plans and reflections as documents, through the one writer like any other."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from agents.memory import Artifact
from agents.tools.backend_toolbox import ReadPath
from reliability.books.quota import Account
from retrieval.documents import Document, check_metadata
from retrieval.encoding import EncodeRequest, ItemError

UpsertDocuments = Callable[[str, Sequence[Document], Account | None], Awaitable[object]]
"""Upserts documents of an account into a namespace; on return every later search sees them."""


async def remember(
    artifact: Artifact,
    namespace: str,
    read_path: ReadPath,
    write: UpsertDocuments,
    account: Account | None = None,
) -> str | None:
    """Write an artifact and return its id; None where its text cannot be encoded.

    Raises:
        ApiError, RetrievalError: The encoder or the writer refused.
    """
    reply = await read_path.encode(EncodeRequest([artifact.text], "text"))
    [vector] = reply.to_store
    if isinstance(vector, ItemError):
        return None
    document = Document(
        id=artifact.id,
        text=artifact.text,
        picture=None,
        picture_mime=None,
        metadata=check_metadata(artifact.metadata),
        source="LTM",
        created_at=datetime.now(UTC),
        text_vector=vector,
        image_vector=None,
        made_by=reply.made_by,
    )
    await write(namespace, [document], account)
    return artifact.id
