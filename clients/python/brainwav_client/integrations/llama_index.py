"""The service as embeddings and as a vector store of LlamaIndex.

pip install 'brainwav-client[llama-index]'
"""

from collections.abc import Iterator, Sequence
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.schema import BaseNode, NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryResult,
)

from brainwav_client.answers import StoredDocument
from brainwav_client.client import Client
from brainwav_client.errors import NotFound, UnknownNamespace
from brainwav_client.filters import Filter
from brainwav_client.searching.answers import Hit
from brainwav_client.writes import Document

SOURCE = "ref_doc_id"
"""The key of the metadata that names the document which a node is a part of."""
PAGE = 200
OPERATORS = {
    FilterOperator.EQ: "eq",
    FilterOperator.NE: "ne",
    FilterOperator.GT: "gt",
    FilterOperator.GTE: "gte",
    FilterOperator.LT: "lt",
    FilterOperator.LTE: "lte",
    FilterOperator.IN: "in",
    FilterOperator.CONTAINS: "contains",
}


class BrainwavEmbedding(BaseEmbedding):
    """Vectors of texts; queries and passages are told apart where the model does."""

    space: str = "joint"
    _client: Client = PrivateAttr()

    def __init__(self, client: Client | None = None, **fields: Any) -> None:
        super().__init__(**fields)
        self._client = client or Client()

    def _vectors(self, texts: Sequence[str], input_type: Any) -> list[list[float]]:
        made = self._client.embed(texts, space=self.space, input_type=input_type)
        if made.errors:
            raise ValueError(f"{len(made.errors)} texts have no vector: {made.errors[0].message}")
        return [list(vector) for vector in made.embeddings if vector is not None]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._vectors([query], "query")[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._vectors([text], "passage")[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._vectors(texts, "passage")


class BrainwavVectorStore(BasePydanticVectorStore):
    """A namespace. The service makes the vectors, of nodes and of queries.

    A node keeps its id, text, metadata and source; other relations are not kept.
    """

    stores_text: bool = True
    is_embedding_query: bool = False
    namespace: str = "default"
    _client: Client = PrivateAttr()

    def __init__(self, client: Client | None = None, **fields: Any) -> None:
        super().__init__(**fields)
        self._client = client or Client()

    @property
    def client(self) -> Client:
        """The client that asks the service."""
        return self._client

    def add(self, nodes: Sequence[BaseNode], **options: Any) -> list[str]:
        """Write nodes and return their ids.

        Raises:
            ValueError: Some were not written; the message has the first reason.
        """
        documents = [_document(node) for node in nodes]
        if not documents:
            return []
        wrote = self._client.put(documents, namespace=self.namespace)
        if wrote.failed:
            first = wrote.failed[0]
            raise ValueError(f"{len(wrote.failed)} not written: {first.error.message}")
        return [id for id in wrote.ids if id is not None]

    def delete(self, ref_doc_id: str, **options: Any) -> None:
        """Delete the nodes of a document; looks through the whole namespace for them."""
        nodes = [node.node_id for node in self._all() if node.ref_doc_id == ref_doc_id]
        self.delete_nodes(nodes)

    def delete_nodes(
        self,
        node_ids: list[str] | None = None,
        filters: MetadataFilters | None = None,
        **options: Any,
    ) -> None:
        """Delete nodes; those that are not there are deleted already."""
        if node_ids is None or filters is not None:
            raise ValueError("name the ids of the nodes to delete; filters are not taken")
        for id in node_ids:
            try:
                self._client.delete(id, namespace=self.namespace)
            except NotFound:
                continue

    def get_nodes(
        self, node_ids: list[str] | None = None, filters: MetadataFilters | None = None
    ) -> list[BaseNode]:
        """Return those nodes that are there, all where no ids are named."""
        if filters is not None:
            raise ValueError("filters are not taken here: query the store")
        if node_ids is None:
            return list(self._all())
        found = (self._get(id) for id in node_ids)
        return [_node(each) for each in found if each is not None]

    def query(self, query: VectorStoreQuery, **options: Any) -> VectorStoreQueryResult:
        """Search by the query's words and their meaning; by its vector where it has no words."""
        asked: dict[str, Any] = {"query": query.query_str}
        if not query.query_str:
            asked = {"vector": query.query_embedding}
        condition = None if query.filters is None else as_condition(query.filters)
        try:
            found = self._client.search(
                **asked, namespace=self.namespace, limit=query.similarity_top_k, filter=condition
            )
        except UnknownNamespace:
            # Nothing was added yet: to LlamaIndex that is an empty store.
            return VectorStoreQueryResult(nodes=[], similarities=[], ids=[])
        return VectorStoreQueryResult(
            nodes=[_node(hit) for hit in found],
            similarities=[hit.score for hit in found],
            ids=[hit.id for hit in found],
        )

    def _all(self) -> Iterator[BaseNode]:
        offset, total = 0, 1
        while offset < total:
            try:
                page = self._client.documents(namespace=self.namespace, limit=PAGE, offset=offset)
            except UnknownNamespace:
                return
            yield from map(_node, page.documents)
            offset, total = offset + PAGE, page.total

    def _get(self, id: str) -> StoredDocument | None:
        try:
            return self._client.get(id, namespace=self.namespace)
        except NotFound:
            return None


def as_condition(filters: MetadataFilters) -> Filter:
    """Return filters in the service's form.

    Raises:
        ValueError: An operator that the service does not have: nothing is passed over silently.
    """
    parts = [
        as_condition(each) if isinstance(each, MetadataFilters) else _condition(each)
        for each in filters.filters
    ]
    word = "and" if filters.condition is None else filters.condition.value
    return {"not": {"or": parts}} if word == "not" else {word: parts}


def _condition(given: MetadataFilter) -> Filter:
    if given.operator not in OPERATORS:
        raise ValueError(f"no filter of the service is {given.operator.value!r}")
    return {"field": given.key, "op": OPERATORS[given.operator], "value": given.value}


def _document(node: BaseNode) -> Document:
    source = {} if node.ref_doc_id is None else {SOURCE: node.ref_doc_id}
    return Document(node.get_content(), id=node.node_id, metadata={**node.metadata, **source})


def _node(found: Hit | StoredDocument) -> TextNode:
    metadata = dict(found.metadata)
    source = metadata.pop(SOURCE, None)
    related = {} if source is None else {NodeRelationship.SOURCE: RelatedNodeInfo(node_id=source)}
    return TextNode(id_=found.id, text=found.text or "", metadata=metadata, relationships=related)
