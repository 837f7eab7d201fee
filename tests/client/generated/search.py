"""Searches by a client that `openapi-python-client` generated; prints what it found.

python search.py FOLDER http://127.0.0.1:8000
"""

import json
import sys

sys.path.insert(0, sys.argv[1])

from brainwav_api import Client
from brainwav_api.api.documents import put_documents
from brainwav_api.api.search import search
from brainwav_api.models import (
    DocumentIn,
    DocumentInMetadataType0,
    FilterOrder,
    FilterOrderOp,
    PutDocuments,
    SearchIn,
    SearchOut,
)

client = Client(base_url=sys.argv[2], raise_on_unexpected_status=True)
documents = [
    DocumentIn(
        id=id, text="a red mug", metadata=DocumentInMetadataType0.from_dict({"price": price})
    )
    for id, price in (("cheap", 5), ("dear", 50))
]
put_documents.sync(client=client, body=PutDocuments(namespace="generated", documents=documents))
cheap = FilterOrder(field="price", op=FilterOrderOp.LT, value=20)
found = search.sync(
    client=client, body=SearchIn(query="a red mug", namespace="generated", filter_=cheap)
)
assert isinstance(found, SearchOut), found
print(json.dumps([hit.id for hit in found.results]))
