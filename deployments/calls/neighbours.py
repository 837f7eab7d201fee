"""Who else there is for a writer: those of its own service, and indexes beside its own."""

import socket

import ray

from deployments.settings.service import IndexSettings
from retrieval.store.fingerprint import Fingerprint
from retrieval.store.reading.reader import IndexReader


def this_service() -> str | None:
    """Return what all writers of this service belong to, None outside of a cluster."""
    if not ray.is_initialized():
        return None
    address = ray.get_runtime_context().gcs_address
    # A cluster of one machine has an address that others have too.
    is_local = address.startswith(("127.", "localhost", "[::1]"))
    return f"{socket.gethostname()}/{address}" if is_local else address


async def fingerprint_of(index: IndexSettings) -> Fingerprint | None:
    """Return which models an index was made by, None where nobody has made it yet."""
    reader = await IndexReader.open(index.uri, dict(index.storage_options))
    try:
        return await reader.fingerprint()
    finally:
        await reader.close()
