"""Where a document is: what its id and its namespace look like in paths and queries."""

from typing import Annotated

from fastapi import Path, Query

from api.schemas.base import DOCUMENT_ID, NAMESPACE
from retrieval.documents import check_known_id, check_namespace

NamespaceParameter = Annotated[
    str, Query(description="1-63 of a-z, 0-9, _ and -", json_schema_extra=NAMESPACE)
]
NamespacePath = Annotated[str, Path(json_schema_extra=NAMESPACE, examples=["default"])]
DocumentId = Annotated[str, Path(json_schema_extra=DOCUMENT_ID, examples=["mug-1"])]


def check_address(namespace: str, document_id: str) -> None:
    """Refuse a namespace, or an id, that nothing can have."""
    check_namespace(namespace)
    check_known_id(document_id, "document_id")
