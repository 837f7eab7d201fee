"""Asks a service by each Python client; prints a JSON line for each: what came, or what was said.

Run by an environment of `requirements/clients.lock`:

    python ask.py http://127.0.0.1:8000/v1 MODEL
"""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

# None of them shall ask anybody but the service.
os.environ.update(
    OPENAI_API_KEY="none",
    LITELLM_LOCAL_MODEL_COST_MAP="True",
    HAYSTACK_TELEMETRY_ENABLED="False",
    TRANSFORMERS_OFFLINE="1",
)
TEXTS = ["a red mug", "a blue chair"]
Ask = Callable[[str, str], list[Any]]


def openai_client(url: str, model: str) -> list[Any]:
    from openai import OpenAI

    client = OpenAI(base_url=url, max_retries=0)
    assert client.models.retrieve(model).id == model
    many = client.embeddings.create(model=model, input=[f"text {n}" for n in range(2048)])
    assert len(many.data) == 2048
    return [item.embedding for item in client.embeddings.create(model=model, input=TEXTS).data]


def langchain(url: str, model: str) -> list[Any]:
    from langchain_openai import OpenAIEmbeddings

    embeddings = OpenAIEmbeddings(model=model, base_url=url, check_embedding_ctx_length=False)
    assert embeddings.embed_query(TEXTS[0])
    return embeddings.embed_documents(TEXTS)


def langchain_by_default(url: str, model: str) -> list[Any]:
    import tiktoken
    from langchain_openai import OpenAIEmbeddings
    from tiktoken.registry import ENCODINGS

    # Its tokeniser's file is not downloaded: any other makes token ids as well.
    ENCODINGS["cl100k_base"] = tiktoken.Encoding(
        "cl100k_base",
        pat_str=r"[\s\S]",
        mergeable_ranks={bytes([byte]): byte for byte in range(256)},
        special_tokens={},
    )
    return OpenAIEmbeddings(model=model, base_url=url).embed_documents(TEXTS)


def llama_index(url: str, model: str) -> list[Any]:
    from llama_index.embeddings.openai import OpenAIEmbedding

    return OpenAIEmbedding(model_name=model, api_base=url).get_text_embedding_batch(TEXTS)


def llama_index_by_default(url: str, model: str) -> list[Any]:
    from llama_index.embeddings.openai import OpenAIEmbedding

    return OpenAIEmbedding(api_base=url, max_retries=0).get_text_embedding_batch(TEXTS)


def haystack(url: str, model: str) -> list[Any]:
    from haystack import Document
    from haystack.components.embedders import OpenAIDocumentEmbedder, OpenAITextEmbedder

    assert OpenAITextEmbedder(api_base_url=url, model=model).run(TEXTS[0])["embedding"]
    documents = [Document(content=text) for text in TEXTS]
    embedder = OpenAIDocumentEmbedder(api_base_url=url, model=model, progress_bar=False)
    return [document.embedding for document in embedder.run(documents)["documents"]]


def haystack_by_default(url: str, model: str) -> list[Any]:
    from haystack.components.embedders import OpenAITextEmbedder

    embedder = OpenAITextEmbedder(api_base_url=url, max_retries=0)
    return [embedder.run(text)["embedding"] for text in TEXTS]


def litellm(url: str, model: str) -> list[Any]:
    from litellm import embedding

    reply = embedding(model=f"openai/{model}", input=TEXTS, api_base=url, input_type="passage")
    return [item["embedding"] for item in reply.data]


CLIENTS: tuple[Ask, ...] = (
    openai_client,
    langchain,
    langchain_by_default,
    llama_index,
    llama_index_by_default,
    haystack,
    haystack_by_default,
    litellm,
)


def main(url: str, model: str) -> None:
    """Ask by each; what one of them raises is its line."""
    for ask in CLIENTS:
        said: dict[str, Any] = {"client": ask.__name__}
        try:
            said["vectors"] = ask(url, model)
        except Exception as error:
            said["error"] = str(error)
        print(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])
