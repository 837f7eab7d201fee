"""What a job would do, found out without asking the service for anything."""

from deployments.bulk.job import Job
from deployments.bulk.sources.items import Item, Skipped
from deployments.bulk.sources.open import about

SHOWN = 3


def describe(job: Job) -> str:
    """Read and check the first shard; return what is there and what the documents would be."""
    good, failures = job.first_look()
    lines = [
        f"{job.items} items in {len(job.shards)} shards",
        f"of the first {len(good) + len(failures)}: {len(good)} can be indexed, "
        f"{len(failures)} cannot",
        *about(job.source),
        *job.about(),
    ]
    lines += [_document(item) for item in good[:SHOWN]]
    lines += [_failure(failure) for failure in failures[:SHOWN]]
    return "\n".join(lines)


def _document(item: Item) -> str:
    picture = "no picture" if item.picture is None else f"a picture of {len(item.picture)} bytes"
    text = "no text" if item.text is None else f"text {item.text[:60]!r}"
    return f"  {item.place} -> {item.id}: {text}, {picture}, metadata {item.metadata}"


def _failure(failure: Skipped) -> str:
    return f"  {failure.place}: {failure.code}: {failure.message}"
