"""The service as embeddings and as a vector store of LangChain.

pip install 'brainwav-client[langchain]'
"""

from collections.abc import Iterable, Sequence
from typing import Any

from langchain_core.documents import Document as LangChainDocument
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore

from brainwav_client.answers import StoredDocument
from brainwav_client.client import Client
from brainwav_client.errors import NotFound, UnknownNamespace
from brainwav_client.filters import FilterLike
from brainwav_client.searching.answers import Hit
from brainwav_client.writes import Document


class BrainwavEmbeddings(Embeddings):
    """Vectors of texts; queries and passages are told apart where the model does.

    Args:
        client: Asks the service; the one that the environment names where it is left out.
        space: ``joint`` compares with pictures, ``text`` is for texts alone.
    """

    def __init__(self, client: Client | None = None, space: str = "joint") -> None:
        self._client, self._space = client or Client(), space

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return a vector for each text.

        Raises:
            ValueError: One of them has none; nothing is left out silently.
        """
        return self._vectors(texts, "passage")

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a query."""
        return self._vectors([text], "query")[0]

    def _vectors(self, texts: Sequence[str], input_type: Any) -> list[list[float]]:
        if not texts:
            return []
        made = self._client.embed(texts, space=self._space, input_type=input_type)
        if made.errors:
            raise ValueError(f"{len(made.errors)} texts have no vector: {made.errors[0].message}")
        return [list(vector) for vector in made.embeddings if vector is not None]


class BrainwavVectorStore(VectorStore):
    """A namespace. The service makes the vectors, of documents and of queries; ``as_retriever()``
    makes a retriever of it.

    Args:
        namespace: Where documents are; the first that is added makes it.
        client: Asks the service; the one that the environment names where it is left out.
        mode: ``hybrid`` searches by words and by meaning.
    """

    def __init__(
        self, namespace: str = "default", client: Client | None = None, mode: str = "hybrid"
    ) -> None:
        self._namespace, self._client, self._mode = namespace, client or Client(), mode

    @property
    def embeddings(self) -> Embeddings:
        """Those that the service makes."""
        return BrainwavEmbeddings(self._client)

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **options: Any,
    ) -> list[str]:
        """Write texts and return their ids.

        Raises:
            ValueError: Some were not written; the message has the first reason.
        """
        texts = list(texts)
        told = zip(texts, metadatas or [{}] * len(texts), ids or [None] * len(texts), strict=True)
        documents = [Document(text, id=id, metadata=metadata) for text, metadata, id in told]
        if not documents:
            return []
        wrote = self._client.put(documents, namespace=self._namespace)
        if wrote.failed:
            first = wrote.failed[0]
            raise ValueError(f"{len(wrote.failed)} not written: {first.error.message}")
        return [id for id in wrote.ids if id is not None]

    def similarity_search(
        self, query: str, k: int = 4, *, filter: FilterLike | None = None, **options: Any
    ) -> list[LangChainDocument]:
        """Return the documents that fit best, best first."""
        found = self.similarity_search_with_score(query, k, filter=filter)
        return [document for document, _ in found]

    def similarity_search_with_score(
        self, query: str, k: int = 4, *, filter: FilterLike | None = None, **options: Any
    ) -> list[tuple[LangChainDocument, float]]:
        """Return the documents that fit best with their scores: more is better."""
        return self._found(query=query, mode=self._mode, limit=k, filter=filter)

    def similarity_search_by_vector(
        self,
        embedding: list[float],
        k: int = 4,
        *,
        filter: FilterLike | None = None,
        **options: Any,
    ) -> list[LangChainDocument]:
        """Return the documents nearest to a vector of the joint space."""
        found = self._found(vector=embedding, limit=k, filter=filter)
        return [document for document, _ in found]

    def _found(self, **asked: Any) -> list[tuple[LangChainDocument, float]]:
        try:
            answer = self._client.search(namespace=self._namespace, **asked)
        except UnknownNamespace:
            # Nothing was added yet: to LangChain that is an empty store.
            return []
        return [(_document(hit), hit.score) for hit in answer]

    def get_by_ids(self, ids: Sequence[str], /) -> list[LangChainDocument]:
        """Return those documents that are there."""
        return [_document(found) for id in ids if (found := self._get(id)) is not None]

    def _get(self, id: str) -> StoredDocument | None:
        try:
            return self._client.get(id, namespace=self._namespace)
        except NotFound:
            return None

    def delete(self, ids: list[str] | None = None, **options: Any) -> bool:
        """Delete documents; those that are not there are deleted already.

        Raises:
            ValueError: No ids: a whole namespace is not deleted here.
        """
        if ids is None:
            raise ValueError("name the ids to delete")
        for id in ids:
            try:
                self._client.delete(id, namespace=self._namespace)
            except NotFound:
                continue
        return True

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings | None = None,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **options: Any,
    ) -> "BrainwavVectorStore":
        """Return a store with texts in it; ``embedding`` is the service's own, or None.

        Raises:
            ValueError: Other embeddings: the service makes the vectors.
        """
        if embedding is not None and not isinstance(embedding, BrainwavEmbeddings):
            raise ValueError("the service makes the vectors: pass embedding=None")
        store = cls(**options)
        store.add_texts(texts, metadatas, ids=ids)
        return store


def _document(found: Hit | StoredDocument) -> LangChainDocument:
    """Return a document; one that is a picture alone has no words."""
    return LangChainDocument(
        id=found.id, page_content=found.text or "", metadata=dict(found.metadata)
    )
