"""A client of brAInwav Serve: `Client` waits, `AsyncClient` is awaited, both do the same."""

from brainwav_client.answers import (
    DeleteAnswer,
    DocumentPage,
    Embeddings,
    Health,
    Namespaces,
    StoredDocument,
    StoredPicture,
    WriteAnswer,
)
from brainwav_client.async_client import AsyncClient
from brainwav_client.batches import Progress
from brainwav_client.client import Client
from brainwav_client.errors import ApiError, BrainwavError
from brainwav_client.filters import Condition, Field
from brainwav_client.pictures import Picture
from brainwav_client.plan_answers import PlanAnswer, PlanEvent, Reflection
from brainwav_client.retries import RetryPolicy
from brainwav_client.searching.answers import Hit, PassageOfHit, PlaceInText, SearchAnswer
from brainwav_client.searching.facets import FacetCounts
from brainwav_client.writes import Document

__version__ = "0.1.0"
__all__ = [
    "ApiError",
    "AsyncClient",
    "BrainwavError",
    "Client",
    "Condition",
    "DeleteAnswer",
    "Document",
    "DocumentPage",
    "Embeddings",
    "FacetCounts",
    "Field",
    "Health",
    "Hit",
    "Namespaces",
    "PassageOfHit",
    "Picture",
    "PlaceInText",
    "PlanAnswer",
    "PlanEvent",
    "Progress",
    "Reflection",
    "RetryPolicy",
    "SearchAnswer",
    "StoredDocument",
    "StoredPicture",
    "WriteAnswer",
]
