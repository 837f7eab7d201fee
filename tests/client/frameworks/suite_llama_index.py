"""What LlamaIndex asks of embeddings and of a vector store, at `BRAINWAV_URL`'s service.

Run by pytest in an environment of `requirements/clients.lock` (``test_frameworks.py``).
"""

import uuid

import pytest
from llama_index.core import VectorStoreIndex
from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores.types import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
)

from brainwav_client.integrations.llama_index import (
    BrainwavEmbedding,
    BrainwavVectorStore,
    as_condition,
)


@pytest.fixture
def store() -> BrainwavVectorStore:
    """A namespace with two nodes of one document and one of another."""
    store = BrainwavVectorStore(namespace=f"suite-{uuid.uuid4().hex}")
    assert store.query(VectorStoreQuery(query_str="a red mug")).nodes == []
    assert store.get_nodes() == []
    rows = [
        ("n1", "a red mug", "d1", 5),
        ("n2", "a blue chair", "d1", 50),
        ("n3", "a lamp", "d2", 9),
    ]
    nodes = [
        TextNode(
            id_=id,
            text=text,
            metadata={"price": price},
            relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=source)},
        )
        for id, text, source, price in rows
    ]
    assert store.add(nodes) == ["n1", "n2", "n3"]
    return store


def test_nodes_come_back_as_they_were(store: BrainwavVectorStore) -> None:
    """With their metadata and their source."""
    (node,) = store.get_nodes(["n1", "gone"])
    assert (node.get_content(), node.metadata, node.ref_doc_id) == ("a red mug", {"price": 5}, "d1")
    assert {node.node_id for node in store.get_nodes()} == {"n1", "n2", "n3"}


def test_a_query_finds_by_words_by_vector_and_below_a_price(store: BrainwavVectorStore) -> None:
    """Best first, with scores."""
    found = store.query(VectorStoreQuery(query_str="a red mug", similarity_top_k=1))
    assert (found.ids, len(found.similarities)) == (["n1"], 1)
    vector = BrainwavEmbedding().get_query_embedding("a blue chair")
    assert store.query(VectorStoreQuery(query_embedding=vector, similarity_top_k=1)).ids == ["n2"]
    cheap = MetadataFilters(
        filters=[MetadataFilter(key="price", value=20, operator=FilterOperator.LT)]
    )
    asked = VectorStoreQuery(query_str="a red mug", filters=cheap, similarity_top_k=3)
    found = store.query(asked)
    assert set(found.ids) == {"n1", "n3"}


def test_an_index_retrieves_from_it(store: BrainwavVectorStore) -> None:
    """As programs of LlamaIndex do."""
    index = VectorStoreIndex.from_vector_store(store, embed_model=BrainwavEmbedding())
    (first,) = index.as_retriever(similarity_top_k=1).retrieve("a blue chair")
    assert first.node.node_id == "n2"


def test_a_documents_nodes_are_deleted_together(store: BrainwavVectorStore) -> None:
    """And one that is not there is deleted already."""
    store.delete("d1")
    store.delete("d1")
    assert [node.node_id for node in store.get_nodes()] == ["n3"]


def test_embeddings_come_in_order() -> None:
    """One by one and many at once are the same."""
    embedding = BrainwavEmbedding()
    texts = ["a red mug", "a blue chair"]
    many = embedding.get_text_embedding_batch(texts)
    assert many[1] == pytest.approx(embedding.get_text_embedding(texts[1]))


def test_filters_that_the_service_does_not_have_are_errors() -> None:
    """Rather than results that pass them over."""
    price = MetadataFilter(key="price", value=5, operator=FilterOperator.GT)
    inner = MetadataFilters(filters=[price], condition=FilterCondition.NOT)
    outer = MetadataFilters(filters=[inner, price], condition=FilterCondition.OR)
    told = {"field": "price", "op": "gt", "value": 5}
    assert as_condition(outer) == {"or": [{"not": {"or": [told]}}, told]}
    odd = MetadataFilter(key="price", value=["a"], operator=FilterOperator.ANY)
    with pytest.raises(ValueError, match="any"):
        as_condition(MetadataFilters(filters=[odd]))
