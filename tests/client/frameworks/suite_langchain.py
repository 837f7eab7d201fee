"""LangChain's own standard tests, against the service that `BRAINWAV_URL` names.

Run by pytest in an environment of `requirements/clients.lock` (``test_frameworks.py``).
"""

import uuid

import pytest
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore
from langchain_tests.integration_tests import (
    EmbeddingsIntegrationTests,
    VectorStoreIntegrationTests,
)
from langchain_tests.unit_tests import EmbeddingsUnitTests

from brainwav_client.integrations.langchain import BrainwavEmbeddings, BrainwavVectorStore


class TestEmbeddings(EmbeddingsIntegrationTests):
    """Of texts."""

    @property
    def embeddings_class(self) -> type[Embeddings]:
        return BrainwavEmbeddings


class TestEmbeddingsUnit(EmbeddingsUnitTests):
    """Made without a service."""

    @property
    def embeddings_class(self) -> type[Embeddings]:
        return BrainwavEmbeddings


class TestVectorStore(VectorStoreIntegrationTests):
    """Each test in a namespace that is not there yet."""

    @pytest.fixture
    def vectorstore(self) -> VectorStore:
        return BrainwavVectorStore(f"suite-{uuid.uuid4().hex}")


def test_a_store_is_made_of_texts_and_retrieves() -> None:
    """With a filter, and by a vector of the service's own."""
    texts = ["a red mug", "a blue chair"]
    store = BrainwavVectorStore.from_texts(
        texts, None, [{"price": 5}, {"price": 50}], namespace=f"suite-{uuid.uuid4().hex}"
    )
    (cheap,) = store.similarity_search("red", filter={"field": "price", "op": "lt", "value": 9})
    assert (cheap.page_content, cheap.metadata) == ("a red mug", {"price": 5})
    vector = store.embeddings.embed_query("a blue chair")
    assert store.similarity_search_by_vector(vector, k=1)[0].page_content == "a blue chair"
    (first,) = store.as_retriever(search_kwargs={"k": 1}).invoke("a blue chair")
    assert first.page_content == "a blue chair"
    with pytest.raises(ValueError, match="ids"):
        store.delete()
